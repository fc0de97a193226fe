use super::*;

fn resolve(text: &str) -> Result<Vec<Organization>, SpecError> {
    let config = Config::parse(text.as_bytes()).expect("YAML");
    config.peer_orgs.into_iter().map(|spec| spec.resolve("peer")).collect()
}

fn names(organization: &Organization) -> Vec<&str> {
    organization.nodes.iter().map(|node| node.common_name.as_str()).collect()
}

#[test]
fn the_default_makes_two_peer_organizations_and_an_orderer() {
    let config = Config::parse(DEFAULT.as_bytes()).expect("good");
    let domains = |specs: &[OrganizationSpec]| specs.iter().map(|spec| spec.domain.clone()).collect::<Vec<_>>();
    assert_eq!(domains(&config.peer_orgs), ["org1.example.com", "org2.example.com"]);
    assert_eq!(domains(&config.orderer_orgs), ["example.com"]);
    let organizations = resolve(DEFAULT).expect("good");
    assert_eq!(names(&organizations[0]), ["peer0.org1.example.com"]);
    assert_eq!((organizations[0].users, organizations[0].ca_name.as_str()), (1, "ca.org1.example.com"));
}

#[test]
fn nodes_come_from_specs_and_from_the_template() {
    let organizations = resolve(
        "
PeerOrgs:
  - Domain: a.com
    CA: { Hostname: root, Country: CH, PostalCode: 8001 }
    Specs:
      - { Hostname: foo, CommonName: \"{{.Hostname}}27.b.com\", SANS: [\"alt.{{.CommonName}}\", 10.0.0.1] }
      - Hostname: bar
        PublicKeyAlgorithm: ed25519
    Template: { Count: 2, Start: 5, Hostname: \"{{.Prefix}}-{{.Index}}\", SANS: [\"{{.Hostname}}.alt.{{.Domain}}\"] }
    Users:
  - Domain: b.com
    Specs:
",
    )
    .expect("good");
    let organization = &organizations[0];
    assert_eq!(names(organization), ["foo27.b.com", "bar.a.com", "peer-5.a.com", "peer-6.a.com"]);
    assert_eq!(organization.nodes[0].sans, ["foo27.b.com", "foo", "alt.foo27.b.com", "10.0.0.1"]);
    assert_eq!(organization.nodes[2].sans, ["peer-5.a.com", "peer-5", "peer-5.alt.a.com"]);
    assert_eq!(organization.nodes[1].algorithm, KeyAlgorithm::Ed25519);
    assert_eq!((organization.ca_name.as_str(), organization.location.country.as_str()), ("root.a.com", "CH"));
    assert_eq!(
        (organization.location.locality.as_str(), organization.location.postal_code.as_str()),
        ("San Francisco", "8001")
    );
    assert_eq!(organizations[1].nodes, []);
}

#[test]
fn anchors_and_merge_keys() {
    let text = "
Base: &Base { EnableNodeOUs: true, Template: { Count: 1 } }
PeerOrgs:
  - { <<: *Base, Domain: a.com }
";
    let organizations = resolve(text).expect("good");
    assert!(organizations[0].node_ous);
    assert_eq!(names(&organizations[0]), ["peer0.a.com"]);
}

#[test]
fn mistakes_are_named() {
    let cases = [
        ("PeerOrgs: [{ Name: Org1 }]", "an organization has no Domain; give one such as org1.example.com"),
        (
            "PeerOrgs: [{ Domain: a.b, CA: { PublicKeyAlgorithm: rsa } }]",
            "unsupported PublicKeyAlgorithm 'rsa' of ca.a.b; write ecdsa or ed25519",
        ),
        (
            "PeerOrgs: [{ Domain: ../x }]",
            "'../x' cannot be the name of a directory; names have no '/' and are not '.' or '..'",
        ),
        ("PeerOrgs: [{ Domain: a.b, Template: { Count: 10001 } }]", "Count 10001 of a.b is above 10000"),
        (
            "PeerOrgs: [{ Domain: a.b, Template: { Count: 1, Hostname: \"{{.Nope}}\" } }]",
            "Error executing template: '{{.Nope}}' asks for '.Nope'; write one of {{.Prefix}}, {{.Index}}, {{.Domain}}",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(resolve(text).expect_err(text).to_string(), expected);
    }
    let error = Config::parse(b"PeerOrgs: 5").expect_err("no list").to_string();
    assert!(error.contains("PeerOrgs"), "{error}");
}
