//! Every call a contract can make to the peer, one function each, and every way to misbehave. For tests only.
//!
//! All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text:
//! lists are joined by commas, pairs by `=`, what does not exist is `<none>`, hashes are hexadecimal.

mod faults;
mod ledger;
mod private;
mod proposal;
mod text;

use fabric_contract::contract;
use faults::*;
use ledger::*;
use private::*;
use proposal::*;
use text::List;

contract! {
    evaluate Get => get(key: String);
    evaluate GetMany => get_many(keys: List);
    submit Put => put(key: String, value: Vec<u8>);
    submit PutMany => put_many(entries: List);
    submit PutAndGet => put_and_get(key: String, value: Vec<u8>);
    submit Delete => delete(key: String);
    submit DeleteMany => delete_many(keys: List);
    evaluate Metadata => metadata(key: String);
    evaluate GetPolicy => get_policy(key: String);
    submit SetPolicy => set_policy(key: String, policy: Vec<u8>);
    evaluate Range => range(start: String, end: String);
    evaluate RangePage => range_page(start: String, end: String, size: u32, bookmark: String);
    evaluate Composite => composite(object_type: String, attributes: List);
    submit PutComposite => put_composite(object_type: String, attributes: List, value: Vec<u8>);
    evaluate Split => split(key: String);
    evaluate PartialRange => partial_range(object_type: String, attributes: List);
    evaluate PartialPage => partial_page(object_type: String, attributes: List, size: u32, bookmark: String);
    evaluate CompositePage => composite_page(size: u32, bookmark: String);
    evaluate Query => rich_query(query: String);
    evaluate QueryPage => query_page(query: String, size: u32, bookmark: String);
    evaluate History => history(key: String);

    evaluate PrivateGet => private_get(collection: String, key: String);
    evaluate PrivateGetMany => private_get_many(collection: String, keys: List);
    evaluate PrivateHash => private_hash(collection: String, key: String);
    submit PrivatePut => private_put(collection: String, key: String, value: Vec<u8>);
    submit PrivatePutMany => private_put_many(collection: String, entries: List);
    submit PrivateDelete => private_delete(collection: String, key: String);
    submit PrivatePurge => private_purge(collection: String, key: String);
    evaluate PrivateMetadata => private_metadata(collection: String, key: String);
    evaluate PrivateGetPolicy => private_get_policy(collection: String, key: String);
    submit PrivateSetPolicy => private_set_policy(collection: String, key: String, policy: Vec<u8>);
    evaluate PrivateRange => private_range(collection: String, start: String, end: String);
    evaluate PrivatePartialRange => private_partial_range(collection: String, object_type: String, attributes: List);
    evaluate PrivateQuery => private_query(collection: String, query: String);

    evaluate TxId => tx_id();
    evaluate ChannelId => channel_id();
    evaluate Timestamp => timestamp();
    evaluate Args => args(first: String, second: String);
    evaluate Transient => transient();
    evaluate Creator => creator();
    evaluate CreatorMspId => creator_msp_id();
    evaluate CreatorCertificate => creator_certificate();
    evaluate SignedProposal => signed_proposal();
    evaluate Binding => binding();
    evaluate Decorations => decorations();
    evaluate ClientId => client_id();
    evaluate ClientMspId => client_msp_id();
    evaluate ClientSubject => client_subject();
    evaluate ClientIssuer => client_issuer();
    evaluate ClientUnits => client_units();
    evaluate ClientAttribute => client_attribute(name: String);
    evaluate ClientAttributes => client_attributes();
    submit Event => event(name: String, payload: Vec<u8>);
    submit Invoke => invoke(name: String, channel: String, args: List);
    evaluate Hash => hash(algorithm: String, data: Vec<u8>);
    evaluate Verify => verify(algorithm: String, public_key: Vec<u8>, message: Vec<u8>, signature: String);
    evaluate Log => log(level: String, message: String);
    evaluate Abort => abort(message: String);

    evaluate Echo => echo(value: Json<Vec<u64>>);
    submit Panic => panic(message: String);
    submit Loop => endless();
    submit EatMemory => eat_memory();
    submit Recurse => recurse_from(depth: u64);
    evaluate Large => large(bytes: u64);
    submit HoldIterators => hold_iterators(count: u64);
}
