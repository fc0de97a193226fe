//! The language in which people write signature policies: `AND('Org1MSP.member', OR('Org2MSP.peer', ..))`,
//! `OutOf(2, ..)` (Fabric `common/policydsl`).

use prost::Message;
use proto::common::{
    MspPrincipal, MspRole, SignaturePolicy, SignaturePolicyEnvelope, msp_principal, msp_role, signature_policy,
};

/// How deep policies may nest. Deeper ones could not be decoded from the messages that hold them.
pub const DEPTH_MAX: usize = 40;
/// How deep policies are printed; others may write them deeper than [`DEPTH_MAX`].
const PRINTED_DEPTH_MAX: usize = 128;
/// How many principals a policy may name.
pub const PRINCIPALS_MAX: usize = 4096;

/// Why a text is no policy.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Something else should stand there.
    #[error("invalid policy string: expected {expected} at character {position}")]
    Expected {
        /// What should stand there.
        expected: &'static str,
        /// Where, counted from 1.
        position: usize,
    },
    /// The word before a parenthesis is no operator.
    #[error("unrecognized token '{word}' in policy string: the operators are AND, OR and OutOf")]
    Operator {
        /// The word.
        word: String,
    },
    /// A principal is not of the form `MSPID.role`.
    #[error(
        "unrecognized token '{word}' in policy string: a principal is 'MSPID.role' with the role member, admin, client, peer or orderer"
    )]
    Principal {
        /// The text between the quotes.
        word: String,
    },
    /// The threshold cannot be met, or is negative.
    #[error("invalid t-out-of-n predicate, t {threshold}, n {rules}")]
    Threshold {
        /// How many are asked for.
        threshold: i64,
        /// How many there are.
        rules: usize,
    },
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("policy string nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// More principals than [`PRINCIPALS_MAX`].
    #[error("policy string names more than {PRINCIPALS_MAX} principals")]
    TooLong,
}

/// Reads a policy. Each mention of a principal becomes an entry of its own, as in Fabric.
pub fn parse(text: &str) -> Result<SignaturePolicyEnvelope, ParseError> {
    let mut parser = Parser { text, position: 0, identities: Vec::new() };
    let part = parser.rule(0)?;
    parser.skip_space();
    if parser.position < text.len() {
        return Err(parser.expected("the end of the policy"));
    }
    // A lone principal is written as one out of one, so that every envelope starts with a threshold.
    let rule = match part {
        Part::Rule(rule) => rule,
        principal => n_out_of(1, parser.numbered(vec![principal])?),
    };
    Ok(SignaturePolicyEnvelope { version: 0, rule: Some(rule), identities: parser.identities })
}

/// A policy that one signature of any of `roles` satisfies; what configuration tools write for one organisation.
pub fn any_of(roles: &[(&str, msp_role::MspRoleType)]) -> SignaturePolicyEnvelope {
    let identities = roles.iter().map(|(msp_id, role)| role_principal(msp_id, *role)).collect();
    let rules = (0..roles.len() as i32).map(signed_by).collect();
    SignaturePolicyEnvelope { version: 0, rule: Some(n_out_of(1, rules)), identities }
}

/// Signatures by members of `count` of the organisations.
pub fn signed_by_members(count: usize, msp_ids: &[&str]) -> SignaturePolicyEnvelope {
    let member = |msp_id: &&str| role_principal(msp_id, msp_role::MspRoleType::Member);
    let rules = (0..msp_ids.len() as i32).map(signed_by).collect();
    SignaturePolicyEnvelope {
        version: 0,
        rule: Some(n_out_of(count as i32, rules)),
        identities: msp_ids.iter().map(member).collect(),
    }
}

/// The principal "somebody of this organisation in this role".
pub fn role_principal(msp_id: &str, role: msp_role::MspRoleType) -> MspPrincipal {
    let role = MspRole { msp_identifier: msp_id.to_owned(), role: role as i32 };
    MspPrincipal {
        principal_classification: msp_principal::Classification::Role as i32,
        principal: role.encode_to_vec().into(),
    }
}

