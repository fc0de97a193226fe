package main

func (c *contract) registerFaults() {
	c.Evaluate("Echo", c.Echo, "value")
	c.Submit("Panic", c.Panic, "message")
	c.Submit("Loop", c.Loop)
	c.Submit("EatMemory", c.EatMemory)
	c.Submit("Recurse", c.Recurse, "depth")
	c.Evaluate("Large", c.Large, "bytes")
	c.Submit("HoldIterators", c.HoldIterators, "count")
}

func (c *contract) Echo(_ context, value []uint64) []uint64 {
	return value
}

func (c *contract) Panic(_ context, message string) {
	panic(message)
}

func (c *contract) Loop(_ context) {
	for {
	}
}

// eaten is global, so that nothing of it can be collected.
var eaten [][]byte

func (c *contract) EatMemory(_ context) {
	for {
		block := make([]byte, 1<<20)
		for i := range block {
			block[i] = 1
		}
		eaten = append(eaten, block)
	}
}

func (c *contract) Recurse(_ context, depth uint64) uint64 {
	return recurse(depth)
}

func recurse(depth uint64) uint64 {
	next := depth + 1
	if next == 0 {
		return 0
	}
	return recurse(next) ^ next
}

func (c *contract) Large(_ context, bytes uint64) []byte {
	large := make([]byte, bytes)
	for i := range large {
		large[i] = 'x'
	}
	return large
}

func (c *contract) HoldIterators(ctx context, count uint64) error {
	for range count {
		if _, err := ctx.GetStub().GetStateByRange("", ""); err != nil {
			return err
		}
	}
	return nil
}
