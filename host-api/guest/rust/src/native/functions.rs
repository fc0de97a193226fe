//! The bindings' functions under their own names, answered by the host of the running call.

use super::{ask, is_calling};

/// Functions of an interface, the names of their methods, and what they are given.
macro_rules! functions {
    ($($function:ident => $method:ident($($arg:ident: $type:ty),*) $(-> $result:ty)?;)*) => {$(
        pub fn $function($($arg: $type),*) $(-> $result)? {
            ask(|host| host.$method($($arg),*))
        }
    )*};
}

type Told<T> = Result<T, String>;

pub mod state {
    use super::{Told, ask, is_calling};
    pub use crate::bindings::fabric::chaincode::state::{
        CompositeKey, KeyModification, KeyValue, MetadataEntry, Page, Timestamp,
    };

    functions! {
        get_state => get_state(key: &str) -> Told<Option<Vec<u8>>>;
        get_states => get_states(keys: &[String]) -> Told<Vec<Option<Vec<u8>>>>;
        put_state => put_state(key: &str, value: &[u8]) -> Told<()>;
        put_states => put_states(entries: &[KeyValue]) -> Told<()>;
        delete_state => delete_state(key: &str) -> Told<()>;
        delete_states => delete_states(keys: &[String]) -> Told<()>;
        get_state_metadata => get_state_metadata(key: &str) -> Told<Vec<MetadataEntry>>;
        get_state_validation_parameter => get_state_validation_parameter(key: &str) -> Told<Option<Vec<u8>>>;
        set_state_validation_parameter => set_state_validation_parameter(key: &str, policy: &[u8]) -> Told<()>;
        create_composite_key => create_composite_key(object_type: &str, attributes: &[String]) -> Told<String>;
    }

    pub fn split_composite_key(key: &str) -> Told<CompositeKey> {
        let (object_type, attributes) = ask(|host| host.split_composite_key(key))?;
        Ok(CompositeKey { object_type, attributes })
    }

    pub fn get_state_by_range(start: &str, end: &str) -> Told<StateIterator> {
        ask(|host| host.get_state_by_range(start, end)).map(StateIterator)
    }

    pub fn get_state_by_range_with_pagination(
        start: &str,
        end: &str,
        page_size: u32,
        bookmark: &str,
    ) -> Told<(StateIterator, Page)> {
        page(ask(|host| host.get_state_by_range_with_pagination(start, end, page_size, bookmark)))
    }

    pub fn get_state_by_partial_composite_key(object_type: &str, attributes: &[String]) -> Told<StateIterator> {
        ask(|host| host.get_state_by_partial_composite_key(object_type, attributes)).map(StateIterator)
    }

    pub fn get_state_by_partial_composite_key_with_pagination(
        object_type: &str,
        attributes: &[String],
        page_size: u32,
        bookmark: &str,
    ) -> Told<(StateIterator, Page)> {
        page(ask(|host| {
            host.get_state_by_partial_composite_key_with_pagination(object_type, attributes, page_size, bookmark)
        }))
    }

    pub fn get_all_states_composite_key_with_pagination(page_size: u32, bookmark: &str) -> Told<(StateIterator, Page)> {
        page(ask(|host| host.get_all_states_composite_key_with_pagination(page_size, bookmark)))
    }

    pub fn get_query_result(query: &str) -> Told<StateIterator> {
        ask(|host| host.get_query_result(query)).map(StateIterator)
    }

    pub fn get_query_result_with_pagination(
        query: &str,
        page_size: u32,
        bookmark: &str,
    ) -> Told<(StateIterator, Page)> {
        page(ask(|host| host.get_query_result_with_pagination(query, page_size, bookmark)))
    }

    pub fn get_history_for_key(key: &str) -> Told<HistoryIterator> {
        ask(|host| host.get_history_for_key(key)).map(HistoryIterator)
    }

    fn page(found: Told<(u32, Page)>) -> Told<(StateIterator, Page)> {
        found.map(|(iterator, page)| (StateIterator(iterator), page))
    }

    /// The host's number of an iterator over keys.
    pub struct StateIterator(pub(super) u32);

    impl StateIterator {
        pub fn next(&self) -> Told<Option<KeyValue>> {
            ask(|host| host.next_state(self.0))
        }
    }

    impl Drop for StateIterator {
        fn drop(&mut self) {
            // One that a contract has kept ends with its call.
            if is_calling() {
                ask(|host| host.close(self.0));
            }
        }
    }

    /// The host's number of an iterator over modifications.
    pub struct HistoryIterator(u32);

