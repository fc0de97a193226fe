package shim

// ChaincodeStubInterface is the transaction being simulated: its ledger, its proposal, its event and its log.
//
// Reads see the committed state, not the transaction's own writes. Errors are the peer's.
type ChaincodeStubInterface interface {
	StateInterface
	PrivateDataInterface
	TransactionInterface
	LogInterface
}

// StateInterface is the chaincode's own part of the world state.
type StateInterface interface {
	// GetState returns the value of a key, nil when it does not exist.
	GetState(key string) ([]byte, error)
	// GetMultipleStates returns the values of several keys, in their order.
	GetMultipleStates(keys ...string) ([][]byte, error)
	// PutState sets a key, which must not be empty.
	PutState(key string, value []byte) error
	// PutMultipleStates sets several keys, in their order, up to the first that is refused.
	PutMultipleStates(entries ...KV) error
	// DelState removes a key.
	DelState(key string) error
	// DelMultipleStates removes several keys, in their order, up to the first that is refused.
	DelMultipleStates(keys ...string) error

	// GetStateMetadata returns what is committed about a key beside its value.
	GetStateMetadata(key string) (map[string][]byte, error)
	// GetStateValidationParameter returns the key's own endorsement policy, a marshalled common.SignaturePolicyEnvelope; nil when it
	// has none.
	GetStateValidationParameter(key string) ([]byte, error)
	// SetStateValidationParameter gives a key its own endorsement policy; an empty one takes it away.
	SetStateValidationParameter(key string, policy []byte) error

	// GetStateByRange returns the simple keys from startKey to before endKey; empty ones mean the first and the end.
	GetStateByRange(startKey, endKey string) (StateQueryIteratorInterface, error)
	// GetStateByRangeWithPagination returns at most pageSize keys of such a range, from the bookmark on unless it is empty. A
	// transaction that asks for pages may write nothing.
	GetStateByRangeWithPagination(startKey, endKey string, pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error)
	// GetStateByPartialCompositeKey returns the composite keys that begin with these parts.
	GetStateByPartialCompositeKey(objectType string, attributes []string) (StateQueryIteratorInterface, error)
	// GetStateByPartialCompositeKeyWithPagination returns a page of these.
	GetStateByPartialCompositeKeyWithPagination(objectType string, attributes []string, pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error)
	// GetAllStatesCompositeKeyWithPagination returns a page of all composite keys of the chaincode.
	GetAllStatesCompositeKeyWithPagination(pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error)

	// CreateCompositeKey joins parts to a composite key; none may contain U+0000 or U+10FFFF.
	CreateCompositeKey(objectType string, attributes []string) (string, error)
	// SplitCompositeKey returns the object type and the attributes of a composite key.
	SplitCompositeKey(compositeKey string) (string, []string, error)

	// GetQueryResult runs a query in the language of the state database; an error where the database has none.
	GetQueryResult(query string) (StateQueryIteratorInterface, error)
	// GetQueryResultWithPagination returns a page of it.
	GetQueryResultWithPagination(query string, pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error)
	// GetHistoryForKey returns the committed modifications of a key, newest first.
	GetHistoryForKey(key string) (HistoryQueryIteratorInterface, error)
}

