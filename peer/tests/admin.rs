//! `protos.Admin` on a listener of its own, as Fabric 1.4's `peer.adminService.listenAddress` says.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use msp::Role;
use msp::generate::{Organization, OrganizationKind};

const TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// A peer that a `core.yaml` configures; killed when dropped.
struct Running {
    process: Child,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only fails when the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    fn start(folder: &Path, peer_msp: &Path) -> Running {
        let yaml = format!(
            "peer:\n  id: peer0\n  listenAddress: 127.0.0.1:0\n  address: 127.0.0.1:0\n  localMspId: Org1MSP\n  \
             mspConfigPath: {}\n  fileSystemPath: {}\n  adminService: {{listenAddress: '127.0.0.1:0'}}\n",
            peer_msp.display(),
            folder.join("data").display()
        );
        fs::write(folder.join("core.yaml"), yaml).expect("written");
        let log = folder.join("peer.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_peer"));
        command.args(["node", "start"]).env("FABRIC_CFG_PATH", folder).env_remove("FABRIC_LOGGING_SPEC");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).expect("a log"));
        Running { process: command.spawn().expect("started"), log }
    }

    /// What the log has between two texts.
    fn logged(&mut self, before: &str, after: &str) -> String {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let log = fs::read_to_string(&self.log).expect("readable");
            if let Some((_, rest)) = log.split_once(before)
                && let Some((found, _)) = rest.split_once(after)
            {
                return found.to_owned();
            }
            assert!(self.process.try_wait().expect("asked").is_none(), "it ended:\n{log}");
            assert!(Instant::now() < deadline, "no {before} within {TIMEOUT:?}:\n{log}");
            std::thread::sleep(POLL);
        }
    }
}

fn command(address: &str, msp_dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peer"));
    command.env("CORE_PEER_ADDRESS", address).env("CORE_PEER_LOCALMSPID", "Org1MSP").env_remove("FABRIC_CFG_PATH");
    command.env("CORE_PEER_MSPCONFIGPATH", msp_dir).env_remove("FABRIC_LOGGING_SPEC").args(arguments);
    command.output().expect("ran")
}

#[test]
fn administrators_may_have_a_listener_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let organization = Organization::create(folder.path(), OrganizationKind::Peer, "org1.example.com");
    let organization = organization.expect("an organisation");
    let peer_msp = organization.add_node("peer0", &[]).expect("a peer").join("msp");
    let admin_msp = organization.add_user("Admin", Role::Admin).expect("an administrator").join("msp");
    let mut peer = Running::start(folder.path(), &peer_msp);
    let admin_address = peer.logged("Creating gRPC server for admin service on ", "\n");
    let address = peer.logged("Started peer with ID=[peer0], network ID=[dev], address=[", "]");

    let status = command(&admin_address, &admin_msp, &["node", "status"]);
    assert_eq!((status.status.code(), &*status.stdout), (Some(0), &b"status:STARTED \n"[..]), "{status:?}");
    let changed = command(&admin_address, &admin_msp, &["logging", "setlevel", "nodeCmd", "warn"]);
    assert!(changed.status.success(), "{changed:?}");

    // The main listener does not have the service, and the other one has nothing else.
    for (address, arguments) in [(&address, ["node", "status"]), (&admin_address, ["channel", "list"])] {
        let refused = command(address, &admin_msp, &arguments);
        let log = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && log.contains("code = Unimplemented"), "{log}");
    }
}
