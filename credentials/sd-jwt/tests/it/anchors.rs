//! Issuers that a group names itself.

use std::sync::Arc;

use mls_trellis_hooks::{
    AnchorSource, Anchors, Assessment, Assessor as _, Candidate, CipherSuite, Component,
    ComponentId, Credential, CredentialKind as _, CredentialType, Door, Draft, EpochState, Hooks,
    LeafInfo, Origin, Plugin, Plugins, Reject, SignatureKey, Unverified, Verified, VerifyView,
};
use mls_trellis_sd_jwt::{Issuer, PublicKey, SdJwt};

use crate::forge::{Forge, GROUP, ISS, jwk, key, rule};

/// A group whose anchors are these.
struct Pinned(Arc<Anchors>);

impl Component for Pinned {
    const NAME: &'static str = "pinned";
    const DEFAULT_ID: ComponentId = ComponentId(0x8103);
    const DRAFT: Draft = Draft::private("pinned", "1");
}

impl AnchorSource for Pinned {
    fn anchors(&self, _: &EpochState) -> Option<Result<Arc<Anchors>, Reject>> {
        Some(Ok(self.0.clone()))
    }
}

impl Plugin for Pinned {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).anchor_source();
    }
}

fn group(anchors: Anchors) -> EpochState {
    let plugins = Plugins::builder().add(Arc::new(Pinned(Arc::new(anchors))), Origin::here());
    let epoch = EpochState::new(GROUP).with_plugins(&plugins.build().unwrap());
    epoch.requiring([Pinned::DEFAULT_ID])
}

fn forge() -> Forge {
    let mut forge = Forge::new();
    forge.payload["sub"] = "mimi://a.example/d/alice/1".into();
    forge
}

fn public(name: &str) -> PublicKey {
    PublicKey::from_jwk(&jwk(&key(name))).unwrap()
}

/// The issuer of the forge, for a domain.
fn named(domain: &str) -> Anchors {
    let issuer = Issuer::new(ISS, [public("another"), public("issuer")]);
    Anchors::default().with(domain, SdJwt::TYPE, issuer.anchor().unwrap())
}

fn verdict(kind: &SdJwt, forge: &Forge, group: &EpochState) -> Result<Verified, Unverified> {
    let leaf = forge.holder.verifying_key();
    let key = SignatureKey {
        cipher_suite: CipherSuite(0x0001),
        bytes: leaf.as_bytes(),
    };
    let view = VerifyView {
        epoch: Some(group),
        ..VerifyView::new(Door::Add)
    };
    kind.verify(forge.token().as_bytes(), &key, &view)
}

#[test]
fn anc_6_a_groups_issuers_vouch_for_their_domain_alone() {
    let (forge, nobody) = (forge(), SdJwt::default());
    assert!(verdict(&nobody, &forge, &group(named("a.example"))).is_ok());

    let ours = SdJwt::new(forge.trust());
    assert!(verdict(&ours, &forge, &EpochState::new(GROUP)).is_ok());
    for anchors in [Anchors::default(), named("b.example")] {
        assert_eq!(rule(verdict(&ours, &forge, &group(anchors))), "ANC-6");
    }
    let other = Issuer::new("https://other.example", [public("issuer")]);
    let other = Anchors::default().with("a.example", SdJwt::TYPE, other.anchor().unwrap());
    assert_eq!(rule(verdict(&ours, &forge, &group(other))), "SDJ-2");
    let x509 = Anchors::default().with("a.example", CredentialType::X509, b"DER");
    assert_eq!(rule(verdict(&ours, &forge, &group(x509))), "ANC-6");

    // A name that is of no domain is nobody's to vouch for.
    let nameless = verdict(&nobody, &Forge::new(), &group(named("a.example")));
    assert_eq!(rule(nameless), "ANC-6");
}

#[test]
fn anc_6_an_issuer_that_is_none_spoils_its_domain_and_no_other() {
    let spoil = |domain| named("a.example").with(domain, SdJwt::TYPE, b"no issuer");
    let (forge, kind) = (forge(), SdJwt::default());
    assert_eq!(
        rule(verdict(&kind, &forge, &group(spoil("a.example")))),
        "ANC-6"
    );
    assert!(verdict(&kind, &forge, &group(spoil("b.example"))).is_ok());
}

#[test]
fn anc_6_an_anchor_is_an_issuer_with_keys() {
    let key = public("issuer");
    let anchor = Issuer::new("i", [key.clone()]).anchor().unwrap();
    let raw = &anchor[anchor.len() - 32..];
    let expected = [&[1, b'i', 35, 8, 7, 32][..], raw].concat();
    assert_eq!(anchor, expected);
    assert_eq!(
        Issuer::parse(&anchor).unwrap(),
        Issuer::new("i", [key.clone()])
    );

    let unknown = [&[1, b'i', 35, 8, 8, 32][..], raw].concat();
    let short = [&[1, b'i', 34, 8, 7, 31][..], &raw[1..]].concat();
    let trailing = [&anchor[..], &[0]].concat();
    let nameless = Issuer::new("", [key]).anchor().unwrap();
    let keyless = Issuer::new("i", []).anchor().unwrap();
    for bad in [&unknown, &short, &trailing, &nameless, &keyless] {
        assert_eq!(Issuer::parse(bad).unwrap_err().rule(), "ANC-6", "{bad:?}");
    }
}

#[test]
fn anc_7_our_own_issuers_decide_whom_we_bring_in() {
    let (forge, group) = (forge(), group(named("a.example")));
    let (kind, known) = (SdJwt::default(), SdJwt::new(forge.trust()));
    let verified = verdict(&kind, &forge, &group).unwrap();
    let mut leaf = LeafInfo::basic("");
    leaf.credential = Credential {
        credential_type: SdJwt::TYPE,
        content: forge.token().into_bytes().into(),
    };
    let holder = forge.holder.verifying_key();
    let who = Candidate {
        door: Door::Add,
        epoch: &group,
        leaf: Some(&leaf),
        replaces: None,
        credential: &leaf.credential,
        key: SignatureKey {
            cipher_suite: CipherSuite(0x0001),
            bytes: holder.as_bytes(),
        },
        verified: &verified,
    };
    assert_eq!(known.assess(&who, 0), Assessment::Fine);
    match kind.assess(&who, 0) {
        Assessment::Avoid(reject) => assert_eq!(reject.rule(), "ANC-7"),
        other => panic!("{other:?}"),
    }
    // Where the group names nobody, the verdict was ours to begin with.
    let without = EpochState::new(GROUP);
    let who = Candidate {
        epoch: &without,
        ..who
    };
    assert_eq!(kind.assess(&who, 0), Assessment::Fine);
}

#[test]
fn anc_7_nobody_is_asked_who_believes_groups() {
    let assessors = |trust: mls_trellis_sd_jwt::Trust| {
        let plugins = Plugins::builder().add(Arc::new(SdJwt::new(trust)), Origin::here());
        plugins.build().unwrap().assessors().len()
    };
    assert_eq!(assessors(forge().trust()), 1);
    assert_eq!(assessors(forge().trust().believe_groups()), 0);
}
