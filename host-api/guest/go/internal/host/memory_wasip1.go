package host

import _ "unsafe" // for go:linkname

// The Go runtime's allocator takes whatever lies behind its break (mem_sbrk.go and mem_wasm.go of package runtime), as if nobody
// else made the memory grow. So whoever needs memory for the peer's results asks this module, which moves the break.

const pageBytes = 64 * 1024

//go:linkname bloc runtime.bloc
var bloc uintptr

//go:linkname blocMax runtime.blocMax
var blocMax uintptr

//go:linkname growMemory runtime.growMemory
func growMemory(pages int32) int32

// reallocate gives out whole pages and never takes them back. The peer asks for few and large blocks.
//
// It runs in the middle of a call to the peer, during the start of the runtime as well: from the runtime's own stack, or from a
// goroutine's whose variables the peer is about to fill. It must neither allocate nor move that stack, so it is nosplit and does
// what runtime.sbrk, which is not, would do. The runtime knows its break before its first call to the outside.
//
//go:wasmexport cabi_realloc
//go:nosplit
func reallocate(old, oldBytes, alignment, bytes uint32) uint32 {
	block := bloc
	end := block + (uintptr(bytes)+pageBytes-1)&^(pageBytes-1)
	if end > blocMax {
		if growMemory(int32((end-blocMax)/pageBytes)) < 0 {
			outOfMemory()
		}
		blocMax = end
	}
	bloc = end
	return uint32(block)
}

// outOfMemory ends the call; the peer knows why, since it is the peer that refused.
//
//go:linkname outOfMemory runtime.abort
func outOfMemory()
