/// The transaction being simulated: its ledger, its proposal, its event and its log.
module fabric.context;

import fabric.client_identity : ClientIdentity;
import fabric.host;
import fabric.iterators;
import fabric.json : fromJson, toJson;
import fabric.memory : Bytes, panic;
import fabric.result : Optional, Result, let, ok;

public import fabric.host : KeyValue, NamedValue;

/// What is known about a page of a query.
struct Page
{
    uint fetchedRecordsCount; /// How many keys the page has.
    string bookmark; /// Where the next page begins; empty after the last one.
}

/// A page of a query.
struct StatePage
{
    StateIterator entries; ///
    Page page; ///
}

/// The parts of a composite key.
struct CompositeKey
{
    string objectType; ///
    string[] attributes; ///
}

/// What another chaincode answered.
struct ChaincodeResponse
{
    int status; /// 200 for success, 400 and above for failures.
    string message; ///
    Bytes payload; ///
}

/**
 * The transaction. Private data is in [fabric.private_data], whose functions are called in the same way:
 * `context.getPrivateData(collection, key)`.
 *
 * Reads see the committed state, not the transaction's own writes.
 */
struct Context
{
    /// The value of a key, none when it does not exist.
    Result!(Optional!Bytes) getState(const(char)[] key)
    {
        return resultOptional(call!"get_state"(key));
    }

    /// The value of a key, read from JSON.
    Result!(Optional!T) getJson(T)(const(char)[] key)
    {
        mixin(let!("value", q{getState(key)}));
        if (value.isNull)
            return ok(Optional!T());
        mixin(let!("read", q{fromJson!T(value.get)}));
        return ok(Optional!T(read));
    }

    /// The values of several keys, in their order.
    Result!(Optional!Bytes[]) getStates(const(string)[] keys)
    {
        return resultOptionals(call!"get_states"(list(keys)));
    }

    /// Sets a key.
    Result!void putState(const(char)[] key, const(void)[] value)
    {
        return resultVoid(call!"put_state"(key, value));
    }

    /// Sets a key to a value as JSON.
    Result!void putJson(T)(const(char)[] key, T value)
    {
        return putState(key, toJson(value));
    }

    /// Sets several keys, in their order, up to the first that is refused.
    Result!void putStates(const(KeyValue)[] entries)
    {
        return resultVoid(call!"put_states"(list(entries)));
    }

    /// Removes a key.
    Result!void deleteState(const(char)[] key)
    {
        return resultVoid(call!"delete_state"(key));
    }

    /// Removes several keys, in their order, up to the first that is refused.
    Result!void deleteStates(const(string)[] keys)
    {
        return resultVoid(call!"delete_states"(list(keys)));
    }

    /// What is committed about a key beside its value.
    Result!(NamedValue[]) getStateMetadata(const(char)[] key)
    {
        return resultNamedValues(call!"get_state_metadata"(key));
    }

    /// The key's own endorsement policy, a marshalled `common.SignaturePolicyEnvelope`; none when it has none.
    Result!(Optional!Bytes) getStateValidationParameter(const(char)[] key)
    {
        return resultOptional(call!"get_state_validation_parameter"(key));
    }

    /// Gives a key its own endorsement policy; an empty one takes it away.
    Result!void setStateValidationParameter(const(char)[] key, const(void)[] policy)
    {
        return resultVoid(call!"set_state_validation_parameter"(key, policy));
    }

    /// Simple keys from `start` to before `end`; empty ones mean the first and the end.
    Result!StateIterator getStateByRange(const(char)[] start, const(char)[] end)
    {
        return resultIterator!StateIterator(call!"get_state_by_range"(start, end));
    }

    /// At most `pageSize` keys of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may
    /// write nothing.
    Result!StatePage getStateByRangeWithPagination(
            const(char)[] start, const(char)[] end, uint pageSize, const(char)[] bookmark)
    {
        return resultPage(call!"get_state_by_range_with_pagination"(start, end, pageSize, bookmark));
    }

    /// Composite keys that begin with these parts.
    Result!StateIterator getStateByPartialCompositeKey(const(char)[] objectType, const(string)[] attributes)
    {
        return resultIterator!StateIterator(call!"get_state_by_partial_composite_key"(objectType, list(attributes)));
    }

    /// A page of these.
    Result!StatePage getStateByPartialCompositeKeyWithPagination(
            const(char)[] objectType, const(string)[] attributes, uint pageSize, const(char)[] bookmark)
    {
        enum name = "get_state_by_partial_composite_key_with_pagination";
        return resultPage(call!name(objectType, list(attributes), pageSize, bookmark));
    }

    /// A page of all composite keys of the chaincode.
    Result!StatePage getAllStatesCompositeKeyWithPagination(uint pageSize, const(char)[] bookmark)
    {
        return resultPage(call!"get_all_states_composite_key_with_pagination"(pageSize, bookmark));
    }

