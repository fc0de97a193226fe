package shim

import "fabric-contract/internal/host"

func (stub) GetArgs() [][]byte {
	return host.List(0, host.Args())
}

func (stub) GetStringArgs() []string {
	return host.Texts(0, host.Args())
}

func (s stub) GetFunctionAndParameters() (string, []string) {
	args := s.GetStringArgs()
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}

func (stub) GetTxID() string {
	host.TxID()
	return host.Text(0)
}

func (stub) GetChannelID() string {
	host.ChannelID()
	return host.Text(0)
}

func (stub) GetTxTimestamp() (*Timestamp, error) {
	host.TxTimestamp()
	return &Timestamp{Seconds: host.Number(0), Nanos: int32(host.Number(1))}, nil
}

func (stub) GetTransient() (map[string][]byte, error) {
	return host.Pairs(host.Transient()), nil
}

func (stub) GetCreator() ([]byte, error) {
	host.Creator()
	return host.Bytes(0), nil
}

func (stub) GetCreatorMSPID() string {
	host.CreatorMSPID()
	return host.Text(0)
}

func (stub) GetCreatorCertificate() []byte {
	host.CreatorCertificate()
	return host.Bytes(0)
}

func (stub) GetSignedProposal() ([]byte, error) {
	host.SignedProposal()
	return host.Bytes(0), nil
}

func (stub) GetBinding() ([]byte, error) {
	host.Binding()
	return host.Bytes(0), nil
}

func (stub) GetDecorations() map[string][]byte {
	return host.Pairs(host.Decorations())
}

func (stub) SetEvent(name string, payload []byte) error {
	return host.Check(host.SetEvent(name, host.View(payload)))
}

func (stub) InvokeChaincode(chaincodeName string, args [][]byte, channel string) (*Response, error) {
	result := host.InvokeChaincode(chaincodeName, host.Addresses(host.Views(args)), uint32(len(args)), channel)
	if err := host.Check(result); err != nil {
		return nil, err
	}
	return &Response{Status: int32(host.Number(0)), Message: host.Text(1), Payload: host.Bytes(2)}, nil
}
