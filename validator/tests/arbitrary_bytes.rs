//! Whatever stands in a block gets a code; nothing panics.

mod network;

use std::sync::OnceLock;

use bytes::Bytes;
use network::{Network, signature_policy};
use parking_lot::Mutex;
use proptest::prelude::*;
use proto::protos::TxValidationCode as Code;

fn network() -> &'static Mutex<(Network, Bytes)> {
    static NETWORK: OnceLock<Mutex<(Network, Bytes)>> = OnceLock::new();
    NETWORK.get_or_init(|| {
        let network = Network::new(1);
        network.define("basic", signature_policy("OR('Org1MSP.peer')"), None);
        let valid = network.put("key").with(|draft| draft.event("basic", b"payload")).sign();
        Mutex::new((network, valid))
    })
}

fn codes(network: &Network, data: Vec<Bytes>) -> Vec<Code> {
    let judgement = network.judge(data);
    judgement.candidate.transactions.iter().map(|transaction| transaction.code).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_invalid(data in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40)) {
        let network = network().lock();
        let count = data.len();
        let codes = codes(&network.0, data.into_iter().map(Bytes::from).collect());
        prop_assert_eq!(codes.len(), count);
        prop_assert!(!codes.contains(&Code::Valid));
        prop_assert!(!codes.contains(&Code::NotValidated));
    }

    #[test]
    fn a_changed_transaction_is_invalid(changes in prop::collection::vec((any::<prop::sample::Index>(), 1..=255u8), 1..4)) {
        let network = network().lock();
        let mut data = network.1.to_vec();
        for (index, flip) in changes {
            let index = index.index(data.len());
            data[index] ^= flip;
        }
        prop_assume!(data != network.1);
        let codes = codes(&network.0, vec![Bytes::from(data)]);
        prop_assert_ne!(codes[0], Code::Valid);
    }

    #[test]
    fn a_truncated_transaction_is_invalid(length in any::<prop::sample::Index>()) {
        let network = network().lock();
        let data = network.1.slice(..length.index(network.1.len()));
        prop_assert_ne!(codes(&network.0, vec![data])[0], Code::Valid);
    }
}
