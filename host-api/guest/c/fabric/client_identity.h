/** The client that made the proposal, read from its X.509 certificate. An error where the creator has none. */
#ifndef FABRIC_CLIENT_IDENTITY_H
#define FABRIC_CLIENT_IDENTITY_H

#include "text.h"

/** A text that is unique within the client's organisation: x509::subject::issuer in base64. */
bool fabric_client_id(fabric_bytes *id);

/** The client's organisation. */
fabric_bytes fabric_client_msp_id(void);

/** The certificate's subject, a distinguished name as RFC 2253 writes it. */
bool fabric_client_subject(fabric_bytes *subject);

/** The certificate's issuer. */
bool fabric_client_issuer(fabric_bytes *issuer);

/** The organizational units of the subject, in the certificate's order. */
bool fabric_client_organizational_units(fabric_list *units);

/** Whether the subject has an organizational unit. */
bool fabric_client_has_organizational_unit(fabric_bytes unit, bool *is_there);

/** An attribute that the certificate authority put into the certificate. It does not fabric_exists() when it is not there. */
bool fabric_client_attribute(fabric_bytes name, fabric_bytes *value);

/** All of them, sorted by name. */
bool fabric_client_attributes(fabric_key_values *attributes);

/** Refuses the call unless an attribute has a value. */
bool fabric_client_assert_attribute(fabric_bytes name, fabric_bytes value);

#endif
