/// Values that may be missing, and results that may be errors.
module fabric.result;

import core.attribute : mustuse;
import fabric.text : text;

/// A value, or nothing.
struct Optional(T)
{
    private T value;
    private bool exists;

    ///
    this(T value)
    {
        this.value = value;
        exists = true;
    }

    /// Whether there is none.
    bool isNull() const
    {
        return !exists;
    }

    /// The value, which must be there.
    inout(T) get() inout
    {
        assert(exists, "there is no value");
        return value;
    }
}

/// A value, or an error whose text becomes the response's message at the client. See [ok], [let] and [attempt].
@mustuse struct Result(T)
{
    static if (!is(T == void))
        T value; /// The value of a success.
    bool isError; ///
    string error; /// The text of an error.

    /// An error whose text is made of these parts.
    static Result failure(Parts...)(Parts parts)
    {
        Result result;
        result.isError = true;
        static if (Parts.length == 1 && is(Parts[0] == string))
            result.error = parts[0];
        else
            result.error = text(parts);
        return result;
    }
}

/// A success.
Result!T ok(T)(T value)
{
    Result!T result;
    result.value = value;
    return result;
}

/// ditto
Result!void ok()
{
    return Result!void();
}

/**
 * Names the value of a result, or returns its error from the function that this stands in.
 *
 * ---
 * mixin(let!("value", q{context.getState(key)}));
 * ---
 */
enum string let(string name, string expression) = "auto result_" ~ name ~ " = " ~ expression ~ ";
    if (result_" ~ name ~ ".isError) return typeof(return).failure(result_" ~ name ~ ".error);
    auto " ~ name ~ " = result_" ~ name ~ ".value;";

/**
 * Returns the error of a result, if it is one, from the function that this stands in.
 *
 * ---
 * mixin(attempt!q{context.putState(key, value)});
 * ---
 */
enum string attempt(string expression) = "{ auto result = " ~ expression ~ ";
    if (result.isError) return typeof(return).failure(result.error); }";
