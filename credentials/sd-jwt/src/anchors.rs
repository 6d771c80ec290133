//! Issuers as a group names them among its anchors.

use std::collections::BTreeMap;

use mls_trellis_hooks::{
    Anchors, CredentialType, Reject,
    wire::{self, Opaque, Text, WireError},
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use crate::PublicKey;

/// Keys by the issuer (`iss`) that signs with them.
pub(crate) type Issuers = BTreeMap<String, Vec<PublicKey>>;

/// An issuer with its keys: the anchor for credentials of this kind.
///
/// ```text
/// struct { SignatureScheme scheme; opaque public_key<V>; } IssuerKey;
/// struct { opaque iss<V>; IssuerKey keys<V>; } Issuer;
/// ```
///
/// ```
/// use mls_trellis_sd_jwt::{Issuer, PublicKey};
///
/// let jwk = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43) });
/// let issuer = Issuer::new("https://id.a.example", [PublicKey::from_jwk(&jwk)?]);
/// assert_eq!(Issuer::parse(&issuer.anchor()?)?, issuer);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    iss: String,
    keys: Vec<PublicKey>,
}

#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
struct Written {
    iss: Text,
    keys: Vec<WrittenKey>,
}

#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
struct WrittenKey {
    scheme: u16,
    public_key: Opaque,
}

impl Issuer {
    /// The issuer `iss`, which signs with these keys.
    #[must_use]
    pub fn new(iss: &str, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self {
            iss: iss.to_owned(),
            keys: keys.into_iter().collect(),
        }
    }

    /// The anchor's bytes.
    ///
    /// # Errors
    /// When there are more keys than a vector can hold.
    pub fn anchor(&self) -> Result<Vec<u8>, WireError> {
        let keys = self.keys.iter().map(|key| WrittenKey {
            scheme: key.scheme(),
            public_key: key.bytes().into(),
        });
        wire::encode(&Written {
            iss: self.iss.as_str().into(),
            keys: keys.collect(),
        })
    }

    /// Reads an anchor.
    ///
    /// # Errors
    /// ANC-6 when it names no issuer with keys, or a key is of no kind that is known here.
    pub fn parse(anchor: &[u8]) -> Result<Self, Reject> {
        let none = |detail: String| Reject::policy("ANC-6", format!("no issuer: {detail}"));
        let written: Written = wire::decode(anchor).map_err(|e| none(e.to_string()))?;
        if written.iss.0.is_empty() || written.keys.is_empty() {
            return Err(none("it lacks its name or its keys".to_owned()));
        }
        let keys = written.keys.iter().map(|key| {
            PublicKey::of_scheme(key.scheme, key.public_key.as_slice())
                .ok_or_else(|| none(format!("a key of signature scheme {:#06x}", key.scheme)))
        });
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
            iss: written.iss.0,
        })
    }
}

/// The issuers that a group believes, by the domains for which they speak. One that is none spoils its
/// domain's (ANC-6).
#[derive(Debug)]
pub(crate) struct OfGroup(BTreeMap<String, Result<Issuers, Reject>>);

impl OfGroup {
    pub(crate) fn new(anchors: &Anchors, credential_type: CredentialType) -> Self {
        let issuers = anchors.domains(credential_type).map(|(domain, anchors)| {
            let mut issuers = Issuers::new();
            let read = anchors.iter().try_for_each(|anchor| {
                let Issuer { iss, keys } = Issuer::parse(anchor)?;
                issuers.entry(iss).or_default().extend(keys);
                Ok(())
            });
            (domain.to_owned(), read.map(|()| issuers))
        });
        Self(issuers.collect())
    }

    /// Who vouches for clients of a domain.
    ///
    /// # Errors
    /// ANC-6 when nobody does.
    pub(crate) fn of(&self, domain: Option<&str>) -> Result<&Issuers, Reject> {
        let nobody = || {
            let whom = domain.unwrap_or("a client whose name is no URI");
            Reject::policy("ANC-6", format!("the group has no issuer for {whom}"))
        };
        let issuers = domain.and_then(|domain| self.0.get(domain));
        issuers.ok_or_else(nobody)?.as_ref().map_err(Clone::clone)
    }
}
