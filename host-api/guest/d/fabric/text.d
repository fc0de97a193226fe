/// Making and reading text.
module fabric.text;

import fabric.memory : Bytes, extend, newArray;

/// Collects text, as an output range.
struct Writer
{
    private char[] buffer;
    private size_t length;

    /// Makes room for more characters, and returns it.
    char[] reserve(size_t count)
    {
        if (length + count > buffer.length)
        {
            const capacity = 2 * (length + count) + 64;
            if (extend(buffer.ptr, buffer.length, capacity))
                buffer = buffer.ptr[0 .. capacity];
            else
            {
                auto larger = newArray!char(capacity);
                larger[0 .. length] = buffer[0 .. length];
                buffer = larger;
            }
        }
        length += count;
        return buffer[length - count .. length];
    }

    /// Appends a character, text or bytes, a boolean or an integer.
    void put(T)(T value)
    {
        static if (is(immutable T == immutable char))
            reserve(1)[0] = value;
        else static if (is(T : const(void)[]))
            append(cast(const(char)[]) value);
        else static if (is(immutable T == immutable bool))
            append(value ? "true" : "false");
        else static if (__traits(isIntegral, T))
        {
            if (T.min < 0 && value < 0)
                put('-');
            putUnsigned(T.min < 0 && value < 0 ? -cast(ulong) value : value, 1);
        }
        else
            static assert(false, "cannot write " ~ T.stringof);
    }

    private void append(const(char)[] text)
    {
        reserve(text.length)[] = text;
    }

    /// Appends a number with zeros in front, up to this many digits.
    void putUnsigned(ulong number, size_t digits)
    {
        char[20] reversed = void;
        size_t count;
        while (number || count < digits)
        {
            reversed[count++] = cast(char)('0' + number % 10);
            number /= 10;
        }
        foreach_reverse (digit; reversed[0 .. count])
            put(digit);
    }

    /// Appends the character with this code in UTF-8.
    void putCharacter(uint code)
    {
        if (code < 0x80)
        {
            put(cast(char) code);
            return;
        }
        const following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        put(cast(char)(0xff80 >> following | code >> 6 * following));
        foreach_reverse (index; 0 .. following)
            put(cast(char)(0x80 | (code >> 6 * index & 0x3f)));
    }

    /// The text so far. What is appended later does not change it.
    string data()
    {
        return cast(string) buffer[0 .. length];
    }
}

/// The parts one after the other: texts, bytes, characters, numbers, booleans.
string text(Parts...)(Parts parts)
{
    Writer writer;
    foreach (part; parts)
        writer.put(part);
    return writer.data;
}

/// The texts with a separator between them.
string join(const(string)[] parts, const(char)[] separator)
{
    Writer writer;
    foreach (index, part; parts)
    {
        if (index)
            writer.put(separator);
        writer.put(part);
    }
    return writer.data;
}

/// Bytes in hexadecimal.
string hexadecimal(const(ubyte)[] bytes)
{
    Writer writer;
    foreach (value; bytes)
    {
        writer.put("0123456789abcdef"[value >> 4]);
        writer.put("0123456789abcdef"[value & 15]);
    }
    return writer.data;
}

/// Reads an integer in decimal. False when the text is none, or none of this type.
bool parseInteger(T)(const(char)[] text, out T value)
{
    enum bool isSigned = T.min < 0;
    const bool isNegative = isSigned && text.length && text[0] == '-';
    if (isNegative || (text.length && text[0] == '+'))
        text = text[1 .. $];
    const ulong largest = cast(ulong) T.max + isNegative;
    ulong magnitude;
    foreach (character; text)
    {
        const uint digit = character - '0';
        if (digit > 9 || magnitude > largest / 10 || digit > largest - magnitude * 10)
            return false;
        magnitude = magnitude * 10 + digit;
    }
    value = cast(T)(isNegative ? -magnitude : magnitude);
    return text.length > 0;
}

/// Whether bytes are text in UTF-8.
bool isUtf8(const(ubyte)[] bytes)
{
    while (bytes.length)
    {
        const size = characterSize(bytes);
        if (size < 0)
            return false;
        bytes = bytes[size .. $];
    }
    return true;
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
string lossy(const(ubyte)[] bytes)
{
    if (isUtf8(bytes))
        return cast(string) bytes;
    Writer writer;
    while (bytes.length)
    {
        const size = characterSize(bytes);
        if (size > 0)
            writer.put(bytes[0 .. size]);
        else
            writer.put("\uFFFD");
        bytes = bytes[size > 0 ? size: -size .. $];
    }
    return writer.data;
}

/// The length of the first character; of a faulty one, minus the length of the part that could have begun a character.
private int characterSize(const(ubyte)[] bytes)
{
    const first = bytes[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return -1;
    const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    // No overlong forms, no surrogates, nothing beyond U+10FFFF.
    ubyte low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    ubyte high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    foreach (index; 1 .. size)
    {
        if (index == bytes.length || bytes[index] < low || bytes[index] > high)
            return -index;
        low = 0x80;
        high = 0xbf;
    }
    return size;
}
