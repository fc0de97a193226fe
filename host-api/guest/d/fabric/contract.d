/// From a call to the contract's functions.
module fabric.contract;

import fabric.context : Context;
import fabric.host;
import fabric.memory : Bytes;
import fabric.result : Result;
import fabric.text : isUtf8, parseInteger, text;
import ldc.llvmasm : __irEx;

/// Marks a transaction function that writes: `@submit("CreateAsset") Result!void createAsset(Context context, string id)`.
struct submit
{
    string name; /// What clients call the function.
}

/// Marks a transaction function that only reads.
struct evaluate
{
    string name; /// What clients call the function.
}

/**
 * Makes a contract of modules: exports what the peer calls, and lists the functions in the file.
 *
 * Transaction functions take a [Context] and any number of arguments: `string` (text in UTF-8), `Bytes`, `bool`, integers,
 * `Json!T`, or a struct with a text `kind` and a function `static bool parse(Bytes, out T)`. They return a [Result] or, if they
 * cannot fail, the value: nothing, text, bytes, `bool`, an integer, `Json!T`. Names of parameters appear in error texts.
 */
mixin template Contract(modules...)
{
    extern (C) int invoke()
    {
        import fabric.contract : run;

        return run!modules();
    }
}

/// Answers a call, be it one that initialises the chaincode or not.
int run(modules...)()
{
    list!modules();
    auto args = registersBytes(call!"args"());
    const name = args.length ? cast(string) args[0] : "";
    static foreach (alias function_; functions!modules)
        if (name == registration!function_.name)
            return runFunction!function_(args[1 .. $]);
    return refuse(text("Function ", name, " not found in contract"));
}

private int runFunction(alias function_)(Bytes[] args)
{
    alias Parameters = parametersOf!function_;
    enum size_t expected = Parameters.length - 1;
    static assert(is(Parameters[0] == Context), "the first parameter of a transaction function is the context");
    if (args.length != expected)
        return refuse(text("Incorrect number of params. Expected ", expected, ", received ", args.length));
    Parameters values;
    static foreach (index; 0 .. expected)
        if (!parse(args[index], values[index + 1]))
            return refuse(misfit(parameterName!(function_, index + 1), args[index], kind!(Parameters[index + 1])));
    return answer!function_(values);
}

private int answer(alias function_, Values...)(ref Values values)
{
    alias Returned = typeof(function_(values));
    static if (is(Returned == noreturn))
        function_(values);
    else static if (is(Returned == void))
    {
        function_(values);
        return 0;
    }
    else static if (is(Returned == Result!T, T))
    {
        auto result = function_(values);
        if (result.isError)
            return refuse(result.error);
        static if (!is(T == void))
            respond(payload(result.value));
        return 0;
    }
    else
    {
        respond(payload(function_(values)));
        return 0;
    }
}

private int refuse(string message)
{
    respond(message);
    return 1;
}

private void respond(const(void)[] bytes)
{
    call!("set_response", void)(bytes);
}

private const(void)[] payload(T)(T value)
{
    static if (is(T : const(void)[]))
        return value;
    else static if (__traits(isIntegral, T))
        return text(value);
    else
        return value.payload;
}

private string misfit(string parameter, Bytes value, string kind)
{
    const trouble = isUtf8(value)
        ? text("Cannot convert passed value ", value, " to ", kind) : "Passed value is not valid UTF-8";
    return text("Error managing parameter ", parameter, ". ", trouble);
}

private bool parse(T)(Bytes argument, out T value)
{
    static if (is(T == Bytes) || is(T == string))
    {
        value = cast(T) argument;
        return is(T == Bytes) || isUtf8(argument);
    }
    else static if (is(T == bool))
    {
        value = argument == "true";
        return value || argument == "false";
    }
    else static if (__traits(isIntegral, T))
        return parseInteger(cast(string) argument, value);
    else
        return T.parse(argument, value);
}

/// What an argument must be, for error texts.
private template kind(T)
{
    static if (is(T == Bytes))
        enum string kind = "bytes";
    else static if (is(T == string))
        enum string kind = "text";
    else static if (is(T == bool))
        enum string kind = "boolean";
    else static if (__traits(isIntegral, T))
        enum string kind = "integer";
    else
        enum string kind = T.kind;
}

private alias Sequence(T...) = T;

private template parametersOf(alias function_)
{
    static if (is(typeof(function_) Parameters == __parameters))
        alias parametersOf = Parameters;
}

private template parameterName(alias function_, size_t index)
{
    static if (is(typeof(function_) Parameters == __parameters))
        enum string parameterName = __traits(identifier, Parameters[index .. index + 1]);
}

/// The transaction functions of some modules.
private template functions(modules...)
{
    static if (modules.length == 0)
        alias functions = Sequence!();
    else
        alias functions = Sequence!(marked!(modules[0], __traits(allMembers, modules[0])), .functions!(modules[1 .. $]));
}

private template marked(alias module_, members...)
{
    static if (members.length == 0)
        alias marked = Sequence!();
    else static if (members.length == 1)
    {
        static if (is(typeof(__traits(getMember, module_, members[0])) == function)
                && isMarked!(__traits(getMember, module_, members[0])))
            alias marked = Sequence!(__traits(getMember, module_, members[0]));
        else
            alias marked = Sequence!();
    }
    else
        alias marked = Sequence!(.marked!(module_, members[0 .. $ / 2]), .marked!(module_, members[$ / 2 .. $]));
}

private enum bool isMarked(alias function_) = is(typeof(registration!function_) == Registration);

private struct Registration
{
    string kind;
    string name;
}

/// What a function is marked as.
private template registration(alias function_)
{
    static foreach (attribute; __traits(getAttributes, function_))
    {
        static if (is(typeof(attribute) == submit))
            enum Registration registration = Registration("submit", attribute.name);
        else static if (is(typeof(attribute) == evaluate))
            enum Registration registration = Registration("evaluate", attribute.name);
    }
}

private template declarations(functions...)
{
    static if (functions.length == 0)
        enum string declarations = "";
    else static if (functions.length == 1)
        enum string declarations = registration!(functions[0]).kind ~ ` ` ~ registration!(functions[0])
                .name ~ `(` ~ declaredParameters!(functions[0], 1) ~ `)\0A`;
    else
        enum string declarations = .declarations!(functions[0 .. $ / 2]) ~ .declarations!(functions[$ / 2 .. $]);
}

private template declaredParameters(alias function_, size_t index)
{
    alias Parameters = parametersOf!function_;
    static if (index == Parameters.length)
        enum string declaredParameters = "";
    else
        enum string declaredParameters = (index > 1 ? ", " : "") ~ parameterName!(function_, index) ~ ": " ~ typeName!(
                Parameters[index]) ~ declaredParameters!(function_, index + 1);
}

private template typeName(T)
{
    static if (is(T == Bytes))
        enum string typeName = "Bytes";
    else
        enum string typeName = T.stringof;
}

/// Puts the list of functions into the file. Custom sections can only be made in the compiler's own language.
private void list(modules...)()
{
    __irEx!("", "ret void", `!wasm.custom_sections = !{!0}
        !0 = !{!"fabric:chaincode/functions", !"` ~ declarations!(functions!modules) ~ `"}`, void)();
}
