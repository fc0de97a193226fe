//! How Go prints what a client asked for: refusals quote it, in protobuf's text format on one line.

use proto::common::msp_principal::Classification;
use proto::common::{MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope, signature_policy};
use proto::protos::{ChaincodeCall, ChaincodeInterest};

/// Longest quotation, in bytes. What comes after is left out: clients know what they asked for.
const QUOTED_BYTES_MAX: usize = 16 << 10;

/// The refusal of a query about endorsers.
pub(super) fn descriptor_failed(interest: &ChaincodeInterest) -> String {
    let mut printer = Printer::default();
    for call in &interest.chaincodes {
        printer.message("chaincodes", |printer| printer.call(call));
    }
    format!("failed constructing descriptor for {}", printer.text)
}

#[derive(Default)]
struct Printer {
    text: String,
}

impl Printer {
    /// The name of a field, when there is room for it and its value.
    fn field(&mut self, name: &str) -> bool {
        if self.text.len() >= QUOTED_BYTES_MAX {
            return false;
        }
        if !self.text.is_empty() && !self.text.ends_with('{') {
            self.text.push(' ');
        }
        self.text.push_str(name);
        self.text.push(':');
        true
    }

    fn message(&mut self, name: &str, fields: impl FnOnce(&mut Printer)) {
        if self.field(name) {
            self.text.push('{');
            fields(self);
            self.text.push('}');
        }
    }

    fn plain(&mut self, name: &str, value: &dyn std::fmt::Display, is_default: bool) {
        if !is_default && self.field(name) {
            self.text.push_str(&value.to_string());
        }
    }

    /// A text or bytes, in which whatever is text is left as it is.
    fn quoted(&mut self, name: &str, value: &[u8]) {
        if !self.field(name) {
            return;
        }
        self.text.push('"');
        for chunk in value[..value.len().min(QUOTED_BYTES_MAX)].utf8_chunks() {
            chunk.valid().chars().for_each(|character| self.character(character));
            chunk.invalid().iter().for_each(|byte| self.text.push_str(&format!("\\x{byte:02x}")));
        }
        self.text.push('"');
    }

    fn character(&mut self, character: char) {
        match character {
            '"' | '\\' => self.text.extend(['\\', character]),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            '\0'..' ' | '\u{7f}' => self.text.push_str(&format!("\\x{:02x}", u32::from(character))),
            '\u{80}'..='\u{9f}' => self.text.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => self.text.push(character),
        }
    }

    fn call(&mut self, call: &ChaincodeCall) {
        if !call.name.is_empty() {
            self.quoted("name", call.name.as_bytes());
        }
        for collection in &call.collection_names {
            self.quoted("collection_names", collection.as_bytes());
        }
        self.plain("no_private_reads", &call.no_private_reads, !call.no_private_reads);
        self.plain("no_public_writes", &call.no_public_writes, !call.no_public_writes);
        for policy in &call.key_policies {
            self.message("key_policies", |printer| printer.policy(policy));
        }
        self.plain("disregard_namespace_policy", &call.disregard_namespace_policy, !call.disregard_namespace_policy);
    }

    fn policy(&mut self, policy: &SignaturePolicyEnvelope) {
        self.plain("version", &policy.version, policy.version == 0);
        if let Some(rule) = &policy.rule {
            self.message("rule", |printer| printer.rule(rule));
        }
        for principal in &policy.identities {
            self.message("identities", |printer| printer.principal(principal));
        }
    }

    /// The depth is that of the request, which decoding bounds.
    fn rule(&mut self, rule: &SignaturePolicy) {
        match &rule.r#type {
            Some(signature_policy::Type::SignedBy(index)) => self.plain("signed_by", index, false),
            Some(signature_policy::Type::NOutOf(n_out_of)) => self.message("n_out_of", |printer| {
                printer.plain("n", &n_out_of.n, n_out_of.n == 0);
                for rule in &n_out_of.rules {
                    printer.message("rules", |printer| printer.rule(rule));
                }
            }),
            None => {}
        }
    }

    fn principal(&mut self, principal: &MspPrincipal) {
        let number = principal.principal_classification;
        let name = match Classification::try_from(number) {
            Ok(known) => known.as_str_name().to_owned(),
            Err(_) => number.to_string(),
        };
        self.plain("principal_classification", &name, number == 0);
        if !principal.principal.is_empty() {
            self.quoted("principal", &principal.principal);
        }
    }
}

#[cfg(test)]
mod tests {
    use ::channel::policy_language::parse;

    use super::*;

    #[track_caller]
    fn check(chaincodes: Vec<ChaincodeCall>, expected: &str) {
        let text = descriptor_failed(&ChaincodeInterest { chaincodes });
        assert_eq!(text.strip_prefix("failed constructing descriptor for "), Some(expected));
    }

    #[test]
    fn interests_are_quoted_as_go_prints_them() {
        let named = |name: &str| ChaincodeCall { name: name.to_owned(), ..Default::default() };
        check(vec![], "");
        check(vec![named("mycc-lifecycle")], r#"chaincodes:{name:"mycc-lifecycle"}"#);
        check(vec![named("a"), named("b")], r#"chaincodes:{name:"a"} chaincodes:{name:"b"}"#);
        check(vec![named("\"ä\u{1}\n\u{85}\\")], r#"chaincodes:{name:"\"ä\x01\n\u0085\\"}"#);
        let collections = ChaincodeCall {
            collection_names: vec!["c1".into(), "c2".into()],
            no_private_reads: true,
            disregard_namespace_policy: true,
            ..named("a")
        };
        let expected = r#"chaincodes:{name:"a" collection_names:"c1" collection_names:"c2" no_private_reads:true disregard_namespace_policy:true}"#;
        check(vec![collections], expected);
        let keys = ChaincodeCall { key_policies: vec![parse("OR('A.peer')").expect("a policy")], ..named("a") };
        let expected = r#"chaincodes:{name:"a" key_policies:{rule:{n_out_of:{n:1 rules:{signed_by:0}}} identities:{principal:"\n\x01A\x10\x03"}}}"#;
        check(vec![keys], expected);
    }

    #[test]
    fn quotations_are_bounded() {
        let name = "\u{1}".repeat(1 << 20);
        let chaincodes = vec![ChaincodeCall { name, ..Default::default() }; 3];
        assert!(descriptor_failed(&ChaincodeInterest { chaincodes }).len() < 5 * QUOTED_BYTES_MAX);
    }
}