    impl HistoryIterator {
        pub fn next(&self) -> Told<Option<KeyModification>> {
            ask(|host| host.next_modification(self.0))
        }
    }

    impl Drop for HistoryIterator {
        fn drop(&mut self) {
            // One that a contract has kept ends with its call.
            if is_calling() {
                ask(|host| host.close(self.0));
            }
        }
    }
}

pub mod private_data {
    use super::state::{KeyValue, MetadataEntry, StateIterator};
    use super::{Told, ask};

    functions! {
        get_private_data => get_private_data(collection: &str, key: &str) -> Told<Option<Vec<u8>>>;
        get_private_data_multiple =>
            get_private_data_multiple(collection: &str, keys: &[String]) -> Told<Vec<Option<Vec<u8>>>>;
        get_private_data_hash => get_private_data_hash(collection: &str, key: &str) -> Told<Option<Vec<u8>>>;
        put_private_data => put_private_data(collection: &str, key: &str, value: &[u8]) -> Told<()>;
        put_private_data_multiple => put_private_data_multiple(collection: &str, entries: &[KeyValue]) -> Told<()>;
        delete_private_data => delete_private_data(collection: &str, key: &str) -> Told<()>;
        purge_private_data => purge_private_data(collection: &str, key: &str) -> Told<()>;
        get_private_data_metadata => get_private_data_metadata(collection: &str, key: &str) -> Told<Vec<MetadataEntry>>;
        get_private_data_validation_parameter =>
            get_private_data_validation_parameter(collection: &str, key: &str) -> Told<Option<Vec<u8>>>;
        set_private_data_validation_parameter =>
            set_private_data_validation_parameter(collection: &str, key: &str, policy: &[u8]) -> Told<()>;
    }

    pub fn get_private_data_by_range(collection: &str, start: &str, end: &str) -> Told<StateIterator> {
        ask(|host| host.get_private_data_by_range(collection, start, end)).map(StateIterator)
    }

    pub fn get_private_data_by_partial_composite_key(
        collection: &str,
        object_type: &str,
        attributes: &[String],
    ) -> Told<StateIterator> {
        ask(|host| host.get_private_data_by_partial_composite_key(collection, object_type, attributes))
            .map(StateIterator)
    }

    pub fn get_private_data_query_result(collection: &str, query: &str) -> Told<StateIterator> {
        ask(|host| host.get_private_data_query_result(collection, query)).map(StateIterator)
    }
}

pub mod transaction {
    use super::{Told, ask};
    use crate::Timestamp;

    functions! {
        tx_id => tx_id() -> String;
        channel_id => channel_id() -> String;
        tx_timestamp => tx_timestamp() -> Timestamp;
        args => args() -> Vec<Vec<u8>>;
        transient => transient() -> Vec<(String, Vec<u8>)>;
        creator => creator() -> Vec<u8>;
        creator_msp_id => creator_msp_id() -> String;
        creator_certificate => creator_certificate() -> Vec<u8>;
        signed_proposal => signed_proposal() -> Vec<u8>;
        binding => binding() -> Vec<u8>;
        decorations => decorations() -> Vec<(String, Vec<u8>)>;
        set_event => set_event(name: &str, payload: &[u8]) -> Told<()>;
    }
}

pub mod client_identity {
    use super::{Told, ask};

    functions! {
        id => client_id() -> Told<String>;
        msp_id => client_msp_id() -> String;
        subject => client_subject() -> Told<String>;
        issuer => client_issuer() -> Told<String>;
        organizational_units => client_organizational_units() -> Told<Vec<String>>;
        attribute => client_attribute(name: &str) -> Told<Option<String>>;
        attributes => client_attributes() -> Told<Vec<(String, String)>>;
    }
}

pub mod chaincodes {
    use super::{Told, ask};
    pub use crate::bindings::fabric::chaincode::chaincodes::Response;

    functions! {
        invoke_chaincode => invoke_chaincode(name: &str, args: &[Vec<u8>], channel: &str) -> Told<Response>;
    }
}

pub mod crypto {
    use super::{Told, ask};
    pub use crate::bindings::fabric::chaincode::crypto::{HashAlgorithm, SignatureAlgorithm};

    functions! {
        hash => hash(algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8>;
        verify =>
            verify(algorithm: SignatureAlgorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> Told<bool>;
    }
}

pub mod diagnostics {
    use super::ask;
    pub use crate::bindings::fabric::chaincode::diagnostics::Level;

    functions! {
        log => log(level: Level, message: &str);
        abort => abort(message: &str);
    }
}
