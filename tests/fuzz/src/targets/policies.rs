//! Policies that administrators write, and that come in from groups.

use std::sync::LazyLock;

use mls_trellis_hooks::{
    Candidate, CipherSuite, Claim, Door, EpochState, Facts, LeafInfo, Plugins, SignatureKey,
    Verified, wire,
};
use mls_trellis_policy::{Compiled, Document};

use crate::{
    Target,
    edits::{edited, seeds},
};

/// Documents: those that make sense are applied to somebody.
pub(crate) const POLICY_DOCUMENT: Target = Target {
    name: "policy_document",
    run,
    seeds: || seeds(2),
};

static PLUGINS: LazyLock<Plugins> = LazyLock::new(|| mls_trellis_bundle::plugins().unwrap());

static DOCUMENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let long = r#"
language = 1
version = 7
administrators = ["mimi://a.example/u/admin"]

[domains."a.example"]
credentials = ["basic", "x509"]
issuers = ["CN=a"]
require = [{ claim = "x509.purposes", any_of = ["1.3.6.1.5.5.7.3.40"] }]
max_validity_days = 90
clients_per_user = 2
succession = [{ from = "basic", to = "x509" }]

[external_senders."hub.example"]
credentials = ["basic"]

[attributes]
claims = { "basic.rank" = "number", "basic.keys" = "texts", "x509.subject.country" = "text" }
policies = '''
permit (principal, action == Action::"member", resource) when {
    principal has basic.rank && principal.basic.rank + 1 > 3
};
@id("no lift")
forbid (principal, action, resource) when {
    principal has basic.keys && principal.basic.keys.contains("lift")
} unless { principal.domain like "*.example" };
'''

[local]
expired = "alarm"
min_remaining_days = 7

[local.revocation]
mode = "hard_for_new"
max_age_hours = 12
"#;
    let short = "language = 1\nversion = 1\n[domains.\"a.example\"]\ncredentials = [\"basic\"]\n";
    [long, short].map(|text| text.as_bytes().to_vec()).to_vec()
});

fn run(data: &[u8]) {
    let (honest, text) = edited(&DOCUMENTS, data);
    let Ok(text) = String::from_utf8(text) else {
        return;
    };
    let document = match Document::parse(&text) {
        Ok(document) => document,
        Err(errors) => {
            assert!(
                honest.is_none_or(|honest| *honest != text.as_bytes()),
                "{errors}"
            );
            assert!(
                errors
                    .0
                    .iter()
                    .all(|error| error.line > 0 && error.column > 0)
            );
            return;
        }
    };
    // What loads is applied in a group, and there nothing is a surprise.
    let rules = document.rules();
    let bytes = wire::encode(rules).unwrap();
    assert_eq!(wire::decode(&bytes).as_ref(), Ok(rules));
    let compiled = Compiled::new(rules.clone()).unwrap();
    let client = "mimi://a.example/d/alice";
    let (member, verified) = (LeafInfo::basic(client), verified(client));
    let mut epoch = EpochState::new(b"room");
    epoch.ids = PLUGINS.ids().clone();
    // Without a leaf, an external sender.
    for leaf in [Some(&member), None] {
        let who = Candidate {
            door: Door::Add,
            epoch: &epoch,
            leaf,
            replaces: None,
            credential: &member.credential,
            key: SignatureKey {
                cipher_suite: CipherSuite(0x0001),
                bytes: b"key",
            },
            verified: &verified,
        };
        let decision = compiled.decide(&who);
        assert_eq!(compiled.decide(&who), decision, "asked again");
        let _ = document.local().judge(&who, 1_000_000);
    }
}

fn verified(client: &str) -> Verified {
    let facts = Facts::default()
        .issued_by("CN=a")
        .claim("rank", Claim::Number(i64::MAX))
        .claim("keys", Claim::texts(["door", "lift"]));
    Verified::new(client.into()).with_facts(facts)
}
