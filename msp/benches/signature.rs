//! The measure of the machine: nearly all of a transaction's time goes into signatures, so other figures are to be read as
//! multiples of this one.

use std::hint::black_box;
use std::time::Instant;

use msp::generate::{Organization, OrganizationKind};
use msp::{Msp, MspSet, Role, SigningIdentity};

/// What the machine took for whom the targets were set.
const REFERENCE_US: f64 = 62.0;
const ROUNDS: usize = 40;
const CHECKS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let organization = Organization::create(dir.path(), OrganizationKind::Peer, "org1.example.com")?;
    organization.add_user("User1", Role::Client)?;
    let identity = SigningIdentity::from_msp_dir(&organization.user_dir("User1").join("msp"), "Org1MSP")?;
    let msps = MspSet::new(vec![Msp::from_dir(&organization.msp_dir(), "Org1MSP")?]);
    let known = msps.identity(identity.serialized())?;
    let signature = identity.sign(b"message");
    let round = || {
        let begun = Instant::now();
        for _ in 0..CHECKS {
            known.verify(black_box(b"message"), black_box(&signature)).expect("a right signature");
        }
        begun.elapsed().as_secs_f64() * 1e6 / CHECKS as f64
    };
    // On all processors at once, as a peer does it: some of them are halves of one. Others use the machine, too, so the quickest
    // round tells what it can do.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let quickest = std::thread::scope(|scope| {
        let measure = || (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min);
        let measuring: Vec<_> = (0..threads).map(|_| scope.spawn(measure)).collect();
        let micros = measuring.into_iter().map(|thread| thread.join().expect("measuring does not panic"));
        micros.sum::<f64>() / threads as f64
    });
    let times = quickest / REFERENCE_US;
    println!(
        "bench\tone P-256 signature check ({times:.2} times the reference)\t{quickest:.0} us\t-\t-\t{REFERENCE_US} us"
    );
    Ok(())
}
