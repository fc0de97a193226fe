/// JSON of numbers, booleans, texts, arrays and structs.
module fabric.json;

import fabric.memory : Bytes, newArray;
import fabric.result : Result, ok;
import fabric.text : Writer, isUtf8, parseInteger, text;

/// A value as JSON, in arguments and responses.
struct Json(T)
{
    T value; ///

    enum string kind = "JSON"; ///

    ///
    static bool parse(Bytes bytes, out Json json)
    {
        auto result = fromJson!T(bytes);
        json.value = result.value;
        return !result.isError;
    }

    ///
    Bytes payload()
    {
        return cast(Bytes) toJson(value);
    }
}

/// The name that a field of a struct has in JSON, when it is another than in D: `@field("ID") string id;`.
struct field
{
    string name; ///
}

/// A value as JSON, without white space. Fields of structs come in the order of their declaration.
string toJson(T)(T value)
{
    Writer writer;
    write(writer, value);
    return writer.data;
}

/// Reads JSON. Fields that a struct does not have are passed over; those that it has must be there.
Result!T fromJson(T)(const(ubyte)[] bytes)
{
    auto reader = Reader(cast(const(char)[]) bytes);
    T value;
    if (!isUtf8(bytes))
        return typeof(return).failure("invalid JSON: not UTF-8");
    if (!reader.read(value) || !reader.isAtEnd)
    {
        const reason = reader.missing.length ? text("missing field `", reader.missing, "`") : "invalid JSON";
        return typeof(return).failure(text(reason, " at byte ", reader.at));
    }
    return ok(value);
}

private enum bool isText(T) = is(immutable T == immutable string);
private enum bool isNumber(T) = __traits(isIntegral, T) && !is(immutable T == immutable bool);

/// The name of a struct's field in JSON.
private template fieldName(T, size_t index)
{
    alias attributes = __traits(getAttributes, T.tupleof[index]);
    static if (attributes.length && is(typeof(attributes[0]) == field))
        enum string fieldName = attributes[0].name;
    else
        enum string fieldName = __traits(identifier, T.tupleof[index]);
}

private void write(T)(ref Writer writer, T value)
{
    static if (isText!T)
        writeText(writer, value);
    else static if (isNumber!T || is(immutable T == immutable bool))
        writer.put(value);
    else static if (is(T == E[], E))
    {
        writer.put('[');
        foreach (index, element; value)
        {
            if (index)
                writer.put(',');
            write(writer, element);
        }
        writer.put(']');
    }
    else static if (is(T == struct))
    {
        writer.put('{');
        static foreach (index; 0 .. T.tupleof.length)
        {
            writer.put(index ? `,"` : `"`);
            writer.put(fieldName!(T, index));
            writer.put(`":`);
            write(writer, value.tupleof[index]);
        }
        writer.put('}');
    }
    else
        static assert(false, "no JSON for " ~ T.stringof);
}

private void writeText(ref Writer writer, const(char)[] text)
{
    writer.put('"');
    foreach (character; text)
    {
        const escape = escapeOf(character);
        if (escape)
        {
            writer.put('\\');
            writer.put(escape);
        }
        else if (character < 0x20)
        {
            writer.put("\\u00");
            writer.put("0123456789abcdef"[character >> 4]);
            writer.put("0123456789abcdef"[character & 15]);
        }
        else
            writer.put(character);
    }
    writer.put('"');
}

