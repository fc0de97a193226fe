//! `configtxgen`: the first block of a channel from a profile of `configtx.yaml`, and organisations as JSON for those
//! who join later.

mod encode;
mod load;
mod profile;
mod shape;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, anyhow, bail, ensure};
use bytes::Bytes;
use channel::genesis;
use prost::Message;
use prost_types::Timestamp;
use proto::common::{
    ChannelHeader, Config, ConfigGroup, ConfigUpdateEnvelope, ConfigValue, Consortium, Envelope, Header, HeaderType,
    Payload, SignatureHeader,
};
use tracing::{error, info};

use crate::command_line::{self, print};
use crate::configtxlator::update;
use crate::go_flags::{self, Flag, Given, Stop};
use crate::protolator::{Context as Place, Group, Protolator};
use load::{Configuration, LoadError};
use profile::Profile;

const NAME: &str = "configtxgen";
const LOG: &str = "common.tools.configtxgen";

/// Modes of what is written.
const FILE_MODE: u32 = 0o640;
const DIRECTORY_MODE: u32 = 0o750;

/// Exit code of bad flags and of a configuration file that cannot be used.
const UNUSABLE: u8 = 2;

const FLAGS: [Flag; 11] = [
    text("asOrg", "Accepted for Fabric's sake; has no effect"),
    text("channelCreateTxBaseProfile", "[DEPRECATED] A profile of the system channel; refused, as Fabric 3 has none"),
    text("channelID", "The name of the channel"),
    text("configPath", "The directory with configtx.yaml, instead of FABRIC_CFG_PATH"),
    text("inspectBlock", "Print the block in this file as JSON"),
    text("inspectChannelCreateTx", "[DEPRECATED] Print the transaction in this file as JSON"),
    text("outputBlock", "The file to write the first block of the channel to"),
    text("outputCreateChannelTx", "[DEPRECATED] The file to write a transaction that creates the channel to"),
    text("printOrg", "Print this organization's part of a configuration as JSON"),
    text("profile", "The profile in configtx.yaml that says what the channel is to be"),
    Flag { name: "version", takes_value: false, usage: "Show version information" },
];

/// What follows the flags in the help.
const EXAMPLES: &str = "Examples:
  configtxgen -configPath . -profile MyChannel -channelID mychannel -outputBlock mychannel.block
  configtxgen -inspectBlock mychannel.block
  configtxgen -configPath . -printOrg Org3MSP > org3.json
";

const fn text(name: &'static str, usage: &'static str) -> Flag {
    Flag { name, takes_value: true, usage }
}

/// Runs the tool: 0 on success, 1 on a failure, 2 if the flags or the configuration file are unusable.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let program = command_line::program(&args, NAME);
    if let Some(shell) = command_line::completion_script(&args) {
        return print(go_flags::completions(&program, &FLAGS, shell)).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let texts: Vec<String> = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let given = match go_flags::parse(&FLAGS, &texts) {
        Ok(given) => given,
        Err(stop) => {
            let code = match stop {
                Stop::Help => ExitCode::SUCCESS,
                Stop::Mistake(message) => {
                    eprintln!("{message}");
                    ExitCode::from(UNUSABLE)
                }
            };
            eprint!("{}{EXAMPLES}", go_flags::usage(&program, &FLAGS));
            return code;
        }
    };
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    if let Err(error) = node::logging::init(&environment, "info") {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    match execute(&given, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(target: LOG, "{error:#}");
            match error.downcast_ref::<LoadError>() {
                None | Some(LoadError::Profile { .. }) => ExitCode::FAILURE,
                Some(_) => ExitCode::from(UNUSABLE),
            }
        }
    }
}

fn execute(given: &Given, environment: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let flag = |name: &str| given.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let (block, transaction) = (flag("outputBlock"), flag("outputCreateChannelTx"));
    let output = block.is_some() || transaction.is_some();
    let channel_id = flag("channelID").unwrap_or_default();
    ensure!(!output || !channel_id.is_empty(), "Missing channelID, please specify it with '-channelID'");
    match flag("version") {
        None | Some("false" | "f" | "F" | "FALSE" | "False" | "0") => {}
        Some(_) => return Ok(print(node::version::text(NAME))?),
    }
    info!(target: LOG, "Loading configuration");
    let load = || Configuration::load(flag("configPath").map(Path::new), environment);
    if output {
        let name = flag("profile")
            .context("The '-profile' is required when '-outputBlock', '-outputChannelCreateTx' is specified")?;
        let configuration = load()?;
        let profile = configuration.profile(name)?;
        info!(target: LOG, "Loaded configuration: {}", configuration.path().display());
        if let Some(path) = block {
            output_block(&profile, channel_id, Path::new(path)).context("Error on outputBlock")?;
        }
        if let Some(path) = transaction {
            ensure!(
                flag("channelCreateTxBaseProfile").is_none(),
                "-channelCreateTxBaseProfile is not supported: Fabric 3 has no system channel; use -outputBlock and osnadmin"
            );
            output_transaction(&profile, channel_id, Path::new(path)).context("Error on outputChannelCreateTx")?;
        }
    }
    if let Some(path) = flag("inspectBlock") {
        info!(target: LOG, "Inspecting block");
        inspect("common.Block", path).context("Error on inspectBlock")?;
    }
    if let Some(path) = flag("inspectChannelCreateTx") {
        info!(target: LOG, "Inspecting transaction");
        inspect("common.Envelope", path).context("Error on inspectChannelCreateTx")?;
    }
    if let Some(name) = flag("printOrg") {
        print_organization(&load()?, name).context("Error on printOrg")?;
    }
    Ok(())
}

