package crypto

import "fabric-contract/internal/host"

func hash(algorithm uint32, data []byte) []byte {
	host.Hash(algorithm, host.View(data))
	return host.Bytes(0)
}

func verify(algorithm uint32, publicKey, message, signature []byte) (bool, error) {
	result := host.Verify(algorithm, host.View(publicKey), host.View(message), host.View(signature))
	if err := host.Check(result); err != nil {
		return false, err
	}
	return host.Number(0) != 0, nil
}
