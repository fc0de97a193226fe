package shim

import "fabric-contract/internal/host"

const (
	levelDebug = iota
	levelInfo
	levelWarning
	levelError
)

func (stub) LogDebug(message string) {
	host.Log(levelDebug, message)
}

func (stub) LogInfo(message string) {
	host.Log(levelInfo, message)
}

func (stub) LogWarning(message string) {
	host.Log(levelWarning, message)
}

func (stub) LogError(message string) {
	host.Log(levelError, message)
}

func (stub) Abort(message string) {
	host.Abort(message)
}
