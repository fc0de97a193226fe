package host

//go:wasmimport fabric_v1 hash
func Hash(algorithm uint32, data string) int32

//go:wasmimport fabric_v1 verify
func Verify(algorithm uint32, publicKey, message, signature string) int32
