
5

basic.wasmbasic1.0

InitLedger
	a "b"
énot a tar, and nobody looks