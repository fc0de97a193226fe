use std::fs;
use std::path::Path;

use bytes::Bytes;
use prost::Message;
use proto::common::{Block, BlockMetadataIndex};

use super::{argument, data, run, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ledgerutil");

/// Both directories have the same files.
fn same_files(found: &Path, expected: &str) {
    let mut count = 0;
    for entry in fs::read_dir(data(expected)).expect("a directory of the tests") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("text");
        assert!(
            fs::read_to_string(found.join(name)).expect(name) == text(&format!("{expected}/{name}")),
            "{name} differs"
        );
        count += 1;
    }
    assert_eq!(fs::read_dir(found).expect("results").count(), count);
}

#[test]
fn differences_are_fabrics() {
    let root = tempfile::tempdir().expect("a directory");
    let (one, other) = (data("ledgerutil/one"), data("ledgerutil/other"));
    let output = argument(root.path());
    let args = ["compare", argument(&one), argument(&other), "-f", "5", "-o", output];
    let said = run(PROGRAM, &args, &[]);
    let expected = format!(
        "\nSuccessfully compared snapshots. Results saved to {output}/mychannel_13_comparison. Total differences found: 16\n"
    );
    assert_eq!((said.code, said.stdout.as_str()), (2, expected.as_str()), "{}", said.stderr);
    same_files(&root.path().join("mychannel_13_comparison"), "ledgerutil/comparison");
    let said = run(PROGRAM, &args, &[]);
    let expected = format!(
        "Ledger Compare Error: mychannel_13_comparison already exists in {output}. Choose a different location or remove \
         the existing results. Aborting compare\n"
    );
    assert_eq!((said.code, said.stdout), (1, expected));
    let said = run(PROGRAM, &["compare", argument(&one), argument(&one)], &[]);
    let expected = "\nSuccessfully compared snapshots. Both snapshot public state and private state hashes were the same. \
                    No results were generated.\n";
    assert_eq!((said.code, said.stdout.as_str()), (0, expected));
}

/// Our own form of the blocks that Fabric's peer stored.
fn ours(fabric: &[u8]) -> Vec<Block> {
    let mut bytes = Bytes::copy_from_slice(fabric);
    let mut blocks = Vec::new();
    let number = |bytes: &mut Bytes| prost::encoding::decode_varint(bytes).expect("a number");
    fn part(bytes: &mut Bytes) -> Bytes {
        let length = prost::encoding::decode_varint(bytes).expect("a length");
        bytes.split_to(length as usize)
    }
    while !bytes.is_empty() {
        let mut record = part(&mut bytes);
        let at = number(&mut record);
        let (data_hash, previous_hash) = (part(&mut record), part(&mut record));
        let count = number(&mut record);
        let mut block = proto::block::new(at, previous_hash, (0..count).map(|_| part(&mut record)).collect());
        assert_eq!(block.header.as_ref().expect("a header").data_hash, data_hash);
        let count = number(&mut record);
        let metadata: Vec<Bytes> = (0..count).map(|_| part(&mut record)).collect();
        let filter = metadata[BlockMetadataIndex::TransactionsFilter as usize].clone();
        proto::block::set_metadata(&mut block, BlockMetadataIndex::TransactionsFilter, filter);
        blocks.push(block);
    }
    blocks
}

#[test]
fn transactions_are_found_in_fabrics_blocks_and_in_ours() {
    let root = tempfile::tempdir().expect("a directory");
    let fabric = data("ledgerutil");
    let file = fs::read(fabric.join("ledgersData/chains/chains/mychannel/blockfile_000000")).expect("blocks");
    let home = root.path().join("home");
    let store =
        ledger::BlockStore::open(&home.join("ledgersData/mychannel/blocks"), Default::default()).expect("a store");
    let blocks: Vec<Bytes> = ours(&file).iter().map(|block| block.encode_to_vec().into()).collect();
    store.append(&blocks).expect("stored");
    for (index, place) in [fabric.as_path(), &home].into_iter().enumerate() {
        let output = root.path().join(index.to_string());
        let records = data("ledgerutil/records.json");
        let args = ["identifytxs", argument(&records), argument(place), "-o", argument(&output)];
        let said = run(PROGRAM, &args, &[]);
        let expected =
            "\nSuccessfully ran identify transactions tool. Transactions were checked between blocks 1 and 13.";
        assert_eq!((said.code, said.stdout.as_str()), (0, expected), "{}", said.stderr);
        same_files(&output.join("mychannel_identified_transactions"), "ledgerutil/identified");
        let said = run(PROGRAM, &["verify", argument(place), "-o", argument(&output)], &[]);
        assert_eq!((said.code, said.stdout.as_str()), (0, "\nSuccessfully executed verify tool. No error is found.\n"));
        let result = fs::read_to_string(output.join("mychannel_verification_result/blocks.json")).expect("a result");
        assert_eq!(result, "[\n]\n");
    }
}

