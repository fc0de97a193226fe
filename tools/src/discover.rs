//! `discover`: asks a peer's discovery service for peers, the channel's configuration, and who has to endorse.

mod config;
mod output;
mod request;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::command_line::{self, Failure, open_error, print};
use config::{Config, SignerConfig, TlsConfig};
pub use output::{config, endorsers, only, peers};
use request::{Chaincodes, Question};

const NAME: &str = "discover";

/// Command line client for fabric discovery service
#[derive(Debug, Parser)]
#[command(name = NAME, max_term_width = 100)]
struct Cli {
    /// Where the configuration is read from, or saved to
    #[arg(long = "configFile", value_name = "FILE", global = true)]
    config_file: Option<PathBuf>,
    /// The certificate of the authority behind the peer's TLS certificate; without it, no TLS
    #[arg(long = "peerTLSCA", value_name = "FILE", global = true)]
    peer_tls_ca: Option<PathBuf>,
    /// The client's TLS certificate, if the peer asks for one of a known authority
    #[arg(long = "tlsCert", value_name = "FILE", global = true)]
    tls_cert: Option<PathBuf>,
    /// The key of that certificate
    #[arg(long = "tlsKey", value_name = "FILE", global = true)]
    tls_key: Option<PathBuf>,
    /// The user's private key, which signs requests
    #[arg(long = "userKey", value_name = "FILE", global = true)]
    user_key: Option<PathBuf>,
    /// The user's certificate
    #[arg(long = "userCert", value_name = "FILE", global = true)]
    user_cert: Option<PathBuf>,
    /// The MSP ID of the user's organization
    #[arg(long = "MSP", value_name = "ID", global = true)]
    msp_id: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Discover peers
    #[command(after_help = "Example:\n  discover --configFile config.yaml peers --server peer0.org1.example.com:7051 \
                            --channel mychannel\n\nWithout a channel: the peers that the server itself knows of, for \
                            administrators.")]
    Peers(Target),
    /// Discover channel config
    #[command(
        after_help = "Example:\n  discover --configFile config.yaml config --server peer0.org1.example.com:7051 \
                            --channel mychannel"
    )]
    Config(Target),
    /// Discover chaincode endorsers
    #[command(
        after_help = "Example:\n  discover --configFile config.yaml endorsers --server peer0.org1.example.com:7051 \
                      --channel mychannel --chaincode basic --collection basic:collection1,collection2"
    )]
    Endorsers {
        #[command(flatten)]
        target: Target,
        /// A chaincode of the call; several times if one calls another
        #[arg(long, value_name = "NAME")]
        chaincode: Vec<String>,
        /// Collections that a chaincode of the call uses
        #[arg(long, value_name = "CC:C1,C2", value_parser = mapping)]
        collection: Vec<(String, String)>,
        /// A chaincode of the call that reads no private data
        #[arg(long = "noPrivateReads", value_name = "CHAINCODE")]
        no_private_reads: Vec<String>,
    },
    /// Save the config passed by flags into the file specified by --configFile
    #[command(
        name = "saveConfig",
        after_help = "Example:\n  discover --configFile config.yaml --peerTLSCA tls/ca.crt --userKey msp/keystore/priv_sk \
                      --userCert msp/signcerts/cert.pem --MSP Org1MSP saveConfig"
    )]
    SaveConfig,
}

#[derive(Debug, Args)]
struct Target {
    /// The peer to ask, as host:port
    #[arg(long, value_name = "ENDPOINT", default_value = "", hide_default_value = true)]
    server: String,
    /// The channel to ask about
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    channel: String,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once([':', '=']).filter(|(key, _)| !key.is_empty());
    pair.map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("expected KEY=VALUE got '{text}'"))
}

/// Runs the tool: 0 on success, 1 on any failure, which is told on standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let program = command_line::program(&args, NAME);
    let cli: Cli = match command_line::parse(&args, &program) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match flags_config(&cli) {
        Err(mistake) => {
            eprintln!("{program}: error: {mistake}, try --help");
            ExitCode::FAILURE
        }
        Ok(config) => match execute(cli, config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                eprintln!("{}", failure.message);
                ExitCode::from(failure.code)
            }
        },
    }
}

/// What the flags say. Files must be there.
fn flags_config(cli: &Cli) -> Result<Config, String> {
    let file = |path: &Option<PathBuf>| match path {
        None => Ok(String::new()),
        Some(path) => {
            std::fs::File::open(path).map_err(|error| open_error(path, &error))?;
            config::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
        }
    };
    Ok(Config {
        tls: TlsConfig {
            peer_ca_cert_path: file(&cli.peer_tls_ca)?,
            cert_path: file(&cli.tls_cert)?,
            key_path: file(&cli.tls_key)?,
            ..TlsConfig::default()
        },
        signer: SignerConfig {
            key_path: file(&cli.user_key)?,
            identity_path: file(&cli.user_cert)?,
            msp_id: cli.msp_id.clone().unwrap_or_default(),
        },
    })
}

fn execute(cli: Cli, from_flags: Config) -> Result<(), Failure> {
    let file = cli.config_file.filter(|path| !path.as_os_str().is_empty());
    let Some(question) = question(cli.command) else {
        let Some(file) = file else {
            // Not a failure in Fabric.
            eprintln!("--configFile must be used to specify the configuration file");
            return Ok(());
        };
        let saved = from_flags.save(&file);
        return saved.map_err(|error| Failure::new(format!("Failed persisting configuration: {error}")));
    };
    let config = match &file {
        Some(path) => Config::load(path).map_err(|error| Failure::new(format!("Failed loading config {error}")))?,
        None => from_flags,
    };
    let (target, question) = question;
    let answer = request::ask(&config, &target.server, &target.channel, &question).map_err(Failure::new)?;
    print(answer.indented() + "\n")?;
    Ok(())
}

fn question(command: Command) -> Option<(Target, Question)> {
    Some(match command {
        Command::SaveConfig => return None,
        Command::Peers(target) => (target, Question::Peers),
        Command::Config(target) => (target, Question::Config),
        Command::Endorsers { target, chaincode, collection, no_private_reads } => {
            let chaincodes = Chaincodes { names: chaincode, collections: collection, no_private_reads };
            (target, Question::Endorsers(chaincodes))
        }
    })
}