fn signed_by(index: i32) -> SignaturePolicy {
    SignaturePolicy { r#type: Some(signature_policy::Type::SignedBy(index)) }
}

fn n_out_of(n: i32, rules: Vec<SignaturePolicy>) -> SignaturePolicy {
    SignaturePolicy { r#type: Some(signature_policy::Type::NOutOf(signature_policy::NOutOf { n, rules })) }
}

/// What stands between the commas of an operator.
enum Part {
    /// An operator, whose principals have their numbers.
    Rule(SignaturePolicy),
    /// A principal without a number yet.
    Principal(MspPrincipal),
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    identities: Vec<MspPrincipal>,
}

impl<'a> Parser<'a> {
    fn rule(&mut self, depth: usize) -> Result<Part, ParseError> {
        if depth > DEPTH_MAX {
            return Err(ParseError::TooDeep);
        }
        self.skip_space();
        match self.rest().chars().next() {
            Some('\'' | '"') => self.principal().map(Part::Principal),
            Some(letter) if letter.is_ascii_alphabetic() => self.operator(depth).map(Part::Rule),
            _ => Err(self.expected("an operator or a quoted principal")),
        }
    }

    fn operator(&mut self, depth: usize) -> Result<SignaturePolicy, ParseError> {
        let word = self.take_while(|letter| letter.is_ascii_alphanumeric());
        let operator = word.to_ascii_lowercase();
        if !matches!(operator.as_str(), "and" | "or" | "outof") {
            return Err(ParseError::Operator { word: word.to_owned() });
        }
        self.take('(', "'('")?;
        let threshold = match operator.as_str() {
            "outof" => {
                let threshold = self.number()?;
                self.take(',', "','")?;
                Some(threshold)
            }
            _ => None,
        };
        let mut parts = vec![self.rule(depth + 1)?];
        while self.try_take(',') {
            // A comma may stand behind the last one.
            self.skip_space();
            if self.rest().starts_with(')') {
                break;
            }
            parts.push(self.rule(depth + 1)?);
        }
        self.take(')', "',' or ')'")?;
        let rules = self.numbered(parts)?;
        let n = match operator.as_str() {
            "and" => rules.len() as i64,
            "or" => 1,
            _ => threshold.unwrap_or_default(),
        };
        // Fabric lets one more than there are rules pass; such a policy is never satisfied.
        if n < 0 || n > rules.len() as i64 + 1 {
            return Err(ParseError::Threshold { threshold: n, rules: rules.len() });
        }
        Ok(n_out_of(n as i32, rules))
    }

    /// Gives the principals of an operator their numbers. Operators within it have had theirs before, as in Fabric;
    /// organisations compare the encoded policies.
    fn numbered(&mut self, parts: Vec<Part>) -> Result<Vec<SignaturePolicy>, ParseError> {
        let mut rules = Vec::with_capacity(parts.len());
        for part in parts {
            rules.push(match part {
                Part::Rule(rule) => rule,
                Part::Principal(_) if self.identities.len() >= PRINCIPALS_MAX => return Err(ParseError::TooLong),
                Part::Principal(principal) => {
                    self.identities.push(principal);
                    signed_by(self.identities.len() as i32 - 1)
                }
            });
        }
        Ok(rules)
    }

    fn principal(&mut self) -> Result<MspPrincipal, ParseError> {
        let quote = self.rest().chars().next().unwrap_or('\'');
        self.position += 1;
        let word = self.take_while(|letter| letter != quote);
        self.take(quote, "a closing quote")?;
        let unknown = || ParseError::Principal { word: word.to_owned() };
        let (msp_id, role) = word.rsplit_once('.').ok_or_else(unknown)?;
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
        if msp_id.is_empty() || !msp_id.chars().all(allowed) {
            return Err(unknown());
        }
        let role = match role {
            "member" => msp_role::MspRoleType::Member,
            "admin" => msp_role::MspRoleType::Admin,
            "client" => msp_role::MspRoleType::Client,
            "peer" => msp_role::MspRoleType::Peer,
            "orderer" => msp_role::MspRoleType::Orderer,
            _ => return Err(unknown()),
        };
        Ok(role_principal(msp_id, role))
    }

    /// A threshold, written with or without quotes.
    fn number(&mut self) -> Result<i64, ParseError> {
        let quote = ['\'', '"'].into_iter().find(|quote| self.try_take(*quote));
        self.skip_space();
        let start = self.position;
        let digits = self.take_while(|letter| letter.is_ascii_digit() || letter == '-');
        let number = digits.parse().map_err(|_| ParseError::Expected { expected: "a number", position: start + 1 })?;
        match quote {
            Some(quote) => self.take(quote, "a closing quote").map(|()| number),
            None => Ok(number),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|letter| !wanted(letter)).unwrap_or(rest.len());
        self.position += end;
        &rest[..end]
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn try_take(&mut self, letter: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(letter);
        if found {
            self.position += letter.len_utf8();
        }
        found
    }

    fn take(&mut self, letter: char, expected: &'static str) -> Result<(), ParseError> {
        if self.try_take(letter) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn expected(&self, expected: &'static str) -> ParseError {
        ParseError::Expected { expected, position: self.position + 1 }
    }
}

/// Prints a policy in the language; parts that it cannot express (principals that are no roles, broken references) are
/// shown between angle brackets.
pub fn print(envelope: &SignaturePolicyEnvelope) -> String {
    match &envelope.rule {
        Some(rule) => print_rule(rule, &envelope.identities, 0),
        None => "<no rule>".to_owned(),
    }
}

fn print_rule(rule: &SignaturePolicy, identities: &[MspPrincipal], depth: usize) -> String {
    match &rule.r#type {
        _ if depth > PRINTED_DEPTH_MAX => "<nested too deep>".to_owned(),
        None => "<no rule>".to_owned(),
        Some(signature_policy::Type::SignedBy(index)) => {
            let principal = usize::try_from(*index).ok().and_then(|index| identities.get(index));
            principal.map_or_else(|| format!("<no principal {index}>"), print_principal)
        }
        Some(signature_policy::Type::NOutOf(threshold)) => {
            let rules: Vec<_> = threshold.rules.iter().map(|rule| print_rule(rule, identities, depth + 1)).collect();
            match (threshold.n, rules.len()) {
                (1, 1..) => format!("OR({})", rules.join(", ")),
                (n, count) if n > 0 && n as usize == count => format!("AND({})", rules.join(", ")),
                (n, _) => format!("OutOf({n}, {})", rules.join(", ")),
            }
        }
    }
}

fn print_principal(principal: &MspPrincipal) -> String {
    let is_role = principal.principal_classification == msp_principal::Classification::Role as i32;
    match MspRole::decode(principal.principal.clone()) {
        Ok(role) if is_role => {
            let name = match role.role() {
                msp_role::MspRoleType::Member => "member",
                msp_role::MspRoleType::Admin => "admin",
                msp_role::MspRoleType::Client => "client",
                msp_role::MspRoleType::Peer => "peer",
                msp_role::MspRoleType::Orderer => "orderer",
            };
            format!("'{}.{name}'", role.msp_identifier)
        }
        _ => "<principal that is no role>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, printed: &str) {
        let envelope = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(print(&envelope), printed);
        assert_eq!(parse(printed).as_ref().map(print), Ok(printed.to_owned()), "printing reads back");
    }

    #[test]
    fn policies_read_and_print() {
        check("OR('Org1MSP.member')", "OR('Org1MSP.member')");
        check("'Org1MSP.peer'", "OR('Org1MSP.peer')");
        check("and('A.member',\"B.b.admin\")", "AND('A.member', 'B.b.admin')");
        check(
            "OutOf(2, 'A.peer', OR('B.client', 'C.orderer'), 'A.peer')",
            "OutOf(2, 'A.peer', OR('B.client', 'C.orderer'), 'A.peer')",
        );
        check("OutOf('1', 'A.peer')", "OR('A.peer')");
        check("OR('A.peer',)", "OR('A.peer')");
        // Fabric 3.1 no longer reads these, Fabric 2 does.
        check("and('A.peer', or('B.peer', 'C.peer'))", "AND('A.peer', OR('B.peer', 'C.peer'))");
    }

    #[test]
    fn each_mention_is_an_identity() {
        let envelope = parse("AND('A.peer', 'A.peer')").expect("well-formed");
        assert_eq!(envelope.identities.len(), 2);
    }

    #[test]
    fn principals_of_inner_operators_come_first() {
        let envelope = parse("AND('A.peer', OR('B.peer', 'C.peer'), 'D.peer')").expect("well-formed");
        let names: Vec<String> = envelope
            .identities
            .iter()
            .map(|identity| MspRole::decode(identity.principal.clone()).expect("a role").msp_identifier)
            .collect();
        assert_eq!(names, ["B", "C", "A", "D"]);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse(text).expect_err(text).to_string(), expected);
        };
        check("", "invalid policy string: expected an operator or a quoted principal at character 1");
        check("OR('A.member'", "invalid policy string: expected ',' or ')' at character 14");
        check("OR('A.member') x", "invalid policy string: expected the end of the policy at character 16");
        check("NOR('A.member')", "unrecognized token 'NOR' in policy string: the operators are AND, OR and OutOf");
        check("OutOf(4, 'A.member')", "invalid t-out-of-n predicate, t 4, n 1");
        check("OutOf(x, 'A.member')", "invalid policy string: expected a number at character 7");
        check("OutOf('1\", 'A.member')", "invalid policy string: expected a closing quote at character 9");
        check("OutOf(1.5, 'A.member')", "invalid policy string: expected ',' at character 8");
        check("OutOf(-1, 'A.member')", "invalid t-out-of-n predicate, t -1, n 1");
        check("OutOf(1)", "invalid policy string: expected ',' at character 8");
        check("OR()", "invalid policy string: expected an operator or a quoted principal at character 4");
        check("OR('A.member',,)", "invalid policy string: expected an operator or a quoted principal at character 15");
        check("OR(A.member)", "unrecognized token 'A' in policy string: the operators are AND, OR and OutOf");
        let principal = |word: &str| {
            format!(
                "unrecognized token '{word}' in policy string: a principal is 'MSPID.role' with the role member, admin, \
                 client, peer or orderer"
            )
        };
        check("OR('A.boss')", &principal("A.boss"));
        check("OR('A')", &principal("A"));
        check("OR('.member')", &principal(".member"));
        check("OR('A_B.member')", &principal("A_B.member"));
        check("OR('A.Member')", &principal("A.Member"));
        check("OR(\"A.member')", "invalid policy string: expected a closing quote at character 15");
        assert!(matches!(parse("OR('A.member.x')"), Err(ParseError::Principal { .. })));
        assert!(matches!(parse("OR('Ä.member')"), Err(ParseError::Principal { .. })));
        assert_eq!(parse(&"OR(".repeat(1000)), Err(ParseError::TooDeep));
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_an_answer(text in ".{0,200}") {
            let _ = parse(&text);
        }
    }
}
