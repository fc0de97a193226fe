//! The conformance list: what every language's contract must be able to do, and how it must fail.

#[path = "check.rs"]
mod check;

pub use check::Check;
use check::{CERTIFICATE, check};
use runtime::LogLevel;

/// By the key in the certificate, over "message".
const SIGNATURE: &str = "3046022100f4bd7ac4f90b4a5291d85cee27406139067801d3bbca90ad79279965929d658f022100e3d600f41945d38b630de3afac3a6786b9d5f3766daa43d143e330190b861a31";

/// Computed with Fabric's own library from the same certificate.
const CLIENT_ID: &str = "eDUwOTo6Q049dXNlclwsIG9uZSxPVT1jbGllbnQrT1U9b3JnMSxPPUh5cGVybGVkZ2VyLFNUPU5vcnRoIENhcm9saW5hLEM9VVM6OkNOPWNhLm9yZzEuZXhhbXBsZS5jb20sTz1vcmcxLmV4YW1wbGUuY29tLEw9U2FuIEZyYW5jaXNjbyxTVD1DYWxpZm9ybmlhLEM9VVM=";

/// All of them.
pub fn all() -> Vec<Check> {
    [state(), ranges(), composite_keys(), private_data(), private_ranges(), proposal(), client(), other(), crypto()]
        .into_iter()
        .flatten()
        .collect()
}

fn state() -> Vec<Check> {
    vec![
        check("get-state of a committed key", &["Get", "a"]).state("a=1").ok("1"),
        check("get-state of a missing key", &["Get", "a"]).ok("<none>").writes(&[]),
        check("get-state of an empty key", &["Get", ""]).ok("<none>"),
        check("put-state", &["Put", "a", "1"]).writes(&[("", "a", Some("1"))]),
        check("put-state of text beyond ASCII", &["Put", "ключ", "значение"]).writes(&[("", "ключ", Some("значение"))]),
        check("put-state of an empty key", &["Put", "", "1"]).error("key must not be an empty string").writes(&[]),
        check("reads do not see the call's own writes", &["PutAndGet", "a", "2"]).state("a=1").ok("1"),
        check("writes are seen by later calls", &["Get", "a"]).before(&["Put", "a", "3"]).ok("3"),
        check("delete-state", &["Delete", "a"]).state("a=1").writes(&[("", "a", None)]),
        check("delete-state of an empty key", &["Delete", ""]).error("key must not be an empty string"),
        check("get-states", &["GetMany", "a,b,c"]).state("a=1,c=3").ok("1,<none>,3"),
        check("get-states of nothing", &["GetMany", ""]).ok(""),
        check("put-states", &["PutMany", "a=1,b=2"]).writes(&[("", "a", Some("1")), ("", "b", Some("2"))]),
        check("put-states with an empty key", &["PutMany", "a=1,=2"]).error("key must not be an empty string"),
        check("delete-states", &["DeleteMany", "a,b"]).writes(&[("", "a", None), ("", "b", None)]),
        check("get-state-metadata of a key without", &["Metadata", "a"]).state("a=1").ok(""),
        check("get-state-metadata", &["Metadata", "a"])
            .state("a=1")
            .before(&["SetPolicy", "a", "policy"])
            .ok("VALIDATION_PARAMETER=policy"),
        check("get-state-validation-parameter of a key without", &["GetPolicy", "a"]).ok("<none>"),
        check("get-state-validation-parameter", &["GetPolicy", "a"])
            .state("a=1")
            .before(&["SetPolicy", "a", "policy"])
            .ok("policy"),
        check("set-state-validation-parameter", &["SetPolicy", "a", "policy"])
            .sets_policy("", "a", "policy")
            .writes(&[]),
        check("get-history-for-key", &["History", "a"])
            .before(&["Put", "a", "1"])
            .before(&["Delete", "a"])
            .before(&["Put", "a", "3"])
            .ok("before-2@1700000000=3,before-1@1700000000=deleted,before-0@1700000000=1"),
        check("get-history-for-key of a missing key", &["History", "a"]).ok(""),
        check("get-query-result", &["Query", "{}"]).error("ExecuteQuery not supported for leveldb"),
        check("get-query-result-with-pagination", &["QueryPage", "{}", "5", ""]).error("ExecuteQuery"),
    ]
}

fn ranges() -> Vec<Check> {
    let page = |args: &[&str]| check(format!("get-state-by-range-with-pagination {args:?}"), args).state("a=1,b=2,c=3");
    vec![
        check("get-state-by-range of everything", &["Range", "", ""]).state("a=1,b=2,c=3").ok("a=1,b=2,c=3"),
        check("get-state-by-range begins with its start", &["Range", "b", ""]).state("a=1,b=2,c=3").ok("b=2,c=3"),
        check("get-state-by-range ends before its end", &["Range", "", "c"]).state("a=1,b=2,c=3").ok("a=1,b=2"),
        check("get-state-by-range of nothing", &["Range", "x", "y"]).state("a=1").ok(""),
        check("get-state-by-range has no composite keys", &["Range", "", ""]).state("a=1,\0t\0x\0=2").ok("a=1"),
        check("get-state-by-range from a composite key", &["Range", "\0", ""])
            .error("first character of the key [\0] contains a null character which is not allowed"),
        page(&["RangePage", "", "", "2", ""]).ok("a=1,b=2|2|c"),
        page(&["RangePage", "", "", "2", "c"]).ok("c=3|1|"),
        page(&["RangePage", "", "", "3", ""]).ok("a=1,b=2,c=3|3|"),
        page(&["RangePage", "", "b", "9", ""]).ok("a=1|1|"),
        page(&["RangePage", "", "", "0", ""]).error("the page size must be at least 1"),
    ]
}

