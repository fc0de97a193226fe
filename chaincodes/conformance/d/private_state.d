/// Private data.
module private_state;

import fabric;
import notation;

@evaluate("PrivateGet") Result!string privateGet(Context context, string collection, string key)
{
    return shown!optional(context.getPrivateData(collection, key));
}

@evaluate("PrivateGetMany") Result!string privateGetMany(Context context, string collection, List keys)
{
    return shown!optionals(context.getPrivateDataMultiple(collection, keys.texts));
}

@evaluate("PrivateHash") Result!string privateHash(Context context, string collection, string key)
{
    mixin(let!("hash", q{context.getPrivateDataHash(collection, key)}));
    return ok(hash.isNull ? "<none>" : hexadecimal(hash.get));
}

@submit("PrivatePut") Result!void privatePut(Context context, string collection, string key, Bytes value)
{
    return context.putPrivateData(collection, key, value);
}

@submit("PrivatePutMany") Result!void privatePutMany(Context context, string collection, List entries)
{
    return context.putPrivateDataMultiple(collection, entries.entries);
}

@submit("PrivateDelete") Result!void privateDelete(Context context, string collection, string key)
{
    return context.deletePrivateData(collection, key);
}

@submit("PrivatePurge") Result!void privatePurge(Context context, string collection, string key)
{
    return context.purgePrivateData(collection, key);
}

@evaluate("PrivateMetadata") Result!string privateMetadata(Context context, string collection, string key)
{
    return shown!pairs(context.getPrivateDataMetadata(collection, key));
}

@evaluate("PrivateGetPolicy") Result!string privateGetPolicy(Context context, string collection, string key)
{
    return shown!optional(context.getPrivateDataValidationParameter(collection, key));
}

@submit("PrivateSetPolicy") Result!void privateSetPolicy(Context context, string collection, string key, Bytes policy)
{
    return context.setPrivateDataValidationParameter(collection, key, policy);
}

@evaluate("PrivateRange") Result!string privateRange(Context context, string collection, string start, string end)
{
    return entries(context.getPrivateDataByRange(collection, start, end));
}

@evaluate("PrivatePartialRange") Result!string privatePartialRange(
        Context context, string collection, string object_type, List attributes)
{
    return entries(context.getPrivateDataByPartialCompositeKey(collection, object_type, attributes.texts));
}

@evaluate("PrivateQuery") Result!string privateQuery(Context context, string collection, string query)
{
    return entries(context.getPrivateDataQueryResult(collection, query));
}
