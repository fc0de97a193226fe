//! Every call a contract can make to the peer, one function each, and every way to misbehave. For tests only.
//!
//! All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text:
//! lists are joined by commas, pairs by `=`, what does not exist is `<none>`, hashes are hexadecimal.

const fabric = @import("fabric");
const faults = @import("faults.zig");
const ledger = @import("ledger.zig");
const private = @import("private.zig");
const proposal = @import("proposal.zig");

const submit = fabric.submit;
const evaluate = fabric.evaluate;

pub const functions = [_]fabric.Function{
    evaluate("Get", ledger.get, &.{"key"}),
    evaluate("GetMany", ledger.getMany, &.{"keys"}),
    submit("Put", ledger.put, &.{ "key", "value" }),
    submit("PutMany", ledger.putMany, &.{"entries"}),
    submit("PutAndGet", ledger.putAndGet, &.{ "key", "value" }),
    submit("Delete", ledger.delete, &.{"key"}),
    submit("DeleteMany", ledger.deleteMany, &.{"keys"}),
    evaluate("Metadata", ledger.metadata, &.{"key"}),
    evaluate("GetPolicy", ledger.getPolicy, &.{"key"}),
    submit("SetPolicy", ledger.setPolicy, &.{ "key", "policy" }),
    evaluate("Range", ledger.range, &.{ "start", "end" }),
    evaluate("RangePage", ledger.rangePage, &.{ "start", "end", "size", "bookmark" }),
    evaluate("Composite", ledger.composite, &.{ "object_type", "attributes" }),
    submit("PutComposite", ledger.putComposite, &.{ "object_type", "attributes", "value" }),
    evaluate("Split", ledger.split, &.{"key"}),
    evaluate("PartialRange", ledger.partialRange, &.{ "object_type", "attributes" }),
    evaluate("PartialPage", ledger.partialPage, &.{ "object_type", "attributes", "size", "bookmark" }),
    evaluate("CompositePage", ledger.compositePage, &.{ "size", "bookmark" }),
    evaluate("Query", ledger.richQuery, &.{"query"}),
    evaluate("QueryPage", ledger.queryPage, &.{ "query", "size", "bookmark" }),
    evaluate("History", ledger.history, &.{"key"}),

    evaluate("PrivateGet", private.get, &.{ "collection", "key" }),
    evaluate("PrivateGetMany", private.getMany, &.{ "collection", "keys" }),
    evaluate("PrivateHash", private.hash, &.{ "collection", "key" }),
    submit("PrivatePut", private.put, &.{ "collection", "key", "value" }),
    submit("PrivatePutMany", private.putMany, &.{ "collection", "entries" }),
    submit("PrivateDelete", private.delete, &.{ "collection", "key" }),
    submit("PrivatePurge", private.purge, &.{ "collection", "key" }),
    evaluate("PrivateMetadata", private.metadata, &.{ "collection", "key" }),
    evaluate("PrivateGetPolicy", private.getPolicy, &.{ "collection", "key" }),
    submit("PrivateSetPolicy", private.setPolicy, &.{ "collection", "key", "policy" }),
    evaluate("PrivateRange", private.range, &.{ "collection", "start", "end" }),
    evaluate("PrivatePartialRange", private.partialRange, &.{ "collection", "object_type", "attributes" }),
    evaluate("PrivateQuery", private.query, &.{ "collection", "query" }),

    evaluate("TxId", proposal.txId, &.{}),
    evaluate("ChannelId", proposal.channelId, &.{}),
    evaluate("Timestamp", proposal.timestamp, &.{}),
    evaluate("Args", proposal.args, &.{ "first", "second" }),
    evaluate("Transient", proposal.transient, &.{}),
    evaluate("Creator", proposal.creator, &.{}),
    evaluate("CreatorMspId", proposal.creatorMspId, &.{}),
    evaluate("CreatorCertificate", proposal.creatorCertificate, &.{}),
    evaluate("SignedProposal", proposal.signedProposal, &.{}),
    evaluate("Binding", proposal.binding, &.{}),
    evaluate("Decorations", proposal.decorations, &.{}),
    evaluate("ClientId", proposal.clientId, &.{}),
    evaluate("ClientMspId", proposal.clientMspId, &.{}),
    evaluate("ClientSubject", proposal.clientSubject, &.{}),
    evaluate("ClientIssuer", proposal.clientIssuer, &.{}),
    evaluate("ClientUnits", proposal.clientUnits, &.{}),
    evaluate("ClientAttribute", proposal.clientAttribute, &.{"name"}),
    evaluate("ClientAttributes", proposal.clientAttributes, &.{}),
    submit("Event", proposal.event, &.{ "name", "payload" }),
    submit("Invoke", proposal.invoke, &.{ "name", "channel", "args" }),
    evaluate("Hash", proposal.hash, &.{ "algorithm", "data" }),
    evaluate("Verify", proposal.verify, &.{ "algorithm", "public_key", "message", "signature" }),
    evaluate("Log", proposal.log, &.{ "level", "message" }),
    evaluate("Abort", proposal.abort, &.{"message"}),

    evaluate("Echo", faults.echo, &.{"value"}),
    submit("Panic", faults.panic, &.{"message"}),
    submit("Loop", faults.endless, &.{}),
    submit("EatMemory", faults.eatMemory, &.{}),
    submit("Recurse", faults.recurseFrom, &.{"depth"}),
    evaluate("Large", faults.large, &.{"bytes"}),
    submit("HoldIterators", faults.holdIterators, &.{"count"}),
};