fn composite_keys() -> Vec<Check> {
    const STATE: &str = "\0color\0blue\x001\0=a,\0color\0blue\x002\0=b,\0color\0red\x001\0=c,\0colors\0x\0=d,color=e";
    let page = |args: &[&str]| {
        let name = format!("get-state-by-partial-composite-key-with-pagination {args:?}");
        check(name, args).state(STATE)
    };
    vec![
        check("create-composite-key", &["Composite", "color", "blue,1"]).ok("/color/blue/1/"),
        check("create-composite-key without attributes", &["Composite", "color", ""]).ok("/color/"),
        check("create-composite-key with a reserved character", &["Composite", "a\0", ""])
            .error("input contains unicode U+0000 starting at position [1]"),
        check("a composite key as a key", &["PutComposite", "color", "blue", "1"]).writes(&[(
            "",
            "\0color\0blue\0",
            Some("1"),
        )]),
        check("split-composite-key", &["Split", "\0color\0blue\x001\0"]).ok("color:blue,1"),
        check("split-composite-key of a simple key", &["Split", "color"]).error("not a composite key"),
        check("get-state-by-partial-composite-key", &["PartialRange", "color", ""])
            .state(STATE)
            .ok("/color/blue/1/=a,/color/blue/2/=b,/color/red/1/=c"),
        check("get-state-by-partial-composite-key with an attribute", &["PartialRange", "color", "blue"])
            .state(STATE)
            .ok("/color/blue/1/=a,/color/blue/2/=b"),
        check("get-state-by-partial-composite-key of nothing", &["PartialRange", "size", ""]).state(STATE).ok(""),
        page(&["PartialPage", "color", "", "2", ""]).ok("/color/blue/1/=a,/color/blue/2/=b|2|/color/red/1/"),
        page(&["PartialPage", "color", "", "2", "/color/red/1/"]).ok("/color/red/1/=c|1|"),
        check("get-all-states-composite-key-with-pagination", &["CompositePage", "3", ""])
            .state(STATE)
            .ok("/color/blue/1/=a,/color/blue/2/=b,/color/red/1/=c|3|/colors/x/"),
    ]
}

fn private_data() -> Vec<Check> {
    let one = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
    vec![
        check("get-private-data", &["PrivateGet", "c", "a"]).private_state("c", "a=1").ok("1"),
        check("get-private-data of a missing key", &["PrivateGet", "c", "a"]).state("a=1").ok("<none>"),
        check("get-private-data of another collection", &["PrivateGet", "d", "a"])
            .private_state("c", "a=1")
            .ok("<none>"),
        check("get-private-data without a collection", &["PrivateGet", "", "a"])
            .error("collection must not be an empty string"),
        check("get-private-data-multiple", &["PrivateGetMany", "c", "a,b"]).private_state("c", "b=2").ok("<none>,2"),
        check("get-private-data-hash", &["PrivateHash", "c", "a"]).private_state("c", "a=1").ok(one),
        check("get-private-data-hash of a missing key", &["PrivateHash", "c", "a"]).ok("<none>"),
        check("put-private-data", &["PrivatePut", "c", "a", "1"]).writes(&[("c", "a", Some("1"))]),
        check("put-private-data of an empty key", &["PrivatePut", "c", "", "1"])
            .error("key must not be an empty string"),
        check("put-private-data without a collection", &["PrivatePut", "", "a", "1"])
            .error("collection must not be an empty string")
            .writes(&[]),
        check("put-private-data-multiple", &["PrivatePutMany", "c", "a=1,b=2"])
            .writes(&[("c", "a", Some("1")), ("c", "b", Some("2"))]),
        check("delete-private-data", &["PrivateDelete", "c", "a"]).writes(&[("c", "a", None)]),
        check("purge-private-data", &["PrivatePurge", "c", "a"]).purges("c", "a"),
        check("get-private-data-metadata", &["PrivateMetadata", "c", "a"])
            .private_state("c", "a=1")
            .before(&["PrivateSetPolicy", "c", "a", "policy"])
            .ok("VALIDATION_PARAMETER=policy"),
        check("get-private-data-validation-parameter", &["PrivateGetPolicy", "c", "a"])
            .private_state("c", "a=1")
            .before(&["PrivateSetPolicy", "c", "a", "policy"])
            .ok("policy"),
        check("set-private-data-validation-parameter", &["PrivateSetPolicy", "c", "a", "policy"])
            .sets_policy("c", "a", "policy"),
    ]
}