// PrivateDataInterface is private data: only the peers of a collection's members hold it. It is not available while the chaincode
// is initialised.
type PrivateDataInterface interface {
	// GetPrivateData returns the value of a private key, nil when it does not exist.
	GetPrivateData(collection, key string) ([]byte, error)
	// GetMultiplePrivateData returns the values of several private keys, in their order.
	GetMultiplePrivateData(collection string, keys ...string) ([][]byte, error)
	// GetPrivateDataHash returns the SHA-256 of a private value, which every peer of the channel knows.
	GetPrivateDataHash(collection, key string) ([]byte, error)
	// PutPrivateData sets a private key.
	PutPrivateData(collection, key string, value []byte) error
	// PutMultiplePrivateData sets several private keys, in their order, up to the first that is refused.
	PutMultiplePrivateData(collection string, entries ...KV) error
	// DelPrivateData removes a private key.
	DelPrivateData(collection, key string) error
	// PurgePrivateData removes a private key and its past values.
	PurgePrivateData(collection, key string) error

	// GetPrivateDataMetadata returns what is committed about a private key beside its value.
	GetPrivateDataMetadata(collection, key string) (map[string][]byte, error)
	// GetPrivateDataValidationParameter returns the private key's own endorsement policy, nil when it has none.
	GetPrivateDataValidationParameter(collection, key string) ([]byte, error)
	// SetPrivateDataValidationParameter gives a private key its own endorsement policy; an empty one takes it away.
	SetPrivateDataValidationParameter(collection, key string, policy []byte) error

	// GetPrivateDataByRange returns the simple private keys from startKey to before endKey. The transaction may write nothing.
	GetPrivateDataByRange(collection, startKey, endKey string) (StateQueryIteratorInterface, error)
	// GetPrivateDataByPartialCompositeKey returns composite private keys. The transaction may write nothing.
	GetPrivateDataByPartialCompositeKey(collection, objectType string, attributes []string) (StateQueryIteratorInterface, error)
	// GetPrivateDataQueryResult runs a query in the language of the state database. The transaction may write nothing.
	GetPrivateDataQueryResult(collection, query string) (StateQueryIteratorInterface, error)
}

// TransactionInterface is the proposal that is being answered.
type TransactionInterface interface {
	// GetArgs returns all arguments of the call, the name of the function first.
	GetArgs() [][]byte
	// GetStringArgs returns them as strings.
	GetStringArgs() []string
	// GetFunctionAndParameters returns the name of the function and its arguments.
	GetFunctionAndParameters() (string, []string)
	// GetTxID returns the identifier of the transaction.
	GetTxID() string
	// GetChannelID returns the name of the channel.
	GetChannelID() string
	// GetTxTimestamp returns the client's time, the same at every endorser. There is no other clock.
	GetTxTimestamp() (*Timestamp, error)
	// GetTransient returns data for the endorsers only, which is never recorded.
	GetTransient() (map[string][]byte, error)

	// GetCreator returns the creator as a marshalled msp.SerializedIdentity.
	GetCreator() ([]byte, error)
	// GetCreatorMSPID returns the creator's MSP.
	GetCreatorMSPID() string
	// GetCreatorCertificate returns the creator's X.509 certificate, PEM.
	GetCreatorCertificate() []byte
	// GetSignedProposal returns the proposal as the client signed it: a marshalled protos.SignedProposal.
	GetSignedProposal() ([]byte, error)
	// GetBinding returns the SHA-256 over the proposal's nonce, creator and epoch.
	GetBinding() ([]byte, error)
	// GetDecorations returns what the peer's decorators added to the proposal.
	GetDecorations() map[string][]byte

	// SetEvent sets the transaction's event; a second one replaces the first. The name must not be empty.
	SetEvent(name string, payload []byte) error
	// InvokeChaincode calls a chaincode within this transaction; the first argument is the name of its function. On this channel (its
	// name, or empty) its writes become part of the transaction, on another it only reads. The error says why there was no call.
	InvokeChaincode(chaincodeName string, args [][]byte, channel string) (*Response, error)
}

// LogInterface is what operators get to read. Nothing of it reaches the ledger.
type LogInterface interface {
	// LogDebug writes a line for developers into the chaincode's log at the peer.
	LogDebug(message string)
	// LogInfo writes a line into the chaincode's log.
	LogInfo(message string)
	// LogWarning writes a line about something unexpected.
	LogWarning(message string)
	// LogError writes a line about a failure.
	LogError(message string)
	// Abort ends the call at once, as a panic does; the message reaches the client.
	Abort(message string)
}
