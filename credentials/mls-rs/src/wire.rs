//! Credentials as mls-rs has them, and as Trellis has them: the same bytes, cut elsewhere.

use mls_rs_core::{
    crypto::SignaturePublicKey,
    identity::{
        BasicCredential, CertificateChain, Credential as Theirs, CustomCredential, SigningIdentity,
    },
};
use mls_trellis_hooks::{
    Credential, CredentialType, Reject,
    wire::{self, Opaque},
};

use crate::Refused;

/// A credential of mls-rs.
///
/// # Errors
/// ENG-0 when it is none of those that mls-rs has today, or too long.
pub fn credential(theirs: &Theirs) -> Result<Credential, Refused> {
    let content = match theirs {
        Theirs::Basic(basic) => basic.identifier.clone(),
        Theirs::X509(chain) => {
            let certificates = chain.iter().map(|certificate| Opaque::from(&**certificate));
            let framed = wire::encode(&certificates.collect::<Vec<_>>());
            let content = framed.and_then(|framed| wire::decode::<Opaque>(&framed));
            content
                .map_err(|e| Reject::misuse("ENG-0", e.to_string()))?
                .0
        }
        Theirs::Custom(custom) => custom.data.clone(),
        _ => {
            let detail = "a form of credential that is not known here";
            return Err(Reject::incompatible("ENG-0", detail).into());
        }
    };
    Ok(Credential {
        credential_type: CredentialType(theirs.credential_type().raw_value()),
        content: content.into(),
    })
}

/// What a client of mls-rs shows: a credential next to a signature key, as it stands in a leaf.
///
/// # Errors
/// X5-1 when a chain of certificates is none.
pub fn signing_identity(ours: &Credential, key: &[u8]) -> Result<SigningIdentity, Refused> {
    let content = ours.content.to_vec();
    let theirs = match ours.credential_type {
        CredentialType::BASIC => Theirs::Basic(BasicCredential::new(content)),
        CredentialType::X509 => {
            let framed = wire::encode(&Opaque::from(content));
            let chain = framed.and_then(|framed| wire::decode::<Vec<Opaque>>(&framed));
            let chain = chain.map_err(|e| Reject::misuse("X5-1", e.to_string()))?;
            let chain: Vec<Vec<u8>> = chain.into_iter().map(|der| der.0).collect();
            Theirs::X509(CertificateChain::from(chain))
        }
        other => Theirs::Custom(CustomCredential::new(other.0.into(), content)),
    };
    Ok(SigningIdentity::new(
        theirs,
        SignaturePublicKey::new_slice(key),
    ))
}
