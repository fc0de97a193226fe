//! What it costs to know who sent something: for somebody who was here before, and for somebody new.

use std::hint::black_box;
use std::time::Instant;

use msp::generate::{CertificateAuthority, EnrollmentRequest, KeyPair, Organization, OrganizationKind};
use msp::{Msp, MspSet, Role, SigningIdentity};

const ROUNDS: usize = 10;
const LOOKUPS: usize = 20_000;
/// How many members are in the cache, as on a channel with many clients.
const MEMBERS: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let organization = Organization::create(dir.path(), OrganizationKind::Peer, "org1.example.com")?;
    let ca = CertificateAuthority::from_pem(
        "ca.org1.example.com",
        &std::fs::read_to_string(organization.dir().join("ca/ca.org1.example.com-cert.pem"))?,
        &std::fs::read_to_string(organization.dir().join("ca/priv_sk"))?,
    )?;
    let open = || Msp::from_dir(&organization.msp_dir(), "Org1MSP").map(|msp| MspSet::new(vec![msp]));
    let members: Vec<Vec<u8>> = (0..MEMBERS).map(|number| member(&ca, number)).collect::<Result<_, _>>()?;

    let (mut cold, mut cached) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let msps = open()?;
        let begun = Instant::now();
        for member in &members {
            msps.identity(black_box(member))?;
        }
        cold = cold.min(micros(begun, members.len()));
        let begun = Instant::now();
        for number in 0..LOOKUPS {
            black_box(msps.identity(black_box(&members[number % members.len()]))?);
        }
        cached = cached.min(micros(begun, LOOKUPS));
    }
    println!("bench\tan identity that is known\t{cached:.2} us\t-\t-\t1 us");
    // One thread: its time is CPU time, which is also told at the reference speed.
    println!("bench\tan identity that is new\t{cold:.0} us\t{:.4}\t-\t150 us", cold / 1e3);
    Ok(())
}

fn member(ca: &CertificateAuthority, number: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let common_name = format!("User{number}@org1.example.com");
    let request = EnrollmentRequest { common_name, role: Role::Client, sans: Vec::new(), tls: false };
    let KeyPair { cert_pem, key_pem } = ca.issue(&request)?;
    Ok(SigningIdentity::from_pem("Org1MSP", &cert_pem, &key_pem)?.serialized().to_vec())
}

fn micros(begun: Instant, times: usize) -> f64 {
    begun.elapsed().as_secs_f64() * 1e6 / times as f64
}
