//! The chain on the wire.

use mls_trellis_hooks::{
    Credential, Ids, Reject,
    wire::{self, Opaque, WireError},
};

use crate::X509;

/// No chain has more certificates (X5-23).
pub const MAX_CERTIFICATES: usize = 8;
/// No certificate is longer, in bytes of DER (X5-23).
pub const MAX_CERTIFICATE_LEN: usize = 8 * 1024;
/// No chain is longer, in bytes as it stands in the credential (X5-23).
pub const MAX_CHAIN_LEN: usize = 32 * 1024;

/// `Certificate certificates<V>`: the end entity's certificate, then others that may lead to an
/// anchor, in any order. Each is DER that is not looked into yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    leaf: Opaque,
    others: Vec<Opaque>,
}

impl Chain {
    /// A chain of DER certificates, the end entity's first.
    ///
    /// # Errors
    /// X5-1 when there are none; X5-23 when there are too many, or they are too long.
    pub fn new<C: Into<Opaque>>(certificates: impl IntoIterator<Item = C>) -> Result<Self, Reject> {
        let certificates = certificates.into_iter().map(Into::into);
        Self::of(certificates.collect())
    }

    /// Reads the content of a credential.
    ///
    /// # Errors
    /// X5-1 when it is malformed or empty; X5-23 when there is too much of it.
    pub fn parse(content: &[u8]) -> Result<Self, Reject> {
        if content.len() > MAX_CHAIN_LEN {
            return Err(too_much(format!("{} bytes of certificates", content.len())));
        }
        // A vector of certificates is framed as a vector of bytes is.
        let framed = wire::encode(&Opaque::from(content));
        let chain = framed.and_then(|bytes| wire::decode::<Vec<Opaque>>(&bytes));
        Self::of(chain.map_err(|e| Reject::peer("X5-1", e.to_string()))?)
    }

    /// As a credential, by the numbers in force.
    ///
    /// # Errors
    /// When the chain is longer than a vector can be.
    pub fn credential(&self, ids: &Ids) -> Result<Credential, WireError> {
        let certificates: Vec<Opaque> = self.iter().cloned().collect();
        let framed = wire::encode(&certificates)?;
        Ok(Credential {
            credential_type: ids.credential::<X509>(),
            content: wire::decode::<Opaque>(&framed)?.0.into(),
        })
    }

    /// The end entity's certificate.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        self.leaf.as_slice()
    }

    /// The other certificates, as they stand there.
    pub fn others(&self) -> impl Iterator<Item = &[u8]> {
        self.others.iter().map(Opaque::as_slice)
    }

    fn of(certificates: Vec<Opaque>) -> Result<Self, Reject> {
        let count = certificates.len();
        if count > MAX_CERTIFICATES {
            return Err(too_much(format!("{count} certificates")));
        }
        let longest = certificates.iter().map(|c| c.as_slice().len()).max();
        let mut certificates = certificates.into_iter();
        let (Some(leaf), Some(longest)) = (certificates.next(), longest) else {
            return Err(Reject::peer("X5-1", "the credential has no certificate"));
        };
        if longest > MAX_CERTIFICATE_LEN {
            return Err(too_much(format!("a certificate of {longest} bytes")));
        }
        let others = certificates.collect();
        Ok(Self { leaf, others })
    }

    fn iter(&self) -> impl Iterator<Item = &Opaque> {
        std::iter::once(&self.leaf).chain(&self.others)
    }
}

fn too_much(what: String) -> Reject {
    Reject::peer("X5-23", format!("{what}, which is too much"))
}
