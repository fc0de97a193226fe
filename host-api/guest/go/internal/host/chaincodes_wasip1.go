package host

import "unsafe"

//go:wasmimport fabric_v1 invoke_chaincode
func InvokeChaincode(name string, args unsafe.Pointer, argsCount uint32, channel string) int32
