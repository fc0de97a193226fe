/// Every call a contract can make to the peer, one function each, and every way to misbehave. For tests only.
///
/// All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text:
/// lists are joined by commas, pairs by `=`, what does not exist is `<none>`, hashes are hexadecimal.

#include "faults.hpp"
#include "ledger.hpp"
#include "private.hpp"
#include "proposal.hpp"

using fabric::evaluate;
using fabric::submit;

constexpr fabric::contract contract{
    evaluate<get>("Get", "key"),
    evaluate<get_many>("GetMany", "keys"),
    submit<put>("Put", "key", "value"),
    submit<put_many>("PutMany", "entries"),
    submit<put_and_get>("PutAndGet", "key", "value"),
    submit<delete_one>("Delete", "key"),
    submit<delete_many>("DeleteMany", "keys"),
    evaluate<metadata>("Metadata", "key"),
    evaluate<get_policy>("GetPolicy", "key"),
    submit<set_policy>("SetPolicy", "key", "policy"),
    evaluate<range>("Range", "start", "end"),
    evaluate<range_page>("RangePage", "start", "end", "size", "bookmark"),
    evaluate<composite>("Composite", "object_type", "attributes"),
    submit<put_composite>("PutComposite", "object_type", "attributes", "value"),
    evaluate<split>("Split", "key"),
    evaluate<partial_range>("PartialRange", "object_type", "attributes"),
    evaluate<partial_page>("PartialPage", "object_type", "attributes", "size", "bookmark"),
    evaluate<composite_page>("CompositePage", "size", "bookmark"),
    evaluate<rich_query>("Query", "query"),
    evaluate<query_page>("QueryPage", "query", "size", "bookmark"),
    evaluate<history>("History", "key"),

    evaluate<private_get>("PrivateGet", "collection", "key"),
    evaluate<private_get_many>("PrivateGetMany", "collection", "keys"),
    evaluate<private_hash>("PrivateHash", "collection", "key"),
    submit<private_put>("PrivatePut", "collection", "key", "value"),
    submit<private_put_many>("PrivatePutMany", "collection", "entries"),
    submit<private_delete>("PrivateDelete", "collection", "key"),
    submit<private_purge>("PrivatePurge", "collection", "key"),
    evaluate<private_metadata>("PrivateMetadata", "collection", "key"),
    evaluate<private_get_policy>("PrivateGetPolicy", "collection", "key"),
    submit<private_set_policy>("PrivateSetPolicy", "collection", "key", "policy"),
    evaluate<private_range>("PrivateRange", "collection", "start", "end"),
    evaluate<private_partial_range>("PrivatePartialRange", "collection", "object_type", "attributes"),
    evaluate<private_query>("PrivateQuery", "collection", "query"),

    evaluate<tx_id>("TxId"),
    evaluate<channel_id>("ChannelId"),
    evaluate<timestamp>("Timestamp"),
    evaluate<args>("Args", "first", "second"),
    evaluate<transient>("Transient"),
    evaluate<creator>("Creator"),
    evaluate<creator_msp_id>("CreatorMspId"),
    evaluate<creator_certificate>("CreatorCertificate"),
    evaluate<signed_proposal>("SignedProposal"),
    evaluate<binding>("Binding"),
    evaluate<decorations>("Decorations"),
    evaluate<client_id>("ClientId"),
    evaluate<client_msp_id>("ClientMspId"),
    evaluate<client_subject>("ClientSubject"),
    evaluate<client_issuer>("ClientIssuer"),
    evaluate<client_units>("ClientUnits"),
    evaluate<client_attribute>("ClientAttribute", "name"),
    evaluate<client_attributes>("ClientAttributes"),
    submit<event>("Event", "name", "payload"),
    submit<invoke>("Invoke", "name", "channel", "args"),
    evaluate<hash>("Hash", "algorithm", "data"),
    evaluate<verify>("Verify", "algorithm", "public_key", "message", "signature"),
    evaluate<log_line>("Log", "level", "message"),
    evaluate<abort_with>("Abort", "message"),

    evaluate<echo>("Echo", "value"),
    submit<panic>("Panic", "message"),
    submit<endless>("Loop"),
    submit<eat_memory>("EatMemory"),
    submit<recurse_from>("Recurse", "depth"),
    evaluate<large>("Large", "bytes"),
    submit<hold_iterators>("HoldIterators", "count"),
};

FABRIC_CONTRACT(contract)
