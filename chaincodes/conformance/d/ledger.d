/// World state.
module ledger;

import fabric;
import notation;

@evaluate("Get") Result!string get(Context context, string key)
{
    return shown!optional(context.getState(key));
}

@evaluate("GetMany") Result!string getMany(Context context, List keys)
{
    return shown!optionals(context.getStates(keys.texts));
}

@submit("Put") Result!void put(Context context, string key, Bytes value)
{
    return context.putState(key, value);
}

@submit("PutMany") Result!void putMany(Context context, List entries)
{
    return context.putStates(entries.entries);
}

@submit("PutAndGet") Result!string putAndGet(Context context, string key, Bytes value)
{
    mixin(attempt!q{context.putState(key, value)});
    return shown!optional(context.getState(key));
}

@submit("Delete") Result!void remove(Context context, string key)
{
    return context.deleteState(key);
}

@submit("DeleteMany") Result!void removeMany(Context context, List keys)
{
    return context.deleteStates(keys.texts);
}

@evaluate("Metadata") Result!string metadata(Context context, string key)
{
    return shown!pairs(context.getStateMetadata(key));
}

@evaluate("GetPolicy") Result!string getPolicy(Context context, string key)
{
    return shown!optional(context.getStateValidationParameter(key));
}

@submit("SetPolicy") Result!void setPolicy(Context context, string key, Bytes policy)
{
    return context.setStateValidationParameter(key, policy);
}

@evaluate("Range") Result!string range(Context context, string start, string end)
{
    return entries(context.getStateByRange(start, end));
}

@evaluate("RangePage") Result!string rangePage(Context context, string start, string end, uint size, string bookmark)
{
    return page(context.getStateByRangeWithPagination(start, end, size, bookmark));
}

@evaluate("Composite") Result!string composite(Context context, string object_type, List attributes)
{
    mixin(let!("key", q{context.createCompositeKey(object_type, attributes.texts)}));
    return ok(replace(key, '\0', '/'));
}

@submit("PutComposite") Result!void putComposite(Context context, string object_type, List attributes, Bytes value)
{
    mixin(let!("key", q{context.createCompositeKey(object_type, attributes.texts)}));
    return context.putState(key, value);
}

@evaluate("Split") Result!string splitKey(Context context, string key)
{
    mixin(let!("parts", q{context.splitCompositeKey(key)}));
    return ok(text(parts.objectType, ':', parts.attributes.join(",")));
}

@evaluate("PartialRange") Result!string partialRange(Context context, string object_type, List attributes)
{
    return entries(context.getStateByPartialCompositeKey(object_type, attributes.texts));
}

@evaluate("PartialPage") Result!string partialPage(
        Context context, string object_type, List attributes, uint size, string bookmark)
{
    bookmark = replace(bookmark, '/', '\0');
    return page(context.getStateByPartialCompositeKeyWithPagination(object_type, attributes.texts, size, bookmark));
}

@evaluate("CompositePage") Result!string compositePage(Context context, uint size, string bookmark)
{
    return page(context.getAllStatesCompositeKeyWithPagination(size, replace(bookmark, '/', '\0')));
}

@evaluate("Query") Result!string query(Context context, string query)
{
    return entries(context.getQueryResult(query));
}

@evaluate("QueryPage") Result!string queryPage(Context context, string query, uint size, string bookmark)
{
    return page(context.getQueryResultWithPagination(query, size, bookmark));
}

@evaluate("History") Result!string history(Context context, string key)
{
    mixin(let!("modifications", q{context.getHistoryForKey(key)}));
    Writer writer;
    foreach (result; modifications)
    {
        mixin(let!("entry", q{result}));
        if (writer.data.length)
            writer.put(',');
        const value = entry.isDelete ? "deleted" : lossy(entry.value);
        writer.put(text(entry.txId, '@', entry.timestamp.seconds, '=', value));
    }
    return ok(writer.data);
}
