/// Private data: only the peers of a collection's members hold it. Not available while the chaincode is initialised.
module fabric.private_data;

import fabric.context : Context, resultIterator;
import fabric.host;
import fabric.iterators : StateIterator;
import fabric.memory : Bytes;
import fabric.result : Optional, Result;

/// The value of a private key, none when it does not exist.
Result!(Optional!Bytes) getPrivateData(Context, const(char)[] collection, const(char)[] key)
{
    return resultOptional(call!"get_private_data"(collection, key));
}

/// The values of several private keys, in their order.
Result!(Optional!Bytes[]) getPrivateDataMultiple(Context, const(char)[] collection, const(string)[] keys)
{
    return resultOptionals(call!"get_private_data_multiple"(collection, list(keys)));
}

/// SHA-256 of a private value, which every peer of the channel knows.
Result!(Optional!Bytes) getPrivateDataHash(Context, const(char)[] collection, const(char)[] key)
{
    return resultOptional(call!"get_private_data_hash"(collection, key));
}

/// Sets a private key.
Result!void putPrivateData(Context, const(char)[] collection, const(char)[] key, const(void)[] value)
{
    return resultVoid(call!"put_private_data"(collection, key, value));
}

/// Sets several private keys, in their order, up to the first that is refused.
Result!void putPrivateDataMultiple(Context, const(char)[] collection, const(KeyValue)[] entries)
{
    return resultVoid(call!"put_private_data_multiple"(collection, list(entries)));
}

/// Removes a private key.
Result!void deletePrivateData(Context, const(char)[] collection, const(char)[] key)
{
    return resultVoid(call!"delete_private_data"(collection, key));
}

/// Removes a private key and its past values.
Result!void purgePrivateData(Context, const(char)[] collection, const(char)[] key)
{
    return resultVoid(call!"purge_private_data"(collection, key));
}

/// What is committed about a private key beside its value.
Result!(NamedValue[]) getPrivateDataMetadata(Context, const(char)[] collection, const(char)[] key)
{
    return resultNamedValues(call!"get_private_data_metadata"(collection, key));
}

/// The private key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; none when it has none.
Result!(Optional!Bytes) getPrivateDataValidationParameter(Context, const(char)[] collection, const(char)[] key)
{
    return resultOptional(call!"get_private_data_validation_parameter"(collection, key));
}

/// Gives a private key its own endorsement policy; an empty one takes it away.
Result!void setPrivateDataValidationParameter(
        Context, const(char)[] collection, const(char)[] key, const(void)[] policy)
{
    return resultVoid(call!"set_private_data_validation_parameter"(collection, key, policy));
}

/// Simple private keys from `start` to before `end`. The transaction may write nothing.
Result!StateIterator getPrivateDataByRange(
        Context, const(char)[] collection, const(char)[] start, const(char)[] end)
{
    return resultIterator!StateIterator(call!"get_private_data_by_range"(collection, start, end));
}

/// Composite private keys that begin with these parts. The transaction may write nothing.
Result!StateIterator getPrivateDataByPartialCompositeKey(
        Context, const(char)[] collection, const(char)[] objectType, const(string)[] attributes)
{
    enum name = "get_private_data_by_partial_composite_key";
    return resultIterator!StateIterator(call!name(collection, objectType, list(attributes)));
}

/// A query in the language of the state database. The transaction may write nothing.
Result!StateIterator getPrivateDataQueryResult(Context, const(char)[] collection, const(char)[] query)
{
    return resultIterator!StateIterator(call!"get_private_data_query_result"(collection, query));
}
