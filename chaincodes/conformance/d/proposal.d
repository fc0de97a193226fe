/// The proposal, its client, and what else the peer offers.
module proposal;

import fabric;
import notation;

@evaluate("TxId") string txId(Context context)
{
    return context.txId;
}

@evaluate("ChannelId") string channelId(Context context)
{
    return context.channelId;
}

@evaluate("Timestamp") string timestamp(Context context)
{
    const time = context.txTimestamp;
    Writer writer;
    writer.put(time.seconds);
    writer.put('.');
    writer.putUnsigned(time.nanoseconds, 9);
    return writer.data;
}

/// What the peer says, not what this function was given.
@evaluate("Args") string args(Context context, string first, string second)
{
    auto found = context.args;
    auto texts = newArray!string(found.length);
    foreach (index, arg; found)
        texts[index] = lossy(arg);
    return texts.join(",");
}

@evaluate("Transient") string transient(Context context)
{
    return pairs(context.transient);
}

@evaluate("Creator") Bytes creator(Context context)
{
    return context.creator;
}

@evaluate("CreatorMspId") string creatorMspId(Context context)
{
    return context.creatorMspId;
}

@evaluate("CreatorCertificate") Bytes creatorCertificate(Context context)
{
    return context.creatorCertificate;
}

@evaluate("SignedProposal") Bytes signedProposal(Context context)
{
    return context.signedProposal;
}

@evaluate("Binding") string binding(Context context)
{
    return hexadecimal(context.binding);
}

@evaluate("Decorations") string decorations(Context context)
{
    return pairs(context.decorations);
}

@evaluate("ClientId") Result!string clientId(Context context)
{
    return context.clientIdentity.id;
}

@evaluate("ClientMspId") string clientMspId(Context context)
{
    return context.clientIdentity.mspId;
}

@evaluate("ClientSubject") Result!string clientSubject(Context context)
{
    return context.clientIdentity.subject;
}

@evaluate("ClientIssuer") Result!string clientIssuer(Context context)
{
    return context.clientIdentity.issuer;
}

@evaluate("ClientUnits") Result!string clientUnits(Context context)
{
    mixin(let!("units", q{context.clientIdentity.organizationalUnits}));
    return ok(units.join(","));
}

@evaluate("ClientAttribute") Result!string clientAttribute(Context context, string name)
{
    mixin(let!("value", q{context.clientIdentity.attribute(name)}));
    return ok(value.isNull ? "<none>" : value.get);
}

@evaluate("ClientAttributes") Result!string clientAttributes(Context context)
{
    mixin(let!("attributes", q{context.clientIdentity.attributes}));
    auto texts = newArray!string(attributes.length);
    foreach (index, attribute; attributes)
        texts[index] = text(attribute.name, '=', attribute.value);
    return ok(texts.join(","));
}

@submit("Event") Result!void event(Context context, string name, Bytes payload)
{
    return context.setEvent(name, payload);
}

@submit("Invoke") Result!string invokeOther(Context context, string name, string channel, List args)
{
    mixin(let!("response", q{context.invokeChaincode(name, args.texts, channel)}));
    return ok(text(response.status, '|', response.message, '|', lossy(response.payload)));
}

@evaluate("Hash") Result!string hashOf(Context context, string algorithm, Bytes data)
{
    static immutable string[] names = ["sha256", "sha384", "sha512", "sha3-256", "sha3-384"];
    foreach (index, name; names)
        if (name == algorithm)
            return ok(hexadecimal(hash(cast(HashAlgorithm) index, data)));
    return typeof(return).failure("no algorithm ", algorithm);
}

/// The signature in hexadecimal.
@evaluate("Verify") Result!bool verifySignature(
        Context context, string algorithm, Bytes public_key, Bytes message, string signature)
{
    static immutable string[] names = [
        "ecdsa-p256-sha256", "ecdsa-p384-sha384", "ed25519", "rsa-pkcs1-sha256", "rsa-pss-sha256"
    ];
    foreach (index, name; names)
        if (name == algorithm)
        {
            mixin(let!("bytes", q{fromHexadecimal(signature)}));
            return verify(cast(SignatureAlgorithm) index, public_key, message, bytes);
        }
    return typeof(return).failure("no algorithm ", algorithm);
}

private Result!Bytes fromHexadecimal(string digits)
{
    auto bytes = newArray!ubyte(digits.length / 2);
    foreach (index, digit; digits)
    {
        const letter = digit | 0x20;
        const value = digit >= '0' && digit <= '9' ? digit - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 16;
        if (value == 16 || digits.length % 2)
            return typeof(return).failure("the signature is not hexadecimal");
        bytes[index / 2] |= value << (index % 2 ? 0 : 4);
    }
    return ok(cast(Bytes) bytes);
}

@evaluate("Log") Result!void log(Context context, string level, string message)
{
    switch (level)
    {
    case "debug":
        context.logDebug(message);
        break;
    case "info":
        context.logInfo(message);
        break;
    case "warning":
        context.logWarning(message);
        break;
    case "error":
        context.logError(message);
        break;
    default:
        return typeof(return).failure("no level ", level);
    }
    return ok();
}

@evaluate("Abort") noreturn abort(Context context, string message)
{
    context.abort(message);
}
