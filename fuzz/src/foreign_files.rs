//! What command-line tools read of others: snapshots and block files of any peer, and the answers of a discovery service.

use std::fs;

use bytes::Bytes;
use prost::Message;
use proto::discovery::Response;
use tools::{discover, ledgerutil};

use crate::allocations::limited;
use crate::input::Input;
use crate::package::PLACE;

/// Messages of nothing become values of some hundred bytes each, in a few forms; an input has some kilobytes.
const ALLOCATION_BYTES_MAX: usize = 64 << 20;

/// What an input is, by its first byte.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// A block as Fabric's peer stores it.
    Block,
    /// The transactions of a block.
    Transactions,
    /// A snapshot: the file of namespaces, and behind it that of records.
    Snapshot,
    /// An answer about peers, configuration or endorsers.
    Discovered,
}

pub(crate) const PARTS: [Part; 4] = [Part::Block, Part::Transactions, Part::Snapshot, Part::Discovered];

/// Reads the input as far as it goes.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let part = PARTS[usize::from(input.byte()) % PARTS.len()];
    limited(ALLOCATION_BYTES_MAX, || match part {
        Part::Block => drop(ledgerutil::fabric_block(Bytes::copy_from_slice(input.0))),
        Part::Transactions => {
            let mut data = Vec::new();
            while !input.0.is_empty() {
                data.push(input.bytes());
            }
            let _ = proto::block::check_well_formed(&data);
        }
        Part::Snapshot => snapshot(input),
        Part::Discovered => {
            if let Ok(response) = Response::decode(input.0) {
                discovered(&response);
            }
        }
    });
}

fn snapshot(mut input: Input<'_>) {
    let folder = tempfile::tempdir_in(&*PLACE).expect("a folder can be made");
    fs::write(folder.path().join("s.metadata"), input.piece()).expect("a file can be written");
    fs::write(folder.path().join("s.data"), input.0).expect("a file can be written");
    let Ok(mut records) = ledgerutil::Records::open(folder.path(), "s") else { return };
    while let Ok(Some(_)) = records.read_next() {}
}

fn discovered(response: &Response) {
    let told = |error: String| error;
    let shown = [
        discover::endorsers(response.clone()),
        discover::only(response.clone()).and_then(|result| discover::config(result, told)),
        discover::only(response.clone()).and_then(|result| discover::peers(result, true, told)),
        discover::only(response.clone()).and_then(|result| discover::peers(result, false, told)),
    ];
    for json in shown.into_iter().flatten() {
        let _ = json.indented();
    }
}

/// Files and answers of Fabric's own peer.
#[cfg(test)]
pub(crate) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    const NAMESPACES: &[u8] = include_bytes!("../../tools/tests/data/ledgerutil/one/private_state_hashes.metadata");
    const RECORDS: &[u8] = include_bytes!("../../tools/tests/data/ledgerutil/one/private_state_hashes.data");
    const PEERS: &[u8] = include_bytes!("../../tools/tests/data/discover/peers.pb");
    const ENDORSERS: &[u8] = include_bytes!("../../tools/tests/data/discover/endorsers.pb");
    let with = |part: Part, content: &[u8]| [&[part as u8][..], content].concat();
    let snapshot = [crate::input::piece(NAMESPACES), RECORDS.to_vec()].concat();
    let envelope = b"\x0a\x01p\x12\x01s";
    vec![
        ("block", with(Part::Block, b"\x07\x02dh\x02ph\x02\x01a\x02bc\x01\x01m")),
        ("transactions", with(Part::Transactions, &[crate::input::piece(envelope), crate::input::piece(b"")].concat())),
        ("snapshot", with(Part::Snapshot, &snapshot)),
        ("peers", with(Part::Discovered, PEERS)),
        ("endorsers", with(Part::Discovered, ENDORSERS)),
    ]
}
