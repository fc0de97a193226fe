/// Every way to misbehave, and a list of numbers as JSON.
module faults;

import fabric;

@evaluate("Echo") Json!(ulong[]) echo(Context context, Json!(ulong[]) value)
{
    return value;
}

@submit("Panic") noreturn panicWith(Context context, string message)
{
    panic(message);
}

@submit("Loop") void loop(Context context)
{
    while (true)
        touch(0);
}

@submit("EatMemory") ulong eatMemory(Context context)
{
    while (true)
        touch(cast(size_t) newArray!ubyte(1 << 20).ptr);
}

@submit("Recurse") ulong recurseFrom(Context context, ulong depth)
{
    return recurse(depth);
}

private ulong recurse(ulong depth)
{
    const next = depth + touch(1);
    return next == 0 ? 0 : recurse(next) ^ touch(cast(size_t) next);
}

@evaluate("Large") Bytes large(Context context, ulong bytes)
{
    auto payload = newArray!ubyte(cast(size_t) bytes);
    payload[] = 'x';
    return cast(Bytes) payload;
}

@submit("HoldIterators") Result!void holdIterators(Context context, ulong count)
{
    auto held = newArray!StateIterator(cast(size_t) count);
    foreach (ref iterator; held)
    {
        mixin(let!("found", q{context.getStateByRange("", "")}));
        iterator = found;
    }
    return ok();
}

/// The same number, which the compiler cannot know.
private size_t touch(size_t number)
{
    static shared size_t place;
    import core.volatile : volatileLoad, volatileStore;

    volatileStore(cast(uint*)&place, number);
    return volatileLoad(cast(uint*)&place);
}
