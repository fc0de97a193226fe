package shim

import "fabric-contract/internal/host"

func (stub) GetPrivateData(collection, key string) ([]byte, error) {
	return host.Optional(host.GetPrivateData(collection, key))
}

func (stub) GetMultiplePrivateData(collection string, keys ...string) ([][]byte, error) {
	result := host.GetPrivateDataMultiple(collection, host.Addresses(keys), uint32(len(keys)))
	return host.List(0, result), host.Check(result)
}

func (stub) GetPrivateDataHash(collection, key string) ([]byte, error) {
	return host.Optional(host.GetPrivateDataHash(collection, key))
}

func (stub) PutPrivateData(collection, key string, value []byte) error {
	return host.Check(host.PutPrivateData(collection, key, host.View(value)))
}

func (stub) PutMultiplePrivateData(collection string, entries ...KV) error {
	return host.Check(host.PutPrivateDataMultiple(collection, host.Addresses(flat(entries)), uint32(len(entries))))
}

func (stub) DelPrivateData(collection, key string) error {
	return host.Check(host.DeletePrivateData(collection, key))
}

func (stub) PurgePrivateData(collection, key string) error {
	return host.Check(host.PurgePrivateData(collection, key))
}

func (stub) GetPrivateDataMetadata(collection, key string) (map[string][]byte, error) {
	result := host.GetPrivateDataMetadata(collection, key)
	return host.Pairs(result), host.Check(result)
}

func (stub) GetPrivateDataValidationParameter(collection, key string) ([]byte, error) {
	return host.Optional(host.GetPrivateDataValidationParameter(collection, key))
}

func (stub) SetPrivateDataValidationParameter(collection, key string, policy []byte) error {
	return host.Check(host.SetPrivateDataValidationParameter(collection, key, host.View(policy)))
}

func (stub) GetPrivateDataByRange(collection, startKey, endKey string) (StateQueryIteratorInterface, error) {
	return stateIterator(host.GetPrivateDataByRange(collection, startKey, endKey))
}

func (stub) GetPrivateDataByPartialCompositeKey(collection, objectType string, attributes []string) (StateQueryIteratorInterface, error) {
	addresses, count := host.Addresses(attributes), uint32(len(attributes))
	return stateIterator(host.GetPrivateDataByPartialCompositeKey(collection, objectType, addresses, count))
}

func (stub) GetPrivateDataQueryResult(collection, query string) (StateQueryIteratorInterface, error) {
	return stateIterator(host.GetPrivateDataQueryResult(collection, query))
}
