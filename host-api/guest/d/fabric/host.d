/// The peer's functions as they are imported, and the registers that hold their results. Contracts use [fabric.context].
module fabric.host;

import fabric.memory : Bytes, newArray;
import fabric.result : Optional, Result, ok;

/// What a function of the peer returns that found nothing.
enum int none = -1;
/// What a function of the peer returns that failed; register 0 has the message.
enum int failed = -2;

/// A list as the peer wants it: the address of its elements, and how many there are.
struct List
{
    const(void)* ptr; ///
    size_t length; ///
}

/// The value of a key.
struct KeyValue
{
    string key; ///
    Bytes value; ///
}

private struct Slice
{
    const(void)* address;
    size_t length;
}

/// A list of texts or bytes.
List list(T)(const(T)[] parts) if (!is(immutable T == immutable KeyValue))
{
    auto slices = newArray!Slice(parts.length);
    foreach (index, part; parts)
        slices[index] = Slice(part.ptr, part.length);
    return List(slices.ptr, parts.length);
}

/// A list of keys with their values.
List list(const(KeyValue)[] entries)
{
    auto slices = newArray!Slice(2 * entries.length);
    foreach (index, entry; entries)
    {
        slices[2 * index] = Slice(entry.key.ptr, entry.key.length);
        slices[2 * index + 1] = Slice(entry.value.ptr, entry.value.length);
    }
    return List(slices.ptr, entries.length);
}

/**
 * Calls the peer's function of this name: texts, bytes and lists as address and length, numbers as they are.
 *
 * The result is what the function returns: how many registers it filled, [none] or [failed].
 */
Returned call(string name, Returned = int, Arguments...)(Arguments arguments)
{
    alias imported = Imported!(name, Returned, parameters!Arguments);
    return mixin("imported(" ~ expressions!Arguments ~ ")");
}

/// The declaration of an import.
private template Imported(string name, Returned, string parameters)
{
    mixin(`import ldc.attributes : llvmAttr;
        @llvmAttr("wasm-import-module", "fabric_v1") @llvmAttr("wasm-import-name", "` ~ name ~ `")
        pragma(mangle, "fabric_v1_` ~ name ~ `") extern (C) Returned Imported(` ~ parameters ~ `);`);
}

private enum bool isArray(T) = is(T == List) || is(T == E[], E);

private template parameters(Arguments...)
{
    static if (Arguments.length == 0)
        enum string parameters = "";
    else static if (isArray!(Arguments[0]))
        enum string parameters = "const(void)*, size_t, " ~ .parameters!(Arguments[1 .. $]);
    else
        enum string parameters = "int, " ~ .parameters!(Arguments[1 .. $]);
}

private template expressions(Arguments...)
{
    static if (Arguments.length == 0)
        enum string expressions = "";
    else
        enum string expressions = .expressions!(Arguments[0 .. $ - 1]) ~ expression!(
                cast(int) Arguments.length - 1, Arguments[$ - 1]);
}

private template expression(int index, Argument)
{
    enum string argument = "arguments[" ~ index.stringof ~ "]";
    static if (isArray!Argument)
        enum string expression = argument ~ ".ptr, " ~ argument ~ ".length, ";
    else
        enum string expression = argument ~ ", ";
}

/// The bytes of a register; none when they are absent.
Optional!Bytes registerOptional(int register)
{
    const length = call!"register_len"(register);
    if (length < 0)
        return Optional!Bytes();
    auto bytes = newArray!ubyte(length);
    call!("register_read", void)(register, cast(int) bytes.ptr);
    return Optional!Bytes(cast(Bytes) bytes);
}

/// The bytes of a register; empty when they are absent.
Bytes registerBytes(int register)
{
    auto bytes = registerOptional(register);
    return bytes.isNull ? null : bytes.get;
}

/// The text of a register.
string registerText(int register)
{
    return cast(string) registerBytes(register);
}

/// The number in a register.
long registerNumber(int register)
{
    return call!("register_number", long)(register);
}

/// The result of a call that returns nothing.
Result!void resultVoid(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    return ok();
}

/// The result of a call that returns bytes.
Result!Bytes resultBytes(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    return ok(registerBytes(0));
}

/// The result of a call that returns text.
Result!string resultText(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    return ok(registerText(0));
}

/// The result of a call that returns bytes or nothing.
Result!(Optional!Bytes) resultOptional(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    return ok(status == none ? Optional!Bytes() : registerOptional(0));
}

/// The result of a call that returns several bytes or nothings.
Result!(Optional!Bytes[]) resultOptionals(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    auto values = newArray!(Optional!Bytes)(status);
    foreach (register, ref value; values)
        value = registerOptional(cast(int) register);
    return ok(values);
}

/// The texts in registers from the first one to before the end.
string[] texts(int first, int end)
{
    auto found = newArray!string(end - first);
    foreach (index, ref part; found)
        part = registerText(first + cast(int) index);
    return found;
}

/// The bytes of registers from the first on.
Bytes[] registersBytes(int count)
{
    auto found = newArray!Bytes(count);
    foreach (index, ref bytes; found)
        bytes = registerBytes(cast(int) index);
    return found;
}

/// Bytes with a name.
struct NamedValue
{
    string name; ///
    Bytes value; ///
}

/// Names and values.
NamedValue[] namedValues(int status)
{
    auto found = newArray!NamedValue(status / 2);
    foreach (index, ref pair; found)
        pair = NamedValue(registerText(2 * cast(int) index), registerBytes(2 * cast(int) index + 1));
    return found;
}

/// The result of a call that returns names and values.
Result!(NamedValue[]) resultNamedValues(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    return ok(namedValues(status));
}