fn private_ranges() -> Vec<Check> {
    vec![
        check("get-private-data-by-range", &["PrivateRange", "c", "a", "c"])
            .private_state("c", "a=1,b=2,c=3")
            .ok("a=1,b=2"),
        check("get-private-data-by-range stays in its collection", &["PrivateRange", "c", "", ""])
            .private_state("c", "a=1")
            .private_state("d", "b=2")
            .state("a=3")
            .ok("a=1"),
        check("get-private-data-by-partial-composite-key", &["PrivatePartialRange", "c", "t", "x"])
            .private_state("c", "\0t\0x\x001\0=a,\0t\0y\x001\0=b")
            .ok("/t/x/1/=a"),
        check("get-private-data-query-result", &["PrivateQuery", "c", "{}"])
            .error("ExecuteQuery not supported for leveldb"),
    ]
}

fn proposal() -> Vec<Check> {
    vec![
        check("tx-id", &["TxId"]).ok("tx"),
        check("channel-id", &["ChannelId"]).ok("mychannel"),
        check("tx-timestamp", &["Timestamp"]).ok("1700000000.000000123"),
        check("args", &["Args", "one", "two"]).ok("Args,one,two"),
        check("transient", &["Transient"]).ok("color=blue,secret=s3cret"),
        check("creator", &["Creator"]).ok("serialized identity"),
        check("creator-msp-id", &["CreatorMspId"]).ok("Org1MSP"),
        check("creator-certificate", &["CreatorCertificate"]).ok(CERTIFICATE),
        check("signed-proposal", &["SignedProposal"]).ok("signed proposal"),
        check("binding", &["Binding"]).ok("931f508584512f3c65f4fc69ea64b2518173a0843f7300e14bc18db28235047c"),
        check("decorations", &["Decorations"]).ok("added=by the peer"),
        check("init runs the contract's init", &["TxId"]).init().ok("tx"),
    ]
}

fn client() -> Vec<Check> {
    vec![
        check("client id", &["ClientId"]).ok(CLIENT_ID),
        check("client msp-id", &["ClientMspId"]).ok("Org1MSP"),
        check("client subject", &["ClientSubject"])
            .ok("CN=user\\, one,OU=client+OU=org1,O=Hyperledger,ST=North Carolina,C=US"),
        check("client issuer", &["ClientIssuer"])
            .ok("CN=ca.org1.example.com,O=org1.example.com,L=San Francisco,ST=California,C=US"),
        check("client organizational-units", &["ClientUnits"]).ok("client,org1"),
        check("client attribute", &["ClientAttribute", "role"]).ok("appraiser"),
        check("client attribute that is missing", &["ClientAttribute", "rank"]).ok("<none>"),
        check("client attributes", &["ClientAttributes"]).ok("hf.Affiliation=org1,role=appraiser"),
    ]
}

fn other() -> Vec<Check> {
    vec![
        check("set-event", &["Event", "moved", "payload"]).event("moved", "payload"),
        check("set-event without a name", &["Event", "", "payload"]).error("event name can not be empty string"),
        check("invoke-chaincode on the same channel", &["Invoke", "other", "", "f,x"]).ok("200||:f/x"),
        check("invoke-chaincode on another channel", &["Invoke", "other", "yours", "f"]).ok("200||yours:f"),
        check("invoke-chaincode that refuses", &["Invoke", "other", "", "refuse"]).ok("500|no|"),
        check("invoke-chaincode that does not exist", &["Invoke", "nobody", "", "f"])
            .error("chaincode nobody not found"),
        check("log debug", &["Log", "debug", "line"]).logs(LogLevel::Debug, "line"),
        check("log info", &["Log", "info", "line"]).logs(LogLevel::Info, "line"),
        check("log warning", &["Log", "warning", "line"]).logs(LogLevel::Warning, "line"),
        check("log error", &["Log", "error", "a\u{1b}[31mred"]).logs(LogLevel::Error, "a\u{fffd}[31mred"),
        check("abort", &["Abort", "out of cheese"]).error("chaincode panicked: out of cheese"),
        check("an unknown function", &["Nothing"]).error("Function Nothing not found in contract"),
    ]
}

fn crypto() -> Vec<Check> {
    let hash =
        |algorithm: &str, expected: &str| check(format!("hash {algorithm}"), &["Hash", algorithm, "abc"]).ok(expected);
    let verify = |name: &str, algorithm: &str, key: &str, message: &str| {
        check(format!("verify {name}"), &["Verify", algorithm, key, message, SIGNATURE])
    };
    vec![
        hash("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        hash(
            "sha384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        hash(
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        hash("sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        hash(
            "sha3-384",
            "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
        ),
        verify("a right signature", "ecdsa-p256-sha256", CERTIFICATE, "message").ok("true"),
        verify("a signature of something else", "ecdsa-p256-sha256", CERTIFICATE, "other").ok("false"),
        verify("with a key of another algorithm", "ed25519", CERTIFICATE, "message")
            .error("the public key does not belong to the algorithm"),
        verify("with something that is no key", "ecdsa-p256-sha256", "key", "message")
            .error("the public key is neither"),
    ]
}
