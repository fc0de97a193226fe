package host

//go:wasmimport fabric_v1 client_id
func ClientID() int32

//go:wasmimport fabric_v1 client_msp_id
func ClientMSPID() int32

//go:wasmimport fabric_v1 client_subject
func ClientSubject() int32

//go:wasmimport fabric_v1 client_issuer
func ClientIssuer() int32

//go:wasmimport fabric_v1 client_organizational_units
func ClientOrganizationalUnits() int32

//go:wasmimport fabric_v1 client_attribute
func ClientAttribute(name string) int32

//go:wasmimport fabric_v1 client_attributes
func ClientAttributes() int32
