//! The kit's host over the runtime's host functions: the same ones that contracts in Wasm call.

use std::cell::RefCell;
use std::rc::Rc;

use fabric_contract::crypto::{HashAlgorithm, SignatureAlgorithm};
use fabric_contract::native::{Host, LogLevel};
use fabric_contract::{ChaincodeResponse, KeyModification, KeyValue, MetadataEntry, Page, Timestamp};
use runtime::native::interfaces::{chaincodes, client_identity, crypto, diagnostics, private_data, state, transaction};
use runtime::native::{NativeCall, Stopped, Told};

/// Shares the call with whoever started it, and tells it why a host function has ended it.
pub struct NativeHost {
    pub call: Rc<RefCell<NativeCall>>,
    pub stopped: Rc<RefCell<Option<Stopped>>>,
}

/// How a host function ends a call: as a panic that no hook hears of.
struct Ended;

impl NativeHost {
    fn sure<T>(&self, ask: impl FnOnce(&mut NativeCall) -> Result<T, Stopped>) -> T {
        let answer = ask(&mut self.call.borrow_mut());
        answer.unwrap_or_else(|stopped| {
            *self.stopped.borrow_mut() = Some(stopped);
            std::panic::resume_unwind(Box::new(Ended))
        })
    }

    fn told<T>(&self, ask: impl FnOnce(&mut NativeCall) -> Told<T>) -> Result<T, String> {
        self.sure(ask)
    }
}

/// Methods that only hand over what they are given; each argument says how.
macro_rules! methods {
    ($($interface:ident.$function:ident => $method:ident(
        $($arg:ident: $type:ty = $given:expr),*
    ) -> $kind:ident $result:ty;)*) => {$(
        fn $method(&mut self $(, $arg: $type)*) -> methods!(@result $kind $result) {
            self.$kind(|call| $interface::Host::$function(call.functions() $(, $given)*))
        }
    )*};
    (@result told $result:ty) => { Result<$result, String> };
    (@result sure $result:ty) => { $result };
}

/// The same for functions that open an iterator.
macro_rules! openers {
    ($($interface:ident.$method:ident($($arg:ident: $type:ty = $given:expr),*);)*) => {$(
        fn $method(&mut self $(, $arg: $type)*) -> Result<u32, String> {
            let opened = self.told(|call| $interface::Host::$method(call.functions() $(, $given)*))?;
            Ok(NativeCall::number_of(&opened))
        }
    )*};
}

/// And for those that open one page.
macro_rules! pages {
    ($($method:ident($($arg:ident: $type:ty = $given:expr),*);)*) => {$(
        fn $method(&mut self $(, $arg: $type)*) -> Result<(u32, Page), String> {
            let (opened, page) = self.told(|call| state::Host::$method(call.functions() $(, $given)*))?;
            let state::Page { fetched_records_count, bookmark } = page;
            Ok((NativeCall::number_of(&opened), Page { fetched_records_count, bookmark }))
        }
    )*};
}