    /// Joins parts to a composite key. None of them may contain U+0000 or U+10FFFF.
    Result!string createCompositeKey(const(char)[] objectType, const(string)[] attributes)
    {
        return resultText(call!"create_composite_key"(objectType, list(attributes)));
    }

    /// The parts of a composite key.
    Result!CompositeKey splitCompositeKey(const(char)[] key)
    {
        const status = call!"split_composite_key"(key);
        if (status == failed)
            return typeof(return).failure(registerText(0));
        return ok(CompositeKey(registerText(0), texts(1, status)));
    }

    /// A query in the language of the state database; an error where the database has none.
    Result!StateIterator getQueryResult(const(char)[] query)
    {
        return resultIterator!StateIterator(call!"get_query_result"(query));
    }

    /// A page of it.
    Result!StatePage getQueryResultWithPagination(const(char)[] query, uint pageSize, const(char)[] bookmark)
    {
        return resultPage(call!"get_query_result_with_pagination"(query, pageSize, bookmark));
    }

    /// Committed modifications of a key, newest first.
    Result!HistoryIterator getHistoryForKey(const(char)[] key)
    {
        return resultIterator!HistoryIterator(call!"get_history_for_key"(key));
    }

    /// Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
    /// another it only reads. The first argument is the name of the function.
    Result!ChaincodeResponse invokeChaincode(T)(const(char)[] name, const(T)[] args, const(char)[] channel)
    {
        if (call!"invoke_chaincode"(name, list(args), channel) == failed)
            return typeof(return).failure(registerText(0));
        return ok(ChaincodeResponse(cast(int) registerNumber(0), registerText(1), registerBytes(2)));
    }

    /// Sets the transaction's event; a second one replaces the first.
    Result!void setEvent(const(char)[] name, const(void)[] payload)
    {
        return resultVoid(call!"set_event"(name, payload));
    }

    /// Identifier of the transaction.
    string txId()
    {
        call!"tx_id"();
        return registerText(0);
    }

    /// The channel.
    string channelId()
    {
        call!"channel_id"();
        return registerText(0);
    }

    /// The client's time, the same at every endorser. There is no other clock.
    Timestamp txTimestamp()
    {
        call!"tx_timestamp"();
        return Timestamp(registerNumber(0), cast(uint) registerNumber(1));
    }

    /// All arguments, the function's name first.
    Bytes[] args()
    {
        return registersBytes(call!"args"());
    }

    /// Data for the endorsers only; never recorded in the transaction.
    NamedValue[] transient()
    {
        return namedValues(call!"transient"());
    }

    /// The creator as a marshalled `msp.SerializedIdentity`.
    Bytes creator()
    {
        call!"creator"();
        return registerBytes(0);
    }

    /// The creator's organisation.
    string creatorMspId()
    {
        call!"creator_msp_id"();
        return registerText(0);
    }

    /// The creator's X.509 certificate, PEM.
    Bytes creatorCertificate()
    {
        call!"creator_certificate"();
        return registerBytes(0);
    }

    /// The proposal as the client signed it: a marshalled `protos.SignedProposal`.
    Bytes signedProposal()
    {
        call!"signed_proposal"();
        return registerBytes(0);
    }

    /// SHA-256 over the proposal's nonce, creator and epoch.
    Bytes binding()
    {
        call!"binding"();
        return registerBytes(0);
    }

    /// What the peer's decorators added to the proposal.
    NamedValue[] decorations()
    {
        return namedValues(call!"decorations"());
    }

    /// The client that made the proposal.
    ClientIdentity clientIdentity()
    {
        return ClientIdentity();
    }

    /// A line for the chaincode's log, for developers.
    void logDebug(const(char)[] message)
    {
        call!("log", void)(0, message);
    }

    /// A line for the chaincode's log.
    void logInfo(const(char)[] message)
    {
        call!("log", void)(1, message);
    }

    /// A line for the chaincode's log about something unexpected.
    void logWarning(const(char)[] message)
    {
        call!("log", void)(2, message);
    }

    /// A line for the chaincode's log about a failure.
    void logError(const(char)[] message)
    {
        call!("log", void)(3, message);
    }

    /// Ends the call at once; the message reaches the client.
    noreturn abort(const(char)[] message)
    {
        panic(message);
    }
}

/// The result of a call that returns an iterator.
package Result!Iterator resultIterator(Iterator)(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    return ok(Iterator(cast(int) registerNumber(0)));
}

private Result!StatePage resultPage(int status)
{
    if (status == failed)
        return typeof(return).failure(registerText(0));
    const page = Page(cast(uint) registerNumber(1), registerText(2));
    return ok(StatePage(StateIterator(cast(int) registerNumber(0)), page));
}
