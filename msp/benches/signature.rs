//! The measure of the machine: nearly all of a transaction's time goes into signatures, so other figures are to be read as
//! multiples of this one.

use std::hint::black_box;
use std::time::Instant;

use msp::generate::{Organization, OrganizationKind};
use msp::{Identity, Msp, MspSet, Role, SigningIdentity};

/// What the machine took for whom the targets were set.
const REFERENCE_US: f64 = 62.0;
const ROUNDS: usize = 40;
/// Fewer than make a table of a key.
const CHECKS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let organization = Organization::create(dir.path(), OrganizationKind::Peer, "org1.example.com")?;
    organization.add_user("User1", Role::Client)?;
    let signer = SigningIdentity::from_msp_dir(&organization.user_dir("User1").join("msp"), "Org1MSP")?;
    let signature = signer.sign(b"message").expect("signed");
    let open = || MspSet::new(vec![Msp::from_dir(&organization.msp_dir(), "Org1MSP").expect("its own MSP")]);
    let known = open().identity(signer.serialized())?;
    let round = |identity: &Identity| {
        let begun = Instant::now();
        for _ in 0..CHECKS {
            identity.verify(black_box(b"message"), black_box(&signature)).expect("a right signature");
        }
        begun.elapsed().as_secs_f64() * 1e6 / CHECKS as f64
    };
    // A key that signed little has no table yet.
    let first = quickest(|| round(&open().identity(signer.serialized()).expect("a member")));
    // The second one makes the table.
    let _warm = [round(&known), round(&known)];
    let often = quickest(|| round(&known));
    let times = first / REFERENCE_US;
    println!("machine\t{times:.3}");
    println!("bench\tone P-256 check ({times:.2} times the reference)\t{first:.0} us\t-\t-\t{REFERENCE_US} us");
    println!("bench\tone P-256 check by a key that signs often\t{often:.0} us\t-\t-\t-");
    Ok(())
}

/// On all processors at once, as a peer does it: some of them are halves of one. Others use the machine, too, so the quickest
/// round tells what it can do.
fn quickest(round: impl Fn() -> f64 + Sync) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let measure = || (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min);
        let measuring: Vec<_> = (0..threads).map(|_| scope.spawn(measure)).collect();
        let micros = measuring.into_iter().map(|thread| thread.join().expect("measuring does not panic"));
        micros.sum::<f64>() / threads as f64
    })
}
