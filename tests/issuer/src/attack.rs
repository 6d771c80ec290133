//! What somebody comes with who should not get in, and by which rule they are refused: by every engine,
//! at every door.

use crate::{Company, Kind, Template, alt_name};

/// A credential as somebody shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its type.
    pub credential_type: u16,
    /// What follows the type: the content of one `opaque<V>`.
    pub content: Vec<u8>,
}

/// The rules of a room in which only certificates count.
pub const ROOM: &str = r#"
    language = 1
    version = 1

    [domains."a.example"]
    credentials = ["x509"]

    [domains."b.example"]
    credentials = ["x509"]

    [external_senders."a.example"]
    credentials = ["x509"]
"#;

/// An attempt to get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
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

/// All of them.
pub const ATTACKS: [Attack; 6] = [
    Attack::GarbageChain,
    Attack::AnothersCredential,
    Attack::SwappedKey,
    Attack::ForeignAnchor,
    Attack::StolenHandle,
    Attack::Downgrade,
];

/// A company that the group believes.
pub fn a() -> Company {
    Company::of("a.example", 1)
}

/// Another one.
pub fn b() -> Company {
    Company::of("b.example", 2)
}

/// A leaf with everything up to the root, so that nothing is missing.
fn chain(leaf: &Template, company: &Company) -> Shown {
    let all = [
        leaf.issue(),
        company.authority().issue(),
        company.root().issue(),
    ];
    certificates(&all)
}

fn certificates(all: &[Vec<u8>]) -> Shown {
    // Each has a length of two bytes in front (RFC 9420, section 2.1.2).
    let framed = all.iter().map(|der| {
        let length = u16::try_from(der.len()).unwrap() | 0x4000;
        [&length.to_be_bytes(), der.as_slice()].concat()
    });
    Shown {
        credential_type: 2,
        content: framed.collect::<Vec<_>>().concat(),
    }
}

/// What an honest client of a.example comes with.
pub fn honest(user: &str, key: &[u8]) -> Shown {
    of(&a(), user, key)
}

/// What it shows after a year: the next certificate.
pub fn renewed(user: &str, key: &[u8]) -> Shown {
    let leaf = Template {
        serial: vec![4],
        ..leaf(&a(), user, key)
    };
    chain(&leaf, &a())
}

/// What an honest client comes with whose certificate is valid between these seconds of Unix time.
pub fn valid(user: &str, key: &[u8], from: u64, until: u64) -> Shown {
    chain(&leaf(&a(), user, key).valid(from, until), &a())
}

fn of(company: &Company, user: &str, key: &[u8]) -> Shown {
    chain(&leaf(company, user, key), company)
}

fn leaf(company: &Company, user: &str, key: &[u8]) -> Template {
    company.certificate(&Kind::Ed25519.spki(key), &format!("{user}/1"), user)
}

/// A key that whoever attacks does not have.
const OTHER_KEY: [u8; 32] = [7; 32];

impl Attack {
    /// The plugin and the rule that refuse a newcomer.
    pub fn newcomer_rule(self) -> &'static str {
        match self {
            Self::GarbageChain => "x509 X5-14",
            Self::AnothersCredential | Self::SwappedKey => "x509 X5-3",
            Self::ForeignAnchor | Self::StolenHandle => "x509 X5-21",
            Self::Downgrade => "credential_policy POL-4",
        }
    }

    /// The plugin and the rule that refuse a member's new credential.
    pub fn successor_rule(self) -> &'static str {
        match self {
            Self::StolenHandle => "x509 X5-8",
            _ => self.newcomer_rule(),
        }
    }

    /// The credential that a newcomer of that name shows next to a key.
    pub fn newcomer(self, user: &str, key: &[u8]) -> Shown {
        match self {
            Self::StolenHandle => {
                let (client, owner) = uris(user);
                let leaf = b().certificate(&Kind::Ed25519.spki(key), "", "");
                chain(&leaf.with(alt_name(&[&client, &owner])), &b())
            }
            _ => self.credential(user, key),
        }
    }

    /// The credential that a member of that name shows in the place of the one it has.
    pub fn successor(self, user: &str, key: &[u8]) -> Shown {
        match self {
            Self::StolenHandle => {
                let (client, _) = uris(user);
                let (_, colleague) = uris("colleague");
                let leaf = a().certificate(&Kind::Ed25519.spki(key), "", "");
                chain(&leaf.with(alt_name(&[&client, &colleague])), &a())
            }
            _ => self.credential(user, key),
        }
    }

    fn credential(self, user: &str, key: &[u8]) -> Shown {
        match self {
            // The shortest length that takes two bytes.
            Self::GarbageChain => certificates(&[vec![0; 64]]),
            Self::AnothersCredential => honest("alice", &OTHER_KEY),
            Self::SwappedKey => honest(user, &OTHER_KEY),
            Self::ForeignAnchor => of(&Company::of("a.example", 9), user, key),
            Self::StolenHandle | Self::Downgrade => Shown {
                credential_type: 1,
                content: uris(user).0.into_bytes(),
            },
        }
    }
}

fn uris(user: &str) -> (String, String) {
    let client = format!("mimi://a.example/d/{user}/1");
    (client, format!("mimi://a.example/u/{user}"))
}