impl Host for NativeHost {
    methods! {
        state.get_state => get_state(key: &str = key.into()) -> told Option<Vec<u8>>;
        state.get_states => get_states(keys: &[String] = keys.into()) -> told Vec<Option<Vec<u8>>>;
        state.put_state => put_state(key: &str = key.into(), value: &[u8] = value.into()) -> told ();
        state.put_states => put_states(entries: &[KeyValue] = given(entries)) -> told ();
        state.delete_state => delete_state(key: &str = key.into()) -> told ();
        state.delete_states => delete_states(keys: &[String] = keys.into()) -> told ();
        state.get_state_validation_parameter =>
            get_state_validation_parameter(key: &str = key.into()) -> told Option<Vec<u8>>;
        state.set_state_validation_parameter =>
            set_state_validation_parameter(key: &str = key.into(), policy: &[u8] = policy.into()) -> told ();
        state.create_composite_key => create_composite_key(
            object_type: &str = object_type.into(), attributes: &[String] = attributes.into()
        ) -> told String;

        private_data.get_private_data =>
            get_private_data(collection: &str = collection.into(), key: &str = key.into()) -> told Option<Vec<u8>>;
        private_data.get_private_data_multiple => get_private_data_multiple(
            collection: &str = collection.into(), keys: &[String] = keys.into()
        ) -> told Vec<Option<Vec<u8>>>;
        private_data.get_private_data_hash => get_private_data_hash(
            collection: &str = collection.into(), key: &str = key.into()
        ) -> told Option<Vec<u8>>;
        private_data.put_private_data => put_private_data(
            collection: &str = collection.into(), key: &str = key.into(), value: &[u8] = value.into()
        ) -> told ();
        private_data.put_private_data_multiple => put_private_data_multiple(
            collection: &str = collection.into(), entries: &[KeyValue] = given(entries)
        ) -> told ();
        private_data.delete_private_data =>
            delete_private_data(collection: &str = collection.into(), key: &str = key.into()) -> told ();
        private_data.purge_private_data =>
            purge_private_data(collection: &str = collection.into(), key: &str = key.into()) -> told ();
        private_data.get_private_data_validation_parameter => get_private_data_validation_parameter(
            collection: &str = collection.into(), key: &str = key.into()
        ) -> told Option<Vec<u8>>;
        private_data.set_private_data_validation_parameter => set_private_data_validation_parameter(
            collection: &str = collection.into(), key: &str = key.into(), policy: &[u8] = policy.into()
        ) -> told ();

        transaction.tx_id => tx_id() -> sure String;
        transaction.channel_id => channel_id() -> sure String;
        transaction.args => args() -> sure Vec<Vec<u8>>;
        transaction.transient => transient() -> sure Vec<(String, Vec<u8>)>;
        transaction.creator => creator() -> sure Vec<u8>;
        transaction.creator_msp_id => creator_msp_id() -> sure String;
        transaction.creator_certificate => creator_certificate() -> sure Vec<u8>;
        transaction.signed_proposal => signed_proposal() -> sure Vec<u8>;
        transaction.binding => binding() -> sure Vec<u8>;
        transaction.decorations => decorations() -> sure Vec<(String, Vec<u8>)>;
        transaction.set_event => set_event(name: &str = name.into(), payload: &[u8] = payload.into()) -> told ();

        client_identity.id => client_id() -> told String;
        client_identity.msp_id => client_msp_id() -> sure String;
        client_identity.subject => client_subject() -> told String;
        client_identity.issuer => client_issuer() -> told String;
        client_identity.organizational_units => client_organizational_units() -> told Vec<String>;
        client_identity.attribute => client_attribute(name: &str = name.into()) -> told Option<String>;
        client_identity.attributes => client_attributes() -> told Vec<(String, String)>;

        crypto.hash => hash(algorithm: HashAlgorithm = hash_algorithm(algorithm), data: &[u8] = data.into()) -> sure Vec<u8>;
        crypto.verify => verify(
            algorithm: SignatureAlgorithm = signature_algorithm(algorithm), public_key: &[u8] = public_key.into(),
            message: &[u8] = message.into(), signature: &[u8] = signature.into()
        ) -> told bool;
        diagnostics.log => log(level: LogLevel = log_level(level), message: &str = message.into()) -> sure ();
        diagnostics.abort => abort(message: &str = message.into()) -> sure ();
    }

    openers! {
        state.get_state_by_range(start: &str = start.into(), end: &str = end.into());
        state.get_state_by_partial_composite_key(
            object_type: &str = object_type.into(), attributes: &[String] = attributes.into()
        );
        state.get_query_result(query: &str = query.into());
        state.get_history_for_key(key: &str = key.into());
        private_data.get_private_data_by_range(
            collection: &str = collection.into(), start: &str = start.into(), end: &str = end.into()
        );
        private_data.get_private_data_by_partial_composite_key(
            collection: &str = collection.into(), object_type: &str = object_type.into(),
            attributes: &[String] = attributes.into()
        );
        private_data.get_private_data_query_result(collection: &str = collection.into(), query: &str = query.into());
    }

    pages! {
        get_state_by_range_with_pagination(
            start: &str = start.into(), end: &str = end.into(), page_size: u32 = page_size,
            bookmark: &str = bookmark.into()
        );
        get_state_by_partial_composite_key_with_pagination(
            object_type: &str = object_type.into(), attributes: &[String] = attributes.into(),
            page_size: u32 = page_size, bookmark: &str = bookmark.into()
        );
        get_all_states_composite_key_with_pagination(page_size: u32 = page_size, bookmark: &str = bookmark.into());
        get_query_result_with_pagination(
            query: &str = query.into(), page_size: u32 = page_size, bookmark: &str = bookmark.into()
        );
    }