#[test]
fn damage_is_found() {
    let root = tempfile::tempdir().expect("a directory");
    let mut file = fs::read(data("ledgerutil/ledgersData/chains/chains/mychannel/blockfile_000000")).expect("blocks");
    let at = file.windows(4).rposition(|window| window == b"par1").expect("a value");
    file[at + 3] = b'9';
    let chains = root.path().join("ledgersData/chains/chains/mychannel");
    fs::create_dir_all(&chains).expect("made");
    let path = chains.join("blockfile_000000");
    let verify = |name: &str, content: &[u8]| {
        fs::write(&path, content).expect("written");
        let output = root.path().join(name);
        let said = run(PROGRAM, &["verify", argument(root.path()), "-o", argument(&output)], &[]);
        (said, output.join("mychannel_verification_result/blocks.json"))
    };
    let (said, result) = verify("changed", &file);
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (1, "\nSuccessfully executed verify tool. Some error(s) are found.\n")
    );
    assert_eq!(fs::read_to_string(result).expect("a result"), text("ledgerutil/blocks.json"));
    // A record that is no block.
    let (said, _) = verify("nonsense", b"\x03\x01\xff\xff");
    assert_eq!(said.code, 1);
    assert!(
        said.stdout.starts_with("Verify Ledger Error:the last block in ") && said.stdout.contains("data hash"),
        "{}",
        said.stdout
    );
}

#[test]
fn complaints() {
    let root = tempfile::tempdir().expect("a directory");
    let output = argument(root.path());
    let bad = root.path().join("bad");
    fs::create_dir(&bad).expect("made");
    for file in ["_snapshot_signable_metadata.json", "public_state.metadata", "private_state_hashes.data"] {
        fs::copy(data("ledgerutil/other").join(file), bad.join(file)).expect("copied");
    }
    fs::write(bad.join("public_state.data"), b"\x01\xff\xff\xff\xff\x0f").expect("written");
    let records = |name: &str, json: &str| {
        let path = root.path().join(name);
        fs::write(&path, json).expect("written");
        path
    };
    let one = data("ledgerutil/one");
    let (no_json, empty) = (records("a", "{"), records("b", "{}"));
    let half = records("c", r#"{"ledgerid":"c","diffRecords":[{"namespace":"n"}]}"#);
    let escape = records("d", r#"{"ledgerid":"../x","diffRecords":[{"namespace":"n","key":"k"}]}"#);
    let store = data("ledgerutil");
    let cases: [(&[&str], &str); 13] = [
        (&["bogus"], "ledgerutil: error: parsing arguments: expected command but got \"bogus\". Try --help"),
        (
            &["compare", "a"],
            "ledgerutil: error: parsing arguments: required argument 'snapshotPath2' not provided. Try --help",
        ),
        (
            &["compare", "-f", "x", "a", "b"],
            "ledgerutil: error: parsing arguments: strconv.ParseFloat: parsing \"x\": invalid syntax. Try --help",
        ),
        (&["verify", "a", "b"], "ledgerutil: error: parsing arguments: unexpected b. Try --help"),
        (
            &["compare", "a", "b"],
            "Ledger Compare Error: open a/_snapshot_signable_metadata.json: no such file or directory",
        ),
        (
            &["compare", argument(&one), argument(&bad), "-o", output],
            "Ledger Compare Error: error while retrieving record from snapshot file: ",
        ),
        (
            &["verify", "/nope"],
            "Verify Ledger Error:error opening dir [/nope/ledgersData/chains]: open /nope/ledgersData/chains: no such file \
             or directory",
        ),
        (&["identifytxs", "/nope"], "Ledger Identify Transactions Error: open /nope: no such file or directory"),
        (&["identifytxs", argument(&no_json)], "Ledger Identify Transactions Error: "),
        (
            &["identifytxs", argument(&empty)],
            "Ledger Identify Transactions Error: no records were read. JSON record list",
        ),
        (
            &["identifytxs", argument(&half), argument(&store), "-o", output],
            "Ledger Identify Transactions Error: invalid input json. Each record entry must contain both",
        ),
        (
            &["identifytxs", argument(&escape), argument(&store), "-o", output],
            "Ledger Identify Transactions Error: ledgerid '../x' in ",
        ),
        (
            &["identifytxs"],
            "ledgerutil: error: parsing arguments: required argument 'snapshotDiffsPath' not provided. Try",
        ),
    ];
    for (args, expected) in cases {
        let said = run(PROGRAM, args, &[]);
        let told = said.stdout + &said.stderr;
        assert!(said.code == 1 && told.starts_with(expected), "{args:?}: {told}");
    }
    assert!(run(PROGRAM, &["compare", "--help"], &[]).stdout.contains("Example:\n  ledgerutil compare"));
}
