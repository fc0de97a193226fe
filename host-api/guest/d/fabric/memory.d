/// Memory that is given out while a call runs, and never taken back: an instance lives for one call.
module fabric.memory;

import fabric.host : call;
import ldc.intrinsics : llvm_memcpy, llvm_memmove, llvm_memset, llvm_trap;

/// Bytes of a value, a payload or a hash.
alias Bytes = immutable(ubyte)[];

private enum size_t pageBytes = 64 * 1024;

/// Where the linker's part of the memory ends, and where the memory ended at first.
private extern extern (C) __gshared ubyte __heap_base, __heap_end;

private __gshared size_t begin, end;

pragma(LDC_intrinsic, "llvm.wasm.memory.grow.i32") private int growMemory(int memory, size_t pages);

/// An array of this length; the elements have their initial values.
T[] newArray(T)(size_t length)
{
    if (length > size_t.max / 2 / T.sizeof)
        panic("an array is too long");
    auto array = (cast(T*) allocate(length * T.sizeof))[0 .. length];
    static if (!__traits(isZeroInit, T))
        foreach (ref element; array)
            element = T.init;
    return array;
}

/// A block of this many bytes, all zero, aligned for any type.
void* allocate(size_t size)
{
    size = (size + 15) & ~size_t(15);
    if (begin == 0)
    {
        begin = (cast(size_t)&__heap_base + 15) & ~size_t(15);
        end = cast(size_t)&__heap_end;
    }
    if (size > end - begin)
    {
        const pages = size / pageBytes + 1;
        const start = growMemory(0, pages);
        if (start < 0)
            llvm_trap(); // and the peer says that the memory limit is the reason
        // The peer grows the memory, too, so the new pages need not follow the old ones.
        if (start * pageBytes != end)
            begin = start * pageBytes;
        end = (start + pages) * pageBytes;
    }
    auto block = cast(void*) begin;
    begin += size;
    return block;
}

/// Makes a block longer where it is, which is possible for the last one that was given out.
bool extend(void* block, size_t size, size_t newSize)
{
    size = (size + 15) & ~size_t(15);
    newSize = (newSize + 15) & ~size_t(15);
    if (block is null || cast(size_t) block + size != begin || newSize - size > end - begin)
        return false;
    begin += newSize - size;
    return true;
}

/// Ends the call at once; the client gets "chaincode panicked: MESSAGE".
noreturn panic(const(char)[] message)
{
    call!("abort", void)(message);
    while (true)
        llvm_trap();
}

/// What a failed assert or an index out of bounds calls.
extern (C) noreturn __assert(const(char)* message, const(char)* file, int line)
{
    import fabric.text : text;

    panic(text(terminated(message), ", ", terminated(file), ":", line));
}

private const(char)[] terminated(const(char)* start)
{
    size_t length;
    while (start[length])
        length++;
    return start[0 .. length];
}

extern (C):

/// The compiler calls these four, as C's.
void* memcpy(return void* to, const(void)* from, size_t length)
{
    llvm_memcpy!size_t(to, from, length);
    return to;
}

/// ditto
void* memmove(return void* to, const(void)* from, size_t length)
{
    llvm_memmove!size_t(to, from, length);
    return to;
}

/// ditto
void* memset(return void* to, int value, size_t length)
{
    llvm_memset!size_t(to, cast(ubyte) value, length);
    return to;
}

/// ditto
int memcmp(const(void)* a, const(void)* b, size_t length)
{
    auto left = cast(const(ubyte)*) a;
    auto right = cast(const(ubyte)*) b;
    foreach (index; 0 .. length)
        if (left[index] != right[index])
            return left[index] - right[index];
    return 0;
}

/// The compiler calls this to copy slices.
void _d_array_slice_copy(void* to, size_t toLength, const(void)* from, size_t fromLength, size_t elementSize)
{
    if (toLength != fromLength)
        panic("slices of different lengths");
    memmove(to, from, toLength * elementSize);
}
