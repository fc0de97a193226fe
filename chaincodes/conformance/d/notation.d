/// How arguments and results are written.
module notation;

import fabric;

/// Texts joined by commas.
struct List
{
    string[] texts;

    enum string kind = "list";

    static bool parse(Bytes bytes, out List list)
    {
        auto parts = split(cast(string) bytes, ',');
        size_t count;
        foreach (part; parts)
            if (part.length)
                parts[count++] = part;
        list.texts = parts[0 .. count];
        return isUtf8(bytes);
    }

    /// `key=value` each.
    KeyValue[] entries()
    {
        auto found = newArray!KeyValue(texts.length);
        foreach (index, text; texts)
        {
            const parts = split(text, '=');
            const value = parts.length > 1 ? text[parts[0].length + 1 .. $] : "";
            found[index] = KeyValue(parts[0], cast(Bytes) value);
        }
        return found;
    }
}

private string[] split(string text, char separator)
{
    size_t count = 1;
    foreach (character; text)
        count += character == separator;
    auto parts = newArray!string(count);
    size_t begin, found;
    foreach (index, character; text)
        if (character == separator)
        {
            parts[found++] = text[begin .. index];
            begin = index + 1;
        }
    parts[found] = text[begin .. $];
    return parts;
}

/// The same text, with one character in place of another.
string replace(string text, char character, char by)
{
    auto replaced = newArray!char(text.length);
    foreach (index, found; text)
        replaced[index] = found == character ? by : found;
    return cast(string) replaced;
}

string optional(Optional!Bytes value)
{
    return value.isNull ? "<none>" : lossy(value.get);
}

string optionals(Optional!Bytes[] values)
{
    auto texts = newArray!string(values.length);
    foreach (index, value; values)
        texts[index] = optional(value);
    return texts.join(",");
}

string pairs(NamedValue[] entries)
{
    auto texts = newArray!string(entries.length);
    foreach (index, entry; entries)
        texts[index] = text(entry.name, '=', lossy(entry.value));
    return texts.join(",");
}

/// Separators of composite keys are shown as `/`.
Result!string entries(Result!StateIterator found)
{
    mixin(let!("iterator", q{found}));
    Writer writer;
    foreach (result; iterator)
    {
        mixin(let!("entry", q{result}));
        if (writer.data.length)
            writer.put(',');
        writer.put(text(entry.key, '=', lossy(entry.value)));
    }
    return ok(replace(writer.data, '\0', '/'));
}

Result!string page(Result!StatePage found)
{
    mixin(let!("page", q{found}));
    mixin(let!("shown", q{entries(ok(page.entries))}));
    const bookmark = replace(page.page.bookmark, '\0', '/');
    return ok(text(shown, '|', page.page.fetchedRecordsCount, '|', bookmark));
}

/// How the result of a call to the peer is shown.
Result!string shown(alias show, T)(Result!T found)
{
    mixin(let!("value", q{found}));
    return ok(show(value));
}
