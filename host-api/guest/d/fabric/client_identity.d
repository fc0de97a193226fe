/// The client that made the proposal, read from its X.509 certificate.
module fabric.client_identity;

import fabric.host;
import fabric.result : Optional, Result, let, ok;

/// An attribute that the certificate authority put into a certificate.
struct Attribute
{
    string name; ///
    string value; ///
}

/// The client. See `Context.clientIdentity`.
struct ClientIdentity
{
    /// A text that is unique within the client's organisation: `x509::subject::issuer` in base64.
    Result!string id()
    {
        return resultText(call!"client_id"());
    }

    /// The client's organisation.
    string mspId()
    {
        call!"client_msp_id"();
        return registerText(0);
    }

    /// The certificate's subject, a distinguished name as RFC 2253 writes it.
    Result!string subject()
    {
        return resultText(call!"client_subject"());
    }

    /// The certificate's issuer.
    Result!string issuer()
    {
        return resultText(call!"client_issuer"());
    }

    /// The organizational units of the subject.
    Result!(string[]) organizationalUnits()
    {
        const status = call!"client_organizational_units"();
        if (status == failed)
            return typeof(return).failure(registerText(0));
        return ok(texts(0, status));
    }

    /// Whether the subject has an organizational unit.
    Result!bool hasOrganizationalUnit(const(char)[] unit)
    {
        mixin(let!("units", q{organizationalUnits()}));
        foreach (found; units)
            if (found == unit)
                return ok(true);
        return ok(false);
    }

    /// An attribute of the certificate; none when it is not there.
    Result!(Optional!string) attribute(const(char)[] name)
    {
        mixin(let!("value", q{resultOptional(call!"client_attribute"(name))}));
        return ok(value.isNull ? Optional!string() : Optional!string(cast(string) value.get));
    }

    /// All of them, sorted by name.
    Result!(Attribute[]) attributes()
    {
        mixin(let!("found", q{resultNamedValues(call!"client_attributes"())}));
        return ok(cast(Attribute[]) found);
    }

    /// Refuses the call unless an attribute has a value.
    Result!void assertAttribute(const(char)[] name, const(char)[] value)
    {
        mixin(let!("found", q{attribute(name)}));
        if (found.isNull)
            return typeof(return).failure("attribute '", name, "' was not found");
        if (found.get != value)
            return typeof(return).failure("attribute '", name, "' equals '", found.get, "', not '", value, "'");
        return ok();
    }
}
