package contractapi

import (
	_ "unsafe" // for go:linkname

	"fabric-contract/cid"
	"fabric-contract/internal/host"
	"fabric-contract/shim"
)

const (
	success = 0
	failure = 1
)

// The toolchain does not run main in a module of this kind.
//
//go:linkname contractMain main.main
func contractMain()

// started is the contract that main has started.
var started ContractInterface

// Start makes a struct's registered functions the chaincode. It is called in main, as its last step.
func Start(contract ContractInterface) {
	started = contract
}

// prepare runs main when the peer compiles the contract; every call begins with the memory that it leaves. Where the peer
// cannot do that, because main or an init looks at the transaction or writes something, each call runs main.
//
//go:wasmexport wizer-initialize
func prepare() {
	growStack(0)
	contractMain()
}

//go:wasmexport invoke
func invoke() int32 {
	defer abortOnPanic()
	growStack(0)
	if started == nil {
		contractMain()
	}
	if started == nil {
		panic("main did not call contractapi.Start")
	}
	ctx := &TransactionContext{stub: shim.NewStub(), client: cid.New()}
	args := ctx.stub.GetArgs()
	payload, err := call(started, ctx, string(args[0]), args[1:])
	if err != nil {
		host.Answer(err.Error())
		return failure
	}
	host.Answer(host.View(payload))
	return success
}

// growStack makes the stack large enough for most calls in one step. Growing it as it fills up, again and again, costs a small
// call a tenth of its time.
//
//go:noinline
func growStack(at int) byte {
	var room [8 << 10]byte
	return room[at]
}
