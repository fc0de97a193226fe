//! The pipeline of one channel.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::channel::Bundle;
use crossbeam_channel::{Receiver, Sender, bounded};
use deliver::{Position, PullOptions, PulledBlock};
use ledger::CommitError;
use msp::SigningIdentity;
use tokio::sync::{mpsc, oneshot, watch};
use validator::{CheckedBlock, JudgeError, Judgement, Workers};

use super::private_data;
use node::grpc::ClientRoots;

use crate::channels::{Channel, OrdererConnections};
use crate::metrics::LedgerMetrics;
use crate::text;

/// Blocks received and not yet checked.
const QUEUED_BLOCKS: usize = 4;
/// Blocks checked and not yet committed.
const CHECKED_BLOCKS: usize = 2;
/// The pause before going on after the ledger failed, for instance because the disk is full.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// What a pipeline works with.
#[derive(Clone)]
pub(crate) struct PipelineSettings {
    pub identity: Arc<SigningIdentity>,
    pub runtime: tokio::runtime::Handle,
    pub workers: Arc<Workers>,
    pub orderers: OrdererConnections,
    pub metrics: LedgerMetrics,
    /// Follows the channels' configurations.
    pub client_roots: Option<Arc<ClientRoots>>,
}

/// The running pipeline of one channel.
pub(crate) struct Pipeline {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

/// Why a pipeline came to an end.
#[derive(Debug, thiserror::Error)]
enum PipelineError {
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    #[error("cannot check a block")]
    Check(#[source] validator::CheckError),
    #[error("cannot judge a block")]
    Judge(#[source] JudgeError),
    #[error("cannot read the private data of a block")]
    Private(#[source] ledger::TransientError),
    #[error("cannot commit a block")]
    Commit(#[source] CommitError),
}

impl PipelineError {
    /// Whether the same block may succeed later. A fault in the block or in this program stays; going on in spite of it
    /// could make this ledger differ from that of other peers.
    fn may_pass(&self) -> bool {
        match self {
            PipelineError::Thread(_) | PipelineError::Private(_) | PipelineError::Judge(JudgeError::Read(_)) => true,
            // A block that is stored while the state database takes no writes is committed by trying again.
            PipelineError::Commit(error) => !matches!(error, CommitError::NotCandidate { .. }),
            PipelineError::Check(_) | PipelineError::Judge(_) => false,
        }
    }
}

impl Pipeline {
    /// Starts to bring `channel` up to date and keep it so.
    pub(crate) fn start(channel: Arc<Channel>, settings: PipelineSettings) -> io::Result<Pipeline> {
        let (stop, stopped) = watch::channel(false);
        let name = format!("commit-{}", channel.id());
        let thread = std::thread::Builder::new().name(name).spawn(move || keep_going(&channel, &settings, &stopped))?;
        Ok(Pipeline { stop, thread })
    }

    /// Receives nothing more. What is received will be committed.
    pub(crate) fn request_stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the end after [`Pipeline::request_stop`].
    pub(crate) fn join(self) {
        self.request_stop();
        if self.thread.join().is_err() {
            tracing::error!(target: "committer", "the commit thread had panicked");
        }
    }
}

fn keep_going(channel: &Arc<Channel>, settings: &PipelineSettings, stopped: &watch::Receiver<bool>) {
    loop {
        let error = match run(channel, settings, stopped) {
            Ok(()) => return,
            Err(error) => error,
        };
        let chain = text::chain(&error);
        channel.set_trouble(Some(chain.clone()));
        if !error.may_pass() {
            tracing::error!(
                target: "committer", channel = channel.id(), error = chain,
                "the channel is halted: it takes no further blocks until the peer is started again"
            );
            return;
        }
        tracing::error!(target: "committer", channel = channel.id(), error = chain, "committing failed, trying again");
        let mut stopped = stopped.clone();
        let pause = async { tokio::time::timeout(RETRY_PAUSE, stopped.wait_for(|stopped| *stopped)).await };
        if settings.runtime.block_on(pause).is_ok() {
            return;
        }
    }
}

/// Works until it is told to stop (`Ok`) or something fails; in both cases all threads have ended on return.
fn run(
    channel: &Arc<Channel>,
    settings: &PipelineSettings,
    stopped: &watch::Receiver<bool>,
) -> Result<(), PipelineError> {
    let bundle = channel.bundle();
    let position = Position { next: channel.ledger().height(), previous_hash: channel.ledger().last_hash() };
    let (sender, received) = mpsc::channel(QUEUED_BLOCKS);
    let (alive, ended) = oneshot::channel::<()>();
    settings.runtime.spawn(receive(pull_options(settings, &bundle), position, stopped.clone(), ended, sender));

    let (checked_sender, checked) = bounded(CHECKED_BLOCKS);
    let (config_sender, configs) = bounded(1);
    let workers = settings.workers.clone();
    let name = format!("check-{}", channel.id());
    let checker = std::thread::Builder::new()
        .name(name)
        .spawn(move || check(&workers, bundle, received, &checked_sender, &configs))
        .map_err(PipelineError::Thread)?;

    let outcome = commit(channel, settings, checked, &config_sender);
    // The checker may wait for a block or for a configuration; neither comes any more.
    drop((alive, config_sender));
    let check_outcome = checker.join().unwrap_or(Ok(()));
    outcome.and(check_outcome)
}

fn pull_options(settings: &PipelineSettings, bundle: &Arc<Bundle>) -> PullOptions {
    let orderers = settings.orderers.clone();
    PullOptions {
        bundle: bundle.clone(),
        identity: settings.identity.clone(),
        endpoints: Box::new(move |bundle| orderers.nodes(bundle).into_iter().map(|node| node.endpoint).collect()),
        backoff: settings.orderers.backoff,
        queue: 1,
    }
}

/// Hands blocks on until told to stop, or until the committing side has ended.
async fn receive(
    options: PullOptions,
    position: Position,
    mut stopped: watch::Receiver<bool>,
    mut ended: oneshot::Receiver<()>,
    sender: mpsc::Sender<PulledBlock>,
) {
    let mut pulled = deliver::pull(options, position);
    loop {
        let block = tokio::select! {
            block = pulled.next() => block,
            _ = stopped.wait_for(|stopped| *stopped) => return,
            () = sender.closed() => return,
            _ = &mut ended => return,
        };
        let Some(block) = block else { return };
        if sender.send(block).await.is_err() {
            return;
        }
    }
}

/// Checks block after block. What follows a configuration waits until that is in force.
fn check(
    workers: &Workers,
    mut bundle: Arc<Bundle>,
    mut received: mpsc::Receiver<PulledBlock>,
    checked_sender: &Sender<CheckedBlock>,
    configs: &Receiver<Arc<Bundle>>,
) -> Result<(), PipelineError> {
    while let Some(pulled) = received.blocking_recv() {
        let checked = validator::check(workers, pulled.block, &bundle).map_err(PipelineError::Check)?;
        let has_config = checked.has_config();
        if checked_sender.send(checked).is_err() {
            return Ok(());
        }
        if has_config {
            match configs.recv() {
                Ok(next) => bundle = next,
                Err(_) => return Ok(()),
            }
        }
    }
    Ok(())
}

/// Judges and commits block after block, until there are no more.
fn commit(
    channel: &Channel,
    settings: &PipelineSettings,
    checked: Receiver<CheckedBlock>,
    config_sender: &Sender<Arc<Bundle>>,
) -> Result<(), PipelineError> {
    for checked in checked {
        let has_config = checked.has_config();
        commit_block(channel, settings, checked)?;
        channel.set_trouble(None);
        if has_config && config_sender.send(channel.bundle()).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn commit_block(channel: &Channel, settings: &PipelineSettings, checked: CheckedBlock) -> Result<(), PipelineError> {
    let started = Instant::now();
    let ledger = channel.ledger();
    let Judgement { mut candidate, config, touches_lifecycle, keeps_invalid_private_data } =
        validator::judge(checked, ledger).map_err(PipelineError::Judge)?;
    let judging = started.elapsed();
    let private = private_data::attach(&mut candidate, keeps_invalid_private_data, ledger.transient_store());
    let private = private.map_err(PipelineError::Private)?;
    let committed = ledger.commit(candidate).map_err(PipelineError::Commit)?;
    if let (Some(bundle), Some(roots)) = (&config, &settings.client_roots) {
        roots.follow(bundle.channel_id(), &bundle.all_tls_roots());
    }
    channel.committed(&committed, config, touches_lifecycle);
    settings.metrics.committed(channel.id(), &committed, judging);
    let number = committed.number();
    private_data::forget(&private, number + 1, ledger.transient_store());
    tracing::info!(
        target: "kvledger", "[{}] Committed block [{number}] with {} transaction(s) in {}ms",
        channel.id(), committed.codes.len(), started.elapsed().as_millis()
    );
    Ok(())
}
