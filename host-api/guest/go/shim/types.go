// Package shim is what a contract sees of the peer: the ledger and the proposal, by the names of Fabric's package of that name.
package shim

// KV is a key with its value.
type KV struct {
	Key   string
	Value []byte
}

// Timestamp is a time as the client wrote it into the proposal. time.Unix(t.Seconds, int64(t.Nanos)) makes a time.Time of it; the
// kit itself leaves package time out, whose start asks the peer for files in every call.
type Timestamp struct {
	// Seconds since 1970-01-01 00:00:00 UTC.
	Seconds int64
	Nanos   int32
}

// KeyModification is one committed change of a key.
type KeyModification struct {
	TxId      string
	Value     []byte
	Timestamp *Timestamp
	IsDelete  bool
}

// QueryResponseMetadata tells about a page of a query.
type QueryResponseMetadata struct {
	// FetchedRecordsCount is how many keys the page has.
	FetchedRecordsCount int32
	// Bookmark is where the next page begins; empty after the last one.
	Bookmark string
}

const (
	// OK is the status of a success.
	OK = 200
	// ERRORTHRESHOLD is the lowest status of a failure.
	ERRORTHRESHOLD = 400
	// ERROR is the status of a chaincode that returned an error.
	ERROR = 500
)

// Response is what another chaincode answered.
type Response struct {
	Status  int32
	Message string
	Payload []byte
}
