package host

//go:wasmimport fabric_v1 set_response
func setResponse(payload string)

// answer keeps the response until the peer has read it.
var answer string

// Answer names the payload, or the error's text, that invoke returns with.
func Answer(payload string) {
	answer = payload
	setResponse(answer)
}
