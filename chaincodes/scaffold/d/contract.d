/// my-contract: values under keys.
module contract;

import fabric;

mixin Contract!(mixin(__MODULE__));

/// Sets a key.
@submit("Put") Result!void put(Context context, string key, string value)
{
    return context.putState(key, value);
}

/// The value of a key.
@evaluate("Get") Result!Bytes get(Context context, string key)
{
    mixin(let!("value", q{context.getState(key)}));
    if (value.isNull)
        return typeof(return).failure(key, " does not exist");
    return ok(value.get);
}
