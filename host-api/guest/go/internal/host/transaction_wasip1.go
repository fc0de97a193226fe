package host

//go:wasmimport fabric_v1 tx_id
func TxID() int32

//go:wasmimport fabric_v1 channel_id
func ChannelID() int32

//go:wasmimport fabric_v1 tx_timestamp
func TxTimestamp() int32

//go:wasmimport fabric_v1 args
func Args() int32

//go:wasmimport fabric_v1 transient
func Transient() int32

//go:wasmimport fabric_v1 creator
func Creator() int32

//go:wasmimport fabric_v1 creator_msp_id
func CreatorMSPID() int32

//go:wasmimport fabric_v1 creator_certificate
func CreatorCertificate() int32

//go:wasmimport fabric_v1 signed_proposal
func SignedProposal() int32

//go:wasmimport fabric_v1 binding
func Binding() int32

//go:wasmimport fabric_v1 decorations
func Decorations() int32

//go:wasmimport fabric_v1 set_event
func SetEvent(name, payload string) int32
