package host

//go:wasmimport fabric_v1 log
func Log(level uint32, message string)

//go:wasmimport fabric_v1 abort
func Abort(message string)
