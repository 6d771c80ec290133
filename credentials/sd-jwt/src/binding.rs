//! Presenting a token: the key binding, signed by the leaf's key wherever it lives (RFC 9901,
//! section 4.3).

use mls_trellis_hooks::{Reject, SignatureKey};
use serde_json::json;

use crate::{
    PublicKey,
    disclosure::Hash,
    nonce,
    wire::{Token, encode},
};

/// A key binding that is to be signed. Most libraries for holders want the private key itself; a leaf's
/// key may be in a keystore that gives nothing away.
///
/// ```
/// use mls_trellis_hooks::{CipherSuite, SignatureKey};
/// use mls_trellis_sd_jwt::{KeyBinding, group_audience};
///
/// # fn present(issued: &str, public: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>)
/// #     -> Result<Vec<u8>, mls_trellis_hooks::Reject> {
/// let key = SignatureKey { cipher_suite: CipherSuite(0x0001), bytes: public };
/// let binding = KeyBinding::new(issued, &key, &group_audience(b"room"), 1_750_000_000)?;
/// let signature = sign(binding.to_sign());
/// let content = binding.signed(&signature)?; // of a credential
/// # Ok(content)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct KeyBinding<'a> {
    issued: &'a str,
    key: PublicKey,
    signed: String,
}

impl<'a> KeyBinding<'a> {
    /// Binds what is presented, a token up to its last tilde with the disclosures that are to be seen,
    /// to the leaf with this key. The audience is one group ([`group_audience`](crate::group_audience))
    /// or one that verifiers accept ([`Trust::audience`](crate::Trust::audience)). It is issued at that
    /// second of Unix time.
    ///
    /// # Errors
    /// SDJ-1 to SDJ-3 and SDJ-13 when the token is none, or has a binding already; SDJ-8 when no JWK can
    /// hold the key.
    pub fn new(
        issued: &'a str,
        key: &SignatureKey<'_>,
        audience: &str,
        issued_at: u64,
    ) -> Result<Self, Reject> {
        let token = Token::parse(issued.as_bytes())?;
        if token.key_binding.is_some() {
            return Err(Reject::misuse(
                "SDJ-1",
                "the token has a key binding already",
            ));
        }
        let public = PublicKey::of_leaf(key.cipher_suite, key.bytes).ok_or_else(|| {
            let suite = key.cipher_suite;
            Reject::misuse("SDJ-8", format!("no JWK holds the keys of suite {suite}"))
        })?;
        let hash = Hash::of(&token.issued.payload)?;
        let header = json!({ "alg": public.algorithm(), "typ": "kb+jwt" });
        let payload = json!({
            "iat": issued_at,
            "aud": audience,
            "nonce": nonce(key.bytes),
            "sd_hash": hash.digest(token.bound),
        });
        let [header, payload] = [header, payload].map(|part| encode(part.to_string().as_bytes()));
        Ok(Self {
            issued,
            key: public,
            signed: format!("{header}.{payload}"),
        })
    }

    /// What the leaf's key is to sign, without any label of MLS.
    #[must_use]
    pub fn to_sign(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    /// The content of the credential. The signature is in the form that MLS has it, DER for ECDSA.
    ///
    /// # Errors
    /// SDJ-6 when the signature is not the key's.
    pub fn signed(&self, signature: &[u8]) -> Result<Vec<u8>, Reject> {
        let wrong = || Reject::misuse("SDJ-6", "the signature is not the leaf key's");
        let signature = self.key.jose(signature).ok_or_else(wrong)?;
        let algorithm = Some(self.key.algorithm());
        if !self.key.verifies(algorithm, &self.signed, &signature) {
            return Err(wrong());
        }
        let (issued, signed) = (self.issued, &self.signed);
        Ok(format!("{issued}{signed}.{}", encode(&signature)).into_bytes())
    }
}
