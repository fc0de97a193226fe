// What the peer's functions take and give.

/** A key with its value. */
@final
export class KeyValue {
  constructor(
    public key: string,
    public value: Uint8Array,
  ) {}
}

/** A time since 1970-01-01 00:00:00 UTC. */
@final
export class Timestamp {
  constructor(
    public seconds: i64,
    public nanoseconds: u32,
  ) {}
}

/** What a committed transaction did to a key. */
@final
export class KeyModification {
  constructor(
    public txId: string,
    /** Empty when the key was deleted. */
    public value: Uint8Array,
    public timestamp: Timestamp,
    public isDelete: bool,
  ) {}
}

/** The parts of a composite key. */
@final
export class CompositeKey {
  constructor(
    public objectType: string,
    public attributes: string[],
  ) {}
}

/** What another chaincode answered. */
@final
export class ChaincodeResponse {
  constructor(
    /** 200 for success, 400 and above for failures. */
    public status: i32,
    public message: string,
    public payload: Uint8Array,
  ) {}
}
