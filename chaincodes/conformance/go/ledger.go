package main

import (
	"strconv"
	"strings"
)

func (c *contract) registerLedger() {
	c.Evaluate("Get", c.Get, "key")
	c.Evaluate("GetMany", c.GetMany, "keys")
	c.Submit("Put", c.Put, "key", "value")
	c.Submit("PutMany", c.PutMany, "entries")
	c.Submit("PutAndGet", c.PutAndGet, "key", "value")
	c.Submit("Delete", c.Delete, "key")
	c.Submit("DeleteMany", c.DeleteMany, "keys")
	c.Evaluate("Metadata", c.Metadata, "key")
	c.Evaluate("GetPolicy", c.GetPolicy, "key")
	c.Submit("SetPolicy", c.SetPolicy, "key", "policy")
	c.Evaluate("Range", c.Range, "start", "end")
	c.Evaluate("RangePage", c.RangePage, "start", "end", "size", "bookmark")
	c.Evaluate("Composite", c.Composite, "object_type", "attributes")
	c.Submit("PutComposite", c.PutComposite, "object_type", "attributes", "value")
	c.Evaluate("Split", c.Split, "key")
	c.Evaluate("PartialRange", c.PartialRange, "object_type", "attributes")
	c.Evaluate("PartialPage", c.PartialPage, "object_type", "attributes", "size", "bookmark")
	c.Evaluate("CompositePage", c.CompositePage, "size", "bookmark")
	c.Evaluate("Query", c.Query, "query")
	c.Evaluate("QueryPage", c.QueryPage, "query", "size", "bookmark")
	c.Evaluate("History", c.History, "key")
}

func (c *contract) Get(ctx context, key string) (string, error) {
	value, err := ctx.GetStub().GetState(key)
	return optional(value), err
}

func (c *contract) GetMany(ctx context, keys string) (string, error) {
	values, err := ctx.GetStub().GetMultipleStates(list(keys)...)
	return optionals(values), err
}

func (c *contract) Put(ctx context, key string, value []byte) error {
	return ctx.GetStub().PutState(key, value)
}

func (c *contract) PutMany(ctx context, entries string) error {
	return ctx.GetStub().PutMultipleStates(keyValues(entries)...)
}

func (c *contract) PutAndGet(ctx context, key string, value []byte) (string, error) {
	if err := ctx.GetStub().PutState(key, value); err != nil {
		return "", err
	}
	return c.Get(ctx, key)
}

func (c *contract) Delete(ctx context, key string) error {
	return ctx.GetStub().DelState(key)
}

func (c *contract) DeleteMany(ctx context, keys string) error {
	return ctx.GetStub().DelMultipleStates(list(keys)...)
}

func (c *contract) Metadata(ctx context, key string) (string, error) {
	metadata, err := ctx.GetStub().GetStateMetadata(key)
	return sorted(metadata), err
}

func (c *contract) GetPolicy(ctx context, key string) (string, error) {
	policy, err := ctx.GetStub().GetStateValidationParameter(key)
	return optional(policy), err
}

func (c *contract) SetPolicy(ctx context, key string, policy []byte) error {
	return ctx.GetStub().SetStateValidationParameter(key, policy)
}

func (c *contract) Range(ctx context, start, end string) (string, error) {
	return entries(ctx.GetStub().GetStateByRange(start, end))
}

func (c *contract) RangePage(ctx context, start, end string, size uint32, bookmark string) (string, error) {
	return page(ctx.GetStub().GetStateByRangeWithPagination(start, end, int32(size), bookmark))
}

func (c *contract) Composite(ctx context, objectType, attributes string) (string, error) {
	key, err := ctx.GetStub().CreateCompositeKey(objectType, list(attributes))
	return visible(key), err
}

func (c *contract) PutComposite(ctx context, objectType, attributes string, value []byte) error {
	key, err := ctx.GetStub().CreateCompositeKey(objectType, list(attributes))
	if err != nil {
		return err
	}
	return ctx.GetStub().PutState(key, value)
}

func (c *contract) Split(ctx context, key string) (string, error) {
	objectType, attributes, err := ctx.GetStub().SplitCompositeKey(key)
	return objectType + ":" + strings.Join(attributes, ","), err
}

func (c *contract) PartialRange(ctx context, objectType, attributes string) (string, error) {
	return entries(ctx.GetStub().GetStateByPartialCompositeKey(objectType, list(attributes)))
}

func (c *contract) PartialPage(ctx context, objectType, attributes string, size uint32, bookmark string) (string, error) {
	stub, bookmark := ctx.GetStub(), strings.ReplaceAll(bookmark, "/", "\x00")
	return page(stub.GetStateByPartialCompositeKeyWithPagination(objectType, list(attributes), int32(size), bookmark))
}

func (c *contract) CompositePage(ctx context, size uint32, bookmark string) (string, error) {
	bookmark = strings.ReplaceAll(bookmark, "/", "\x00")
	return page(ctx.GetStub().GetAllStatesCompositeKeyWithPagination(int32(size), bookmark))
}

func (c *contract) Query(ctx context, query string) (string, error) {
	return entries(ctx.GetStub().GetQueryResult(query))
}

func (c *contract) QueryPage(ctx context, query string, size uint32, bookmark string) (string, error) {
	return page(ctx.GetStub().GetQueryResultWithPagination(query, int32(size), bookmark))
}

func (c *contract) History(ctx context, key string) (string, error) {
	modifications, err := ctx.GetStub().GetHistoryForKey(key)
	if err != nil {
		return "", err
	}
	var found []string
	for modification, err := range modifications.All() {
		if err != nil {
			return "", err
		}
		text := lossy(modification.Value)
		if modification.IsDelete {
			text = "deleted"
		}
		seconds := strconv.FormatInt(modification.Timestamp.Seconds, 10)
		found = append(found, modification.TxId+"@"+seconds+"="+text)
	}
	return strings.Join(found, ","), nil
}