fn output_block(profile: &Profile, channel_id: &str, path: &Path) -> anyhow::Result<()> {
    for organization in all_organizations(profile) {
        ensure!(
            !organization.skip_as_foreign,
            "could not create bootstrapper: all org definitions must be local during bootstrapping: organization '{}' is \
             marked to be skipped as foreign",
            organization.name
        );
    }
    let group =
        encode::channel_group(profile).context("could not create bootstrapper: could not create channel group")?;
    info!(target: LOG, "Generating genesis block");
    ensure!(profile.orderer.is_some(), "refusing to generate block which is missing orderer section");
    match &profile.consortiums {
        Some(_) => error!(
            target: LOG,
            "Warning: 'Consortiums' should be nil since system channel is no longer supported in Fabric v3.x"
        ),
        None => {
            ensure!(
                profile.application.is_some(),
                "refusing to generate application channel block which is missing application section"
            );
            info!(target: LOG, "Creating application channel genesis block");
        }
    }
    let nonce = Bytes::from(random_nonce()?);
    let block = genesis::block_of(channel_id, group, now(), &nonce);
    info!(target: LOG, "Writing genesis block");
    write(path, &block.encode_to_vec()).context("error writing genesis block")
}

fn all_organizations(profile: &Profile) -> impl Iterator<Item = &profile::Organization> {
    let orderers = profile.orderer.iter().flat_map(|orderer| &orderer.organizations);
    let application = profile.application.iter().flat_map(|application| &application.organizations);
    let consortiums = profile.consortiums.iter().flat_map(|consortiums| consortiums.values().flatten());
    orderers.chain(application).chain(consortiums)
}

fn output_transaction(profile: &Profile, channel_id: &str, path: &Path) -> anyhow::Result<()> {
    info!(target: LOG, "Generating new channel configtx");
    ensure!(profile.application.is_some(), "cannot define a new channel with no Application section");
    ensure!(!profile.consortium.is_empty(), "cannot define a new channel with no Consortium value");
    let group = encode::channel_group(profile).context("could not turn parse profile into channel group")?;
    // What is there already: everything but the values and policies of the application.
    let mut template = group.clone();
    if let Some(application) = template.groups.get_mut("Application") {
        *application = ConfigGroup { values: BTreeMap::new(), policies: BTreeMap::new(), ..application.clone() };
    }
    let config = |group| Config { sequence: 0, channel_group: Some(group) };
    let mut change =
        update::compute(&config(template), &config(group), channel_id).context("could not compute update")?;
    let consortium = Consortium { name: profile.consortium.clone() }.encode_to_vec().into();
    let named = [(&mut change.read_set, Bytes::new()), (&mut change.write_set, consortium)];
    for (set, value) in named {
        let set = set.get_or_insert_with(ConfigGroup::default);
        set.values.insert("Consortium".to_owned(), ConfigValue { value, ..Default::default() });
    }
    let change = Protolator::default().canonical("common.ConfigUpdate", change.encode_to_vec().into())?;
    let channel_header = ChannelHeader {
        r#type: HeaderType::ConfigUpdate as i32,
        timestamp: Some(now()),
        channel_id: channel_id.to_owned(),
        ..Default::default()
    };
    let header = Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: SignatureHeader::default().encode_to_vec().into(),
    };
    let data = ConfigUpdateEnvelope { config_update: change.into(), signatures: Vec::new() };
    let payload = Payload { header: Some(header), data: data.encode_to_vec().into() };
    let envelope = Envelope { payload: payload.encode_to_vec().into(), signature: Bytes::new() };
    info!(target: LOG, "Writing new channel tx");
    write(path, &envelope.encode_to_vec()).context("error writing channel create tx")
}

fn inspect(message: &str, path: &str) -> anyhow::Result<()> {
    let bytes = command_line::read(Some(Path::new(path))).with_context(|| format!("could not read {path}"))?;
    let json = Protolator::default().decode(message, bytes.into());
    Ok(print(json.with_context(|| format!("{path} does not hold a {message}"))?)?)
}

fn print_organization(configuration: &Configuration, name: &str) -> anyhow::Result<()> {
    let organization = configuration.organization(name)?;
    let organization = organization.ok_or_else(|| {
        anyhow!("organization {name} not found: {} has no such Name in Organizations", configuration.path().display())
    })?;
    info!(target: LOG, "Loaded configuration: {}", configuration.path().display());
    let (group, place) = match organization.orderer_endpoints.is_empty() {
        true => (encode::application_org_group(&organization), Group::ApplicationOrg),
        false => {
            let capabilities = configuration.channel_capabilities()?;
            (encode::orderer_org_group(&organization, &capabilities), Group::OrdererOrg)
        }
    };
    let group = group.with_context(|| format!("bad org definition for org {name}"))?;
    let json =
        Protolator::default().decode_in("common.ConfigGroup", &Place::Group(place), group.encode_to_vec().into())?;
    Ok(print(json)?)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(parent);
        made.with_context(|| format!("creating {}", parent.display()))?;
    }
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(path);
    let written = opened.and_then(|mut file| file.write_all(bytes));
    written.with_context(|| format!("writing {}", path.display()))
}

/// Now, in whole seconds as Fabric writes it.
fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp { seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX), nanos: 0 }
}

fn random_nonce() -> anyhow::Result<Vec<u8>> {
    let mut nonce = vec![0; 24];
    match aws_lc_rs::rand::fill(&mut nonce) {
        Ok(()) => Ok(nonce),
        Err(_) => bail!("the system gives no random numbers"),
    }
}
