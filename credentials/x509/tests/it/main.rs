//! X.509 credentials as the engine meets them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod crl;
mod facts;
mod groups;
mod mutants;
mod oracle;
mod paths;
mod profile;

use mls_trellis_hooks::{
    CipherSuite, Credential, CredentialKind, Door, Kinds, Reject, SignatureKey, Unverified,
    Verified, VerifyView,
};
use mls_trellis_issuer::{Key, Kind, Template};
use mls_trellis_x509::{Chain, Policy, X509};

pub(crate) const CLIENT: &str = "mimi://a.example/d/alice/phone";
pub(crate) const USER: &str = "mimi://a.example/u/alice";
pub(crate) const NOW: u64 = 1_750_000_000; // in June 2025

/// The keys of a small hierarchy, all of one kind.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    pub(crate) root: Key,
    pub(crate) middle: Key,
    pub(crate) lower: Key,
    pub(crate) leaf: Key,
}

impl Keys {
    pub(crate) fn of(kind: Kind) -> Self {
        let key = |seed| Key { kind, seed };
        Self {
            root: key(11),
            middle: key(12),
            lower: key(13),
            leaf: key(14),
        }
    }

    pub(crate) fn root(self) -> Template {
        Template::root(self.root)
    }

    /// An authority under the root.
    pub(crate) fn middle(self) -> Template {
        Template::authority("middle", self.middle, "root", self.root)
    }

    /// Another one under that.
    pub(crate) fn lower(self) -> Template {
        Template::authority("lower", self.lower, "middle", self.middle)
    }

    /// A client under the middle.
    pub(crate) fn leaf(self) -> Template {
        Template::leaf(self.leaf.spki(), &[CLIENT, USER], "middle", self.middle)
    }

    /// A client under the lower one.
    pub(crate) fn low_leaf(self) -> Template {
        Template::leaf(self.leaf.spki(), &[CLIENT, USER], "lower", self.lower)
    }
}

pub(crate) fn x509(root: &Template) -> X509 {
    X509::new(
        Policy::default()
            .anchor(&root.issue(), ["a.example"])
            .unwrap(),
    )
}

pub(crate) fn credential(chain: &[Vec<u8>]) -> Credential {
    let chain = Chain::new(chain.iter().map(Vec::as_slice)).unwrap();
    chain.credential(&Default::default()).unwrap()
}

/// The verdict on a chain next to the leaf key.
pub(crate) fn verify(x509: &X509, chain: &[Vec<u8>], key: Key) -> Result<Verified, Unverified> {
    verify_bytes(x509, chain, key.kind.suite(), &key.public())
}

pub(crate) fn verify_bytes(
    x509: &X509,
    chain: &[Vec<u8>],
    suite: u16,
    key: &[u8],
) -> Result<Verified, Unverified> {
    verify_content(x509, &credential(chain).content, suite, key)
}

pub(crate) fn verify_content(
    x509: &X509,
    content: &[u8],
    suite: u16,
    key: &[u8],
) -> Result<Verified, Unverified> {
    let key = SignatureKey {
        cipher_suite: CipherSuite(suite),
        bytes: key,
    };
    let cx = VerifyView {
        kinds: Kinds::none(),
        ..VerifyView::new(Door::Add)
    };
    CredentialKind::verify(x509, content, &key, &cx)
}

/// By which rule something is refused, or "fine", or "missing".
pub(crate) fn rule(verdict: &Result<Verified, Unverified>) -> &str {
    match verdict {
        Ok(_) => "fine",
        Err(Unverified::Missing(_)) => "missing",
        Err(Unverified::Reject(reject)) => reject.rule(),
    }
}

pub(crate) fn detail(verdict: &Result<Verified, Unverified>) -> String {
    match verdict {
        Ok(_) => "fine".into(),
        Err(unverified) => unverified.to_string(),
    }
}

/// The verdict on a leaf, alone different from what it should be.
pub(crate) fn leaf_rule(change: impl FnOnce(Template) -> Template) -> String {
    let keys = Keys::of(Kind::Ed25519);
    let chain = [change(keys.leaf()).issue(), keys.middle().issue()];
    rule(&verify(&x509(&keys.root()), &chain, keys.leaf)).to_owned()
}

/// The same, of the authority above the leaf.
pub(crate) fn middle_rule(change: impl FnOnce(Template) -> Template) -> String {
    let keys = Keys::of(Kind::Ed25519);
    let chain = [keys.leaf().issue(), change(keys.middle()).issue()];
    rule(&verify(&x509(&keys.root()), &chain, keys.leaf)).to_owned()
}

/// The same, of the anchor, which may be refused as one.
pub(crate) fn root_rule(change: impl FnOnce(Template) -> Template) -> String {
    let keys = Keys::of(Kind::Ed25519);
    let policy = Policy::default().anchor(&change(keys.root()).issue(), ["a.example"]);
    let policy: Result<Policy, Reject> = policy;
    match policy {
        Err(reject) => format!("no anchor by {}", reject.rule()),
        Ok(policy) => {
            let chain = [keys.leaf().issue(), keys.middle().issue()];
            rule(&verify(&X509::new(policy), &chain, keys.leaf)).to_owned()
        }
    }
}
