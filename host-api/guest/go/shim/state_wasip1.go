package shim

import "fabric-contract/internal/host"

// stub is the peer's side of the interface; all of its state is there.
type stub struct{}

// NewStub returns the transaction that the peer is simulating.
func NewStub() ChaincodeStubInterface {
	return stub{}
}

func (stub) GetState(key string) ([]byte, error) {
	return host.Optional(host.GetState(key))
}

func (stub) GetMultipleStates(keys ...string) ([][]byte, error) {
	result := host.GetStates(host.Addresses(keys), uint32(len(keys)))
	return host.List(0, result), host.Check(result)
}

func (stub) PutState(key string, value []byte) error {
	return host.Check(host.PutState(key, host.View(value)))
}

func (stub) PutMultipleStates(entries ...KV) error {
	return host.Check(host.PutStates(host.Addresses(flat(entries)), uint32(len(entries))))
}

func (stub) DelState(key string) error {
	return host.Check(host.DeleteState(key))
}

func (stub) DelMultipleStates(keys ...string) error {
	return host.Check(host.DeleteStates(host.Addresses(keys), uint32(len(keys))))
}

func (stub) GetStateMetadata(key string) (map[string][]byte, error) {
	result := host.GetStateMetadata(key)
	return host.Pairs(result), host.Check(result)
}

func (stub) GetStateValidationParameter(key string) ([]byte, error) {
	return host.Optional(host.GetStateValidationParameter(key))
}

func (stub) SetStateValidationParameter(key string, policy []byte) error {
	return host.Check(host.SetStateValidationParameter(key, host.View(policy)))
}

func (stub) GetStateByRange(startKey, endKey string) (StateQueryIteratorInterface, error) {
	return stateIterator(host.GetStateByRange(startKey, endKey))
}

func (stub) GetStateByRangeWithPagination(startKey, endKey string, pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error) {
	return statePage(host.GetStateByRangeWithPagination(startKey, endKey, size(pageSize), bookmark))
}

func (stub) GetStateByPartialCompositeKey(objectType string, attributes []string) (StateQueryIteratorInterface, error) {
	return stateIterator(host.GetStateByPartialCompositeKey(objectType, host.Addresses(attributes), uint32(len(attributes))))
}

func (stub) GetStateByPartialCompositeKeyWithPagination(objectType string, attributes []string, pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error) {
	addresses, count := host.Addresses(attributes), uint32(len(attributes))
	return statePage(host.GetStateByPartialCompositeKeyWithPagination(objectType, addresses, count, size(pageSize), bookmark))
}

func (stub) GetAllStatesCompositeKeyWithPagination(pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error) {
	return statePage(host.GetAllStatesCompositeKeyWithPagination(size(pageSize), bookmark))
}

func (stub) CreateCompositeKey(objectType string, attributes []string) (string, error) {
	result := host.CreateCompositeKey(objectType, host.Addresses(attributes), uint32(len(attributes)))
	if err := host.Check(result); err != nil {
		return "", err
	}
	return host.Text(0), nil
}

func (stub) SplitCompositeKey(compositeKey string) (string, []string, error) {
	result := host.SplitCompositeKey(compositeKey)
	if err := host.Check(result); err != nil {
		return "", nil, err
	}
	return host.Text(0), host.Texts(1, result), nil
}

func (stub) GetQueryResult(query string) (StateQueryIteratorInterface, error) {
	return stateIterator(host.GetQueryResult(query))
}

func (stub) GetQueryResultWithPagination(query string, pageSize int32, bookmark string) (StateQueryIteratorInterface, *QueryResponseMetadata, error) {
	return statePage(host.GetQueryResultWithPagination(query, size(pageSize), bookmark))
}

func (stub) GetHistoryForKey(key string) (HistoryQueryIteratorInterface, error) {
	return historyIterator(host.GetHistoryForKey(key))
}

// size makes a page size that no page can have of a negative one.
func size(pageSize int32) uint32 {
	return uint32(max(pageSize, 0))
}

func flat(entries []KV) []string {
	parts := make([]string, 0, 2*len(entries))
	for _, entry := range entries {
		parts = append(parts, entry.Key, host.View(entry.Value))
	}
	return parts
}
