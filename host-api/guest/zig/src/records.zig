//! What the peer's functions take and give.

/// A key with its value.
pub const KeyValue = struct { key: []const u8, value: []const u8 };

/// Something that has a name: an entry of transient data, of metadata, an attribute.
pub const Field = struct { name: []const u8, value: []const u8 };

/// A time since 1970-01-01 00:00:00 UTC.
pub const Timestamp = struct { seconds: i64, nanoseconds: u32 };

/// What a committed transaction did to a key.
pub const KeyModification = struct {
    tx_id: []const u8,
    /// Empty when the key was deleted.
    value: []const u8,
    timestamp: Timestamp,
    is_delete: bool,
};

/// The parts of a composite key.
pub const CompositeKey = struct { object_type: []const u8, attributes: []const []const u8 };

/// What another chaincode answered.
pub const ChaincodeResponse = struct {
    /// 200 for success, 400 and above for failures.
    status: i32,
    message: []const u8,
    payload: []const u8,
};
