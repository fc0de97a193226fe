package contractapi

import (
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"fabric-contract/internal/host"
)

// abortOnPanic is deferred. The runtime would end the module on a panic, with a message for the log alone.
func abortOnPanic() {
	if reason := recover(); reason != nil {
		host.Abort(describe(reason) + place())
	}
}

// describe writes what a panic was called with.
func describe(reason any) string {
	switch reason := reason.(type) {
	case error:
		return reason.Error()
	case interface{ String() string }:
		return reason.String()
	}
	value := reflect.ValueOf(reason)
	switch {
	case value.Kind() == reflect.String:
		return value.String()
	case value.CanInt():
		return strconv.FormatInt(value.Int(), 10)
	case value.CanUint():
		return strconv.FormatUint(value.Uint(), 10)
	}
	return "a value of type " + value.Type().String()
}

// place tells where the panic that is being recovered from began.
func place() string {
	var callers [32]uintptr
	// Without Callers, place and abortOnPanic.
	count := runtime.Callers(3, callers[:])
	frames := runtime.CallersFrames(callers[:count])
	for {
		frame, more := frames.Next()
		if frame.File != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			return ", " + frame.File + ":" + strconv.Itoa(frame.Line)
		}
		if !more {
			return ""
		}
	}
}
