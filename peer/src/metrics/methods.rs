//! The methods of the peer's main listener.

use node::grpc::MethodKind::{self, Stream, Unary};

/// By path, whether they are streams.
pub(super) const METHODS: &[(&str, MethodKind)] = &[
    ("/protos.Endorser/ProcessProposal", Unary),
    ("/protos.Deliver/Deliver", Stream),
    ("/protos.Deliver/DeliverFiltered", Stream),
    ("/protos.Deliver/DeliverWithPrivateData", Stream),
    ("/gateway.Gateway/Endorse", Unary),
    ("/gateway.Gateway/Submit", Unary),
    ("/gateway.Gateway/CommitStatus", Unary),
    ("/gateway.Gateway/Evaluate", Unary),
    ("/gateway.Gateway/ChaincodeEvents", Stream),
    ("/discovery.Discovery/Discover", Unary),
    ("/gossip.Gossip/GossipStream", Stream),
    ("/gossip.Gossip/Ping", Unary),
    ("/protos.Snapshot/Generate", Unary),
    ("/protos.Snapshot/Cancel", Unary),
    ("/protos.Snapshot/QueryPendings", Unary),
    ("/protos.Admin/GetStatus", Unary),
    ("/protos.Admin/StartServer", Unary),
    ("/protos.Admin/GetModuleLogLevel", Unary),
    ("/protos.Admin/SetModuleLogLevel", Unary),
    ("/protos.Admin/RevertLogLevels", Unary),
    ("/protos.Admin/GetLogSpec", Unary),
    ("/protos.Admin/SetLogSpec", Unary),
];
