package main

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"fabric-contract/crypto"
)

func (c *contract) registerProposal() {
	c.Evaluate("TxId", c.TxId)
	c.Evaluate("ChannelId", c.ChannelId)
	c.Evaluate("Timestamp", c.Timestamp)
	c.Evaluate("Args", c.Args, "first", "second")
	c.Evaluate("Transient", c.Transient)
	c.Evaluate("Creator", c.Creator)
	c.Evaluate("CreatorMspId", c.CreatorMspId)
	c.Evaluate("CreatorCertificate", c.CreatorCertificate)
	c.Evaluate("SignedProposal", c.SignedProposal)
	c.Evaluate("Binding", c.Binding)
	c.Evaluate("Decorations", c.Decorations)
	c.Evaluate("ClientId", c.ClientId)
	c.Evaluate("ClientMspId", c.ClientMspId)
	c.Evaluate("ClientSubject", c.ClientSubject)
	c.Evaluate("ClientIssuer", c.ClientIssuer)
	c.Evaluate("ClientUnits", c.ClientUnits)
	c.Evaluate("ClientAttribute", c.ClientAttribute, "name")
	c.Evaluate("ClientAttributes", c.ClientAttributes)
	c.Submit("Event", c.Event, "name", "payload")
	c.Submit("Invoke", c.Invoke, "name", "channel", "args")
	c.Evaluate("Hash", c.Hash, "algorithm", "data")
	c.Evaluate("Verify", c.Verify, "algorithm", "public_key", "message", "signature")
	c.Evaluate("Log", c.Log, "level", "message")
	c.Evaluate("Abort", c.Abort, "message")
}

func (c *contract) TxId(ctx context) string {
	return ctx.GetStub().GetTxID()
}

func (c *contract) ChannelId(ctx context) string {
	return ctx.GetStub().GetChannelID()
}

func (c *contract) Timestamp(ctx context) (string, error) {
	time, err := ctx.GetStub().GetTxTimestamp()
	if err != nil {
		return "", err
	}
	nanoseconds := strconv.FormatInt(1_000_000_000+int64(time.Nanos), 10)
	return strconv.FormatInt(time.Seconds, 10) + "." + nanoseconds[1:], nil
}

// Args returns what the peer says, not what this function was given.
func (c *contract) Args(ctx context, _, _ string) string {
	return strings.Join(ctx.GetStub().GetStringArgs(), ",")
}

func (c *contract) Transient(ctx context) (string, error) {
	transient, err := ctx.GetStub().GetTransient()
	return sorted(transient), err
}

func (c *contract) Creator(ctx context) ([]byte, error) {
	return ctx.GetStub().GetCreator()
}

func (c *contract) CreatorMspId(ctx context) string {
	return ctx.GetStub().GetCreatorMSPID()
}

func (c *contract) CreatorCertificate(ctx context) []byte {
	return ctx.GetStub().GetCreatorCertificate()
}

func (c *contract) SignedProposal(ctx context) ([]byte, error) {
	return ctx.GetStub().GetSignedProposal()
}

func (c *contract) Binding(ctx context) (string, error) {
	binding, err := ctx.GetStub().GetBinding()
	return hex.EncodeToString(binding), err
}

func (c *contract) Decorations(ctx context) string {
	return sorted(ctx.GetStub().GetDecorations())
}

func (c *contract) Event(ctx context, name string, payload []byte) error {
	return ctx.GetStub().SetEvent(name, payload)
}

func (c *contract) Invoke(ctx context, name, channel, args string) (string, error) {
	var values [][]byte
	for _, arg := range list(args) {
		values = append(values, []byte(arg))
	}
	response, err := ctx.GetStub().InvokeChaincode(name, values, channel)
	if err != nil {
		return "", err
	}
	status := strconv.Itoa(int(response.Status))
	return status + "|" + response.Message + "|" + lossy(response.Payload), nil
}

func (c *contract) Hash(_ context, algorithm string, data []byte) (string, error) {
	algorithms := map[string]crypto.HashAlgorithm{
		"sha256":   crypto.SHA256,
		"sha384":   crypto.SHA384,
		"sha512":   crypto.SHA512,
		"sha3-256": crypto.SHA3_256,
		"sha3-384": crypto.SHA3_384,
	}
	known, ok := algorithms[algorithm]
	if !ok {
		return "", errors.New("no algorithm " + algorithm)
	}
	return hex.EncodeToString(crypto.Hash(known, data)), nil
}

// Verify takes the signature in hexadecimal.
func (c *contract) Verify(_ context, algorithm string, publicKey, message []byte, signature string) (bool, error) {
	algorithms := map[string]crypto.SignatureAlgorithm{
		"ecdsa-p256-sha256": crypto.ECDSAP256SHA256,
		"ecdsa-p384-sha384": crypto.ECDSAP384SHA384,
		"ed25519":           crypto.Ed25519,
		"rsa-pkcs1-sha256":  crypto.RSAPKCS1SHA256,
		"rsa-pss-sha256":    crypto.RSAPSSSHA256,
	}
	known, ok := algorithms[algorithm]
	if !ok {
		return false, errors.New("no algorithm " + algorithm)
	}
	decoded, err := hex.DecodeString(signature)
	if err != nil {
		return false, errors.New("the signature is not hexadecimal")
	}
	return crypto.Verify(known, publicKey, message, decoded)
}

func (c *contract) Log(ctx context, level, message string) error {
	switch stub := ctx.GetStub(); level {
	case "debug":
		stub.LogDebug(message)
	case "info":
		stub.LogInfo(message)
	case "warning":
		stub.LogWarning(message)
	case "error":
		stub.LogError(message)
	default:
		return errors.New("no level " + level)
	}
	return nil
}

func (c *contract) Abort(ctx context, message string) {
	ctx.GetStub().Abort(message)
}