private char escapeOf(char character)
{
    switch (character)
    {
    case '"':
    case '\\':
        return character;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

/// How deep arrays and objects may lie in each other.
private enum int depthLimit = 128;

private struct Reader
{
    const(char)[] json;
    size_t at;
    string missing;
    int depth;

    bool isAtEnd()
    {
        return next == 0 && at == json.length;
    }

    /// The next character that is no white space; 0 at the end.
    char next()
    {
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t'))
            at++;
        return at < json.length ? json[at] : 0;
    }

    bool accept(char character)
    {
        if (next != character)
            return false;
        at++;
        return true;
    }

    bool acceptWord(string word)
    {
        if (json.length - at < word.length || json[at .. at + word.length] != word)
            return false;
        at += word.length;
        return true;
    }

    bool read(T)(out T value)
    {
        static if (isText!T)
            return readText(value);
        else static if (is(T == bool))
        {
            next();
            value = acceptWord("true");
            return value || acceptWord("false");
        }
        else static if (isNumber!T)
            return parseInteger(numberText, value);
        else static if (is(T == E[], E))
            return readArray(value);
        else
            return readStruct(value);
    }

    /// The characters of a whole number; empty for anything else.
    const(char)[] numberText()
    {
        next();
        const begin = at;
        if (at < json.length && json[at] == '-')
            at++;
        const digits = at;
        while (at < json.length && json[at] >= '0' && json[at] <= '9')
            at++;
        const isPlain = at == json.length || (json[at] != '.' && json[at] != 'e' && json[at] != 'E');
        const hasZero = at - digits > 1 && json[digits] == '0';
        return isPlain && !hasZero ? json[begin .. at] : null;
    }

    bool readArray(E)(out E[] values)
    {
        if (!accept('['))
            return false;
        if (accept(']'))
            return true;
        do
        {
            auto more = newArray!E(values.length + 1);
            more[0 .. values.length] = values[];
            if (!read(more[$ - 1]))
                return false;
            values = more;
        }
        while (accept(','));
        return accept(']');
    }

    bool readStruct(T)(out T value)
    {
        bool[T.tupleof.length] isThere;
        if (!accept('{'))
            return false;
        if (!accept('}'))
        {
            do
            {
                string name;
                if (!readText(name) || !accept(':') || !readField(value, name, isThere[]))
                    return false;
            }
            while (accept(','));
            if (!accept('}'))
                return false;
        }
        static foreach (index; 0 .. T.tupleof.length)
            if (!isThere[index])
            {
                missing = fieldName!(T, index);
                return false;
            }
        return true;
    }

    bool readField(T)(ref T value, string name, bool[] isThere)
    {
        static foreach (index; 0 .. T.tupleof.length)
            if (name == fieldName!(T, index))
            {
                isThere[index] = true;
                return read(value.tupleof[index]);
            }
        return skip();
    }

    /// Passes over a value of any kind.
    bool skip()
    {
        const first = next;
        if (first == '"')
        {
            string ignored;
            return readText(ignored);
        }
        if (first != '{' && first != '[')
            return skipWord();
        at++;
        const char last = first == '{' ? '}' : ']';
        if (accept(last))
            return true;
        if (++depth > depthLimit)
            return false;
        do
        {
            string name;
            if (first == '{' && (!readText(name) || !accept(':')))
                return false;
            if (!skip())
                return false;
        }
        while (accept(','));
        depth--;
        return accept(last);
    }

    bool skipWord()
    {
        const begin = at;
        while (at < json.length && json[at] != ',' && json[at] != ']' && json[at] != '}' && json[at] > ' ')
            at++;
        return at > begin;
    }

    bool readText(out string text)
    {
        if (!accept('"'))
            return false;
        Writer writer;
        while (at < json.length)
        {
            const character = json[at++];
            if (character == '"')
            {
                text = writer.data;
                return true;
            }
            if (character < 0x20)
                return false;
            if (character != '\\')
                writer.put(character);
            else if (!readEscape(writer))
                return false;
        }
        return false;
    }

    bool readEscape(ref Writer writer)
    {
        if (at == json.length)
            return false;
        const letter = json[at++];
        if (letter == 'u')
            return readUnicode(writer);
        static immutable string letters = `"\/bfnrt`;
        static immutable string characters = "\"\\/\b\f\n\r\t";
        foreach (index, known; letters)
            if (known == letter)
            {
                writer.put(characters[index]);
                return true;
            }
        return false;
    }

    bool readUnicode(ref Writer writer)
    {
        uint code, low;
        if (!readUnit(code) || (code & 0xfc00) == 0xdc00)
            return false;
        if ((code & 0xfc00) == 0xd800)
        {
            // Characters beyond U+FFFF are two escapes.
            if (!acceptWord(`\u`) || !readUnit(low) || (low & 0xfc00) != 0xdc00)
                return false;
            code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
        }
        writer.putCharacter(code);
        return true;
    }

    bool readUnit(out uint unit)
    {
        foreach (_; 0 .. 4)
        {
            if (at == json.length)
                return false;
            const character = json[at++] | 0x20;
            const isLetter = character >= 'a' && character <= 'f';
            if (!isLetter && (character < '0' || character > '9'))
                return false;
            unit = unit << 4 | (isLetter ? character - 'a' + 10 : character - '0');
        }
        return true;
    }
}