    fn get_state_metadata(&mut self, key: &str) -> Result<Vec<MetadataEntry>, String> {
        self.told(|call| state::Host::get_state_metadata(call.functions(), key.into())).map(entries)
    }

    fn get_private_data_metadata(&mut self, collection: &str, key: &str) -> Result<Vec<MetadataEntry>, String> {
        let ask = |call: &mut NativeCall| {
            private_data::Host::get_private_data_metadata(call.functions(), collection.into(), key.into())
        };
        self.told(ask).map(entries)
    }

    fn split_composite_key(&mut self, key: &str) -> Result<(String, Vec<String>), String> {
        let parts = self.told(|call| state::Host::split_composite_key(call.functions(), key.into()))?;
        Ok((parts.object_type, parts.attributes))
    }

    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, String> {
        let entry = self.told(|call| call.next_state(iterator))?;
        Ok(entry.map(|entry| KeyValue { key: entry.key, value: entry.value }))
    }

    fn next_modification(&mut self, iterator: u32) -> Result<Option<KeyModification>, String> {
        let entry = self.told(|call| call.next_modification(iterator))?;
        Ok(entry.map(|entry| KeyModification {
            tx_id: entry.tx_id,
            value: entry.value,
            timestamp: timestamp(entry.timestamp),
            is_delete: entry.is_delete,
        }))
    }

    fn close(&mut self, iterator: u32) {
        self.call.borrow_mut().close(iterator);
    }

    fn tx_timestamp(&mut self) -> Timestamp {
        timestamp(self.sure(|call| transaction::Host::tx_timestamp(call.functions())))
    }

    fn invoke_chaincode(&mut self, name: &str, args: &[Vec<u8>], channel: &str) -> Result<ChaincodeResponse, String> {
        let ask = |call: &mut NativeCall| {
            chaincodes::Host::invoke_chaincode(call.functions(), name.into(), args.into(), channel.into())
        };
        let chaincodes::Response { status, message, payload } = self.told(ask)?;
        Ok(ChaincodeResponse { status, message, payload })
    }
}

fn given(entries: &[KeyValue]) -> Vec<state::KeyValue> {
    let given = |entry: &KeyValue| state::KeyValue { key: entry.key.clone(), value: entry.value.clone() };
    entries.iter().map(given).collect()
}

fn entries(found: Vec<state::MetadataEntry>) -> Vec<MetadataEntry> {
    found.into_iter().map(|entry| MetadataEntry { name: entry.name, value: entry.value }).collect()
}

fn timestamp(given: state::Timestamp) -> Timestamp {
    Timestamp { seconds: given.seconds, nanoseconds: given.nanoseconds }
}

fn hash_algorithm(algorithm: HashAlgorithm) -> crypto::HashAlgorithm {
    match algorithm {
        HashAlgorithm::Sha256 => crypto::HashAlgorithm::Sha256,
        HashAlgorithm::Sha384 => crypto::HashAlgorithm::Sha384,
        HashAlgorithm::Sha512 => crypto::HashAlgorithm::Sha512,
        HashAlgorithm::Sha3256 => crypto::HashAlgorithm::Sha3256,
        HashAlgorithm::Sha3384 => crypto::HashAlgorithm::Sha3384,
    }
}

fn signature_algorithm(algorithm: SignatureAlgorithm) -> crypto::SignatureAlgorithm {
    match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => crypto::SignatureAlgorithm::EcdsaP256Sha256,
        SignatureAlgorithm::EcdsaP384Sha384 => crypto::SignatureAlgorithm::EcdsaP384Sha384,
        SignatureAlgorithm::Ed25519 => crypto::SignatureAlgorithm::Ed25519,
        SignatureAlgorithm::RsaPkcs1Sha256 => crypto::SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPssSha256 => crypto::SignatureAlgorithm::RsaPssSha256,
    }
}

fn log_level(level: LogLevel) -> diagnostics::Level {
    match level {
        LogLevel::Debug => diagnostics::Level::Debug,
        LogLevel::Info => diagnostics::Level::Info,
        LogLevel::Warning => diagnostics::Level::Warning,
        LogLevel::Error => diagnostics::Level::Error,
    }
}
