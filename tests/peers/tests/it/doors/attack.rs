//! What somebody comes with who should not get in.

use std::sync::Arc;

use mls_trellis_bundle::x509::Chain;
use mls_trellis_engine::{Signer as _, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Credential};
use mls_trellis_issuer::{Company, Kind, Template, alt_name};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    /// Bytes that are no certificate.
    GarbageChain,
    /// The chain of another member, who has another key.
    AnothersCredential,
    /// One's own chain next to another key.
    SwappedKey,
    /// A chain of an authority that nobody believes, which calls itself as the real one does.
    ForeignAnchor,
    /// A name that is not one's own: as a newcomer, of another company than one's authority; as a
    /// member, of a colleague whose client one pretends to be.
    StolenHandle,
    /// The name alone, without anybody to vouch for it.
    Downgrade,
}

pub(crate) const ATTACKS: [Attack; 6] = [
    Attack::GarbageChain,
    Attack::AnothersCredential,
    Attack::SwappedKey,
    Attack::ForeignAnchor,
    Attack::StolenHandle,
    Attack::Downgrade,
];

pub(crate) fn a() -> Company {
    Company::of("a.example", 1)
}

pub(crate) fn b() -> Company {
    Company::of("b.example", 2)
}

pub(crate) fn key() -> Arc<SoftwareSigner> {
    Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap())
}

fn spki(key: &[u8]) -> Vec<u8> {
    Kind::Ed25519.spki(key)
}

/// A leaf with everything up to the root, so that nothing is missing.
fn chain(leaf: &Template, company: &Company) -> Credential {
    let all = [
        leaf.issue(),
        company.authority().issue(),
        company.root().issue(),
    ];
    let chain = Chain::new(all.iter().map(Vec::as_slice)).unwrap();
    chain.credential(&Default::default()).unwrap()
}

/// What an honest client of a.example comes with.
pub(crate) fn honest(user: &str, key: &[u8]) -> Credential {
    of(&a(), user, key)
}

/// What it shows after a year: the next certificate.
pub(crate) fn renewed(user: &str, key: &[u8]) -> Credential {
    let leaf = Template {
        serial: vec![4],
        ..a().certificate(&spki(key), &format!("{user}/1"), user)
    };
    chain(&leaf, &a())
}

fn of(company: &Company, user: &str, key: &[u8]) -> Credential {
    let leaf = company.certificate(&spki(key), &format!("{user}/1"), user);
    chain(&leaf, company)
}

impl Attack {
    /// The credential that a newcomer of that name shows next to a key.
    pub(crate) fn newcomer(self, user: &str, key: &[u8]) -> Credential {
        match self {
            Self::StolenHandle => {
                let (client, owner) = uris(user);
                let leaf = b().certificate(&spki(key), "", "");
                chain(&leaf.with(alt_name(&[&client, &owner])), &b())
            }
            _ => self.credential(user, key),
        }
    }

    /// The credential that a member of that name shows in the place of the one it has.
    pub(crate) fn successor(self, user: &str, key: &[u8]) -> Credential {
        match self {
            Self::StolenHandle => {
                let (client, _) = uris(user);
                let (_, colleague) = uris("colleague");
                let leaf = a().certificate(&spki(key), "", "");
                chain(&leaf.with(alt_name(&[&client, &colleague])), &a())
            }
            _ => self.credential(user, key),
        }
    }

    fn credential(self, user: &str, key: &[u8]) -> Credential {
        match self {
            Self::GarbageChain => {
                let garbage = Chain::new([b"no certificate"]).unwrap();
                garbage.credential(&Default::default()).unwrap()
            }
            Self::AnothersCredential => honest("alice", self::key().public_key()),
            Self::SwappedKey => honest(user, self::key().public_key()),
            Self::ForeignAnchor => of(&Company::of("a.example", 9), user, key),
            Self::StolenHandle | Self::Downgrade => Credential::basic(&uris(user).0),
        }
    }
}

fn uris(user: &str) -> (String, String) {
    let client = format!("mimi://a.example/d/{user}/1");
    (client, format!("mimi://a.example/u/{user}"))
}
