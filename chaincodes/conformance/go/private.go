package main

import "encoding/hex"

func (c *contract) registerPrivateData() {
	c.Evaluate("PrivateGet", c.PrivateGet, "collection", "key")
	c.Evaluate("PrivateGetMany", c.PrivateGetMany, "collection", "keys")
	c.Evaluate("PrivateHash", c.PrivateHash, "collection", "key")
	c.Submit("PrivatePut", c.PrivatePut, "collection", "key", "value")
	c.Submit("PrivatePutMany", c.PrivatePutMany, "collection", "entries")
	c.Submit("PrivateDelete", c.PrivateDelete, "collection", "key")
	c.Submit("PrivatePurge", c.PrivatePurge, "collection", "key")
	c.Evaluate("PrivateMetadata", c.PrivateMetadata, "collection", "key")
	c.Evaluate("PrivateGetPolicy", c.PrivateGetPolicy, "collection", "key")
	c.Submit("PrivateSetPolicy", c.PrivateSetPolicy, "collection", "key", "policy")
	c.Evaluate("PrivateRange", c.PrivateRange, "collection", "start", "end")
	c.Evaluate("PrivatePartialRange", c.PrivatePartialRange, "collection", "object_type", "attributes")
	c.Evaluate("PrivateQuery", c.PrivateQuery, "collection", "query")
}

func (c *contract) PrivateGet(ctx context, collection, key string) (string, error) {
	value, err := ctx.GetStub().GetPrivateData(collection, key)
	return optional(value), err
}

func (c *contract) PrivateGetMany(ctx context, collection, keys string) (string, error) {
	values, err := ctx.GetStub().GetMultiplePrivateData(collection, list(keys)...)
	return optionals(values), err
}

func (c *contract) PrivateHash(ctx context, collection, key string) (string, error) {
	hash, err := ctx.GetStub().GetPrivateDataHash(collection, key)
	if err != nil || hash == nil {
		return none, err
	}
	return hex.EncodeToString(hash), nil
}

func (c *contract) PrivatePut(ctx context, collection, key string, value []byte) error {
	return ctx.GetStub().PutPrivateData(collection, key, value)
}

func (c *contract) PrivatePutMany(ctx context, collection, entries string) error {
	return ctx.GetStub().PutMultiplePrivateData(collection, keyValues(entries)...)
}

func (c *contract) PrivateDelete(ctx context, collection, key string) error {
	return ctx.GetStub().DelPrivateData(collection, key)
}

func (c *contract) PrivatePurge(ctx context, collection, key string) error {
	return ctx.GetStub().PurgePrivateData(collection, key)
}

func (c *contract) PrivateMetadata(ctx context, collection, key string) (string, error) {
	metadata, err := ctx.GetStub().GetPrivateDataMetadata(collection, key)
	return sorted(metadata), err
}

func (c *contract) PrivateGetPolicy(ctx context, collection, key string) (string, error) {
	policy, err := ctx.GetStub().GetPrivateDataValidationParameter(collection, key)
	return optional(policy), err
}

func (c *contract) PrivateSetPolicy(ctx context, collection, key string, policy []byte) error {
	return ctx.GetStub().SetPrivateDataValidationParameter(collection, key, policy)
}

func (c *contract) PrivateRange(ctx context, collection, start, end string) (string, error) {
	return entries(ctx.GetStub().GetPrivateDataByRange(collection, start, end))
}

func (c *contract) PrivatePartialRange(ctx context, collection, objectType, attributes string) (string, error) {
	return entries(ctx.GetStub().GetPrivateDataByPartialCompositeKey(collection, objectType, list(attributes)))
}

func (c *contract) PrivateQuery(ctx context, collection, query string) (string, error) {
	return entries(ctx.GetStub().GetPrivateDataQueryResult(collection, query))
}
