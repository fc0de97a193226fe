use clap::CommandFactory;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_command_tree_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn fabrics_command_lines_are_understood() {
    let lines = [
        "peer version",
        "peer node start --peer-chaincodedev",
        "peer node start --peer-chaincodedev=true",
        "peer node start --chaincode-dev --reset --tls",
        "peer chaincode query -C mychannel -n basic -c {\"Args\":[\"GetAllAssets\"]}",
        "peer chaincode query --channelID mychannel --name basic --ctor {} --hex --transient {}",
        "peer chaincode query -C mychannel -n basic -c {} -r",
        "peer chaincode invoke -o localhost:7050 --ordererTLSHostnameOverride orderer.example.com --tls --cafile ca.crt \
         -C mychannel -n basic --peerAddresses localhost:7051 --tlsRootCertFiles a.crt --peerAddresses localhost:9051 \
         --tlsRootCertFiles b.crt -c {\"function\":\"InitLedger\",\"Args\":[]}",
        "peer chaincode -o localhost:7050 --tls=true invoke -C mychannel -n basic -c {} --waitForEvent \
         --waitForEventTimeout 1m30s -I",
        "peer chaincode invoke --clientauth --certfile c --keyfile k --connTimeout 500ms -C c -n n --isInit --waitForEvent=false",
        "peer chaincode install basic.wasm --name basic --version 2 --label basic_2",
        "peer chaincode install -n basic -v 1.0 -p basic.wasm -l wasm -c {} --peerAddresses localhost:7051",
        "peer chaincode install signed.pak",
        "peer chaincode instantiate -o localhost:7050 --tls --cafile c -C mychannel -n basic -v 1.0 -l golang -P \
         OR('Org1MSP.peer') -E escc -V vscc --collections-config c.json --peerAddresses localhost:7051 -c {\"Args\":[\"a\"]}",
        "peer chaincode upgrade -C mychannel -n basic -v 2.0 -p path --policy OR('Org1MSP.peer') --ctor {\"Args\":[]}",
        "peer chaincode list --installed",
        "peer chaincode list -C mychannel --instantiated --peerAddresses localhost:7051",
        "peer chaincode package -n basic -v 1.0 -p basic.wasm -s -S -i AND('OrgA.admin') basic.pak",
        "peer chaincode package --name a --version 1 --path p --lang wasm --cc-package --sign --instantiate-policy x out",
        "peer chaincode signpackage basic.pak signed.pak",
        "peer lifecycle chaincode package basic.tar.gz --path basic.wasm --lang wasm --label basic_1.0",
        "peer lifecycle chaincode calculatepackageid basic.tar.gz -O json",
        "peer lifecycle chaincode install basic.tar.gz --connectionProfile p.yaml --targetPeer peer0",
        "peer lifecycle chaincode queryinstalled --peerAddresses localhost:7051 --tlsRootCertFiles a.crt --output json",
        "peer lifecycle chaincode getinstalledpackage --package-id a:b --output-directory /tmp",
        "peer lifecycle chaincode approveformyorg -o localhost:7050 --tls --cafile c --channelID mychannel --name basic \
         --version 1.0 --package-id a:b --sequence 1 --init-required --signature-policy OR('Org1MSP.peer') \
         --collections-config c.json -E escc -V vscc --waitForEvent=false",
        "peer lifecycle chaincode queryapproved -C mychannel -n basic --sequence 1",
        "peer lifecycle chaincode checkcommitreadiness -C mychannel -n basic -v 1.0 --sequence 1 --inspect -O json \
         --channel-config-policy Channel/Application/Admins",
        "peer lifecycle chaincode commit -o localhost:7050 -C mychannel -n basic -v 1.0 --sequence 1 \
         --peerAddresses localhost:7051",
        "peer lifecycle chaincode querycommitted --channelID mychannel --name basic",
        "peer channel list",
        "peer channel getinfo -c mychannel",
        "peer channel fetch newest out.block -c mychannel -o localhost:7050 --bestEffort",
        "peer channel fetch 3 -c mychannel",
        "peer channel join -b mychannel.block",
        "peer channel joinbysnapshot --snapshotpath /s",
        "peer channel joinbysnapshotstatus",
        "peer channel create -o a:1 -c mychannel -f tx --outputBlock b -t 20s --tls --cafile c",
        "peer channel update -o a:1,b:2 -c mychannel -f tx --tlsHandshakeTimeShift 2h --clientauth --keyfile k --certfile c",
        "peer channel signconfigtx -f tx",
        "peer lifecycle chaincode package x.tar.gz --path p --label l",
        "peer lifecycle chaincode package x.tar.gz --path p -l golang --label l --peerAddresses a:1 --connectionProfile c",
        "peer node status",
        "peer logging getlevel gossip",
        "peer logging setlevel gossip debug",
        "peer logging getlogspec",
        "peer logging setlogspec info:gossip=debug",
        "peer logging revertlevels",
        "peer node pause -c mychannel",
        "peer node resume --channelID mychannel",
        "peer node reset",
        "peer node rollback -c mychannel -b 7",
        "peer node rebuild-dbs",
        "peer node upgrade-dbs",
        "peer node unjoin -c mychannel",
        "peer snapshot submitrequest -c mychannel -b 5 --peerAddress a:1 --tlsRootCertFile c",
        "peer snapshot cancelrequest --channelID mychannel --blockNumber 5",
        "peer snapshot listpending -c mychannel",
        "peer completion bash",
        "peer completion powershell",
    ];
    for line in lines {
        if let Err(error) = parse(line) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn flags_of_the_tree_hold_wherever_they_stand() {
    for line in ["peer chaincode -o a:1 --tls query -c {}", "peer chaincode query -o a:1 --tls -c {}"] {
        let Command::Chaincode(arguments) = parse(line).expect(line).command else { panic!("{line}") };
        let (orderer, ..) = arguments.parts();
        assert!(orderer.tls && orderer.orderer == "a:1", "{line}");
    }
}

#[test]
fn wrong_command_lines_are_refused() {
    let lines = [
        "peer",
        "peer chaincode",
        "peer chaincode query --peerAddress x",
        "peer chaincode invoke --tls=maybe",
        "peer chaincode invoke --waitForEventTimeout soon",
        "peer lifecycle chaincode commit --sequence one",
        "peer channel fetch --channelID",
        "peer nonsense",
    ];
    for line in lines {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn every_leaf_command_has_an_example() {
    fn check(command: &clap::Command, path: &str) {
        let subcommands: Vec<_> = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
        for sub in &subcommands {
            check(sub, &format!("{path} {}", sub.get_name()));
        }
        if subcommands.is_empty() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example:\n  ") && help.contains(path), "{path} has no example");
        }
    }
    check(&Cli::command(), "peer");
}
