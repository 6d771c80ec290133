//! What a token says once everything about it was checked (RFC 9901, section 7).

use std::collections::BTreeSet;

use mls_trellis_hooks::{Reject, SignatureKey, Unverified};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    anchors::Issuers,
    disclosure::{self, Hash},
    jwk::PublicKey,
    wire::{Jwt, Token, encode},
};

/// Claims that an issuer never hides, because rules depend on their being there (RFC 9901,
/// section 9.7; draft-ietf-oauth-sd-jwt-vc, section 3.2.2.2).
const NEVER_HIDDEN: [&str; 10] = [
    "iss",
    "aud",
    "nbf",
    "exp",
    "cnf",
    "vct",
    "vct#integrity",
    "aka_vcts",
    "status",
    "_sd_alg",
];

/// A token whose issuer's signature and disclosures were checked.
///
/// ```
/// use mls_trellis_sd_jwt::{Presented, PublicKey};
///
/// let nobody = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43) });
/// let key = PublicKey::from_jwk(&nobody)?;
/// assert_eq!(Presented::open(b"no token", &key).unwrap_err().rule(), "SDJ-1");
/// # Ok::<(), mls_trellis_hooks::Reject>(())
/// ```
#[derive(Debug)]
pub struct Presented<'a> {
    claims: Map<String, Value>,
    sd_hash: String,
    key_binding: Option<Jwt<'a>>,
}

impl<'a> Presented<'a> {
    /// Checks the issuer's signature by `issuer`, and puts the disclosures into their places. A key
    /// binding is taken apart and not checked: see [`bound`](Self::bound).
    ///
    /// # Errors
    /// SDJ-1 to SDJ-5 and SDJ-13.
    pub fn open(token: &'a [u8], issuer: &PublicKey) -> Result<Self, Reject> {
        let token = Token::parse(token)?;
        if !signed_by(&token.issued, issuer) {
            return Err(Reject::peer("SDJ-2", "the signature is not the issuer's"));
        }
        Self::opened(token)
    }

    /// What a token says whose issuer's signature holds.
    fn opened(token: Token<'a>) -> Result<Self, Reject> {
        let jwt = token.issued;
        let hash = Hash::of(&jwt.payload)?;
        let mut in_clear: BTreeSet<_> = jwt.payload.keys().cloned().collect();
        in_clear.remove("_sd_alg"); // It is taken out of the claims.
        let claims = disclosure::claims(jwt.payload, &token.disclosures)?;
        let mut hidden = NEVER_HIDDEN.into_iter();
        if let Some(name) =
            hidden.find(|name| claims.contains_key(*name) && !in_clear.contains(*name))
        {
            return Err(Reject::peer(
                "SDJ-5",
                format!("claim {name:?} was hidden by the issuer"),
            ));
        }
        Ok(Self {
            claims,
            sd_hash: hash.digest(token.bound),
            key_binding: token.key_binding,
        })
    }

    /// The claims: those in clear and those disclosed.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// A claim that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// The key that the token is bound to: `cnf.jwk`, and nothing else in `cnf`, so that no network
    /// is needed to find it.
    ///
    /// # Errors
    /// SDJ-8.
    pub fn holder(&self) -> Result<PublicKey, Reject> {
        let cnf = self.claims.get("cnf").and_then(Value::as_object);
        let only = cnf
            .filter(|cnf| cnf.len() == 1)
            .and_then(|cnf| cnf.get("jwk"));
        PublicKey::from_jwk(only.ok_or_else(|| Reject::peer("SDJ-8", "cnf is not one jwk"))?)
    }

    /// Checks the key binding: by whom, for whom, and for what.
    ///
    /// # Errors
    /// SDJ-6 and SDJ-10.
    pub fn bound(
        &self,
        holder: &PublicKey,
        audience: impl Fn(&str) -> bool,
        nonce: &str,
    ) -> Result<(), Reject> {
        let broken = |detail: &str| Err(Reject::peer("SDJ-6", detail));
        let Some(jwt) = &self.key_binding else {
            return broken("there is no key binding");
        };
        if jwt.header("typ") != Some("kb+jwt") {
            return broken("the key binding is of another type");
        }
        if !holder.verifies(jwt.header("alg"), jwt.signed, &jwt.signature) {
            return broken("the signature of the key binding is not the holder's");
        }
        let text = |name: &str| jwt.payload.get(name).and_then(Value::as_str);
        if !jwt.payload.get("iat").is_some_and(Value::is_number) {
            return broken("the key binding does not say when it was made");
        }
        if text("sd_hash") != Some(&self.sd_hash) {
            return broken("the key binding is of other disclosures");
        }
        if !text("aud").is_some_and(audience) {
            return Err(Reject::peer(
                "SDJ-10",
                "the key binding is for somebody else",
            ));
        }
        if text("nonce") != Some(nonce) {
            return Err(Reject::peer("SDJ-10", "the key binding is of another leaf"));
        }
        Ok(())
    }
}

/// Who may vouch for whom, and for which use. Every member needs the same, or they come to different
/// verdicts.
///
/// ```
/// use mls_trellis_sd_jwt::{PublicKey, Trust};
///
/// let jwk = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43) });
/// let trust = Trust::default()
///     .issuer("https://a.example", [PublicKey::from_jwk(&jwk)?])
///     .audience("https://hub.example");
/// # Ok::<(), mls_trellis_hooks::Reject>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trust {
    pub(crate) issuers: Issuers,
    audiences: BTreeSet<String>,
    types: BTreeSet<String>,
    pub(crate) believes_groups: bool,
}

impl Trust {
    /// Trusts what `iss` signs with one of these keys.
    #[must_use]
    pub fn issuer(mut self, iss: &str, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.issuers.entry(iss.to_owned()).or_default().extend(keys);
        self
    }

    /// Accepts key bindings for this audience, besides those for the group: the provider with which
    /// KeyPackages are published.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audiences.insert(audience.to_owned());
        self
    }

    /// Accepts only verifiable credentials (draft-ietf-oauth-sd-jwt-vc), and of them this type
    /// (`vct`). Without any, every SD-JWT is accepted.
    #[must_use]
    pub fn token_type(mut self, vct: &str) -> Self {
        self.types.insert(vct.to_owned());
        self
    }

    /// Takes groups that name their own issuers at their word. Otherwise the issuers of this value
    /// still decide, there too, whom we bring in and which groups we enter (ANC-7).
    #[must_use]
    pub fn believe_groups(mut self) -> Self {
        self.believes_groups = true;
        self
    }

    /// Checks a token as the credential of a leaf with this key. Time is not looked at.
    ///
    /// # Errors
    /// SDJ-1 to SDJ-13; `Missing` when a trusted issuer used a key that is not known here.
    pub fn verify<'a>(
        &self,
        token: &'a [u8],
        key: &SignatureKey<'_>,
        group_id: Option<&[u8]>,
    ) -> Result<Presented<'a>, Unverified> {
        self.verify_by(&self.issuers, Token::parse(token)?, key, group_id)
    }

    /// As [`verify`](Self::verify), from these issuers.
    pub(crate) fn verify_by<'a>(
        &self,
        issuers: &Issuers,
        token: Token<'a>,
        key: &SignatureKey<'_>,
        group_id: Option<&[u8]>,
    ) -> Result<Presented<'a>, Unverified> {
        let presented = self.issued(issuers, token)?;
        self.accepts_type(&presented)?;
        let holder = presented.holder()?;
        if PublicKey::of_leaf(key.cipher_suite, key.bytes).as_ref() != Some(&holder) {
            return Err(
                Reject::peer("SDJ-8", "the token is bound to another key than the leaf's").into(),
            );
        }
        let group = group_id.map(group_audience);
        let audience = |aud: &str| self.audiences.contains(aud) || group.as_deref() == Some(aud);
        presented.bound(&holder, audience, &nonce(key.bytes))?;
        Ok(presented)
    }

    fn accepts_type(&self, presented: &Presented<'_>) -> Result<(), Reject> {
        if self.types.is_empty() {
            return Ok(());
        }
        let vct = presented.text("vct");
        let vct = vct.ok_or_else(|| Reject::peer("SDJ-7", "the token has no type (vct)"))?;
        match self.types.contains(vct) {
            true => Ok(()),
            false => Err(Reject::policy(
                "SDJ-7",
                format!("type {vct:?} is not accepted here"),
            )),
        }
    }

    /// Finds the issuer's key and opens the token with it.
    fn issued<'a>(&self, issuers: &Issuers, token: Token<'a>) -> Result<Presented<'a>, Unverified> {
        let jwt = &token.issued;
        if !self.types.is_empty() && jwt.header("typ") != Some("dc+sd-jwt") {
            let detail = "the token is no verifiable credential (dc+sd-jwt)";
            return Err(Reject::peer("SDJ-7", detail).into());
        }
        let iss = jwt.payload.get("iss").and_then(Value::as_str);
        let iss = iss.ok_or_else(|| Reject::peer("SDJ-2", "the token does not name its issuer"))?;
        let untrusted = || Reject::policy("SDJ-2", format!("issuer {iss:?} is not trusted"));
        let keys = issuers.get(iss).ok_or_else(untrusted)?;
        match keys.iter().any(|key| signed_by(jwt, key)) {
            true => Ok(Presented::opened(token)?),
            false => Err(unknown_key(iss, jwt)),
        }
    }
}

fn signed_by(jwt: &Jwt<'_>, key: &PublicKey) -> bool {
    key.verifies(jwt.header("alg"), jwt.signed, &jwt.signature)
}

/// A signature by none of the keys that are known: forged, or by a key that is to be fetched. Only a
/// `kid` makes the second worth a try.
fn unknown_key(iss: &str, jwt: &Jwt<'_>) -> Unverified {
    match jwt.header("kid") {
        Some(kid) => Unverified::Missing(vec![format!("key {kid:?} of issuer {iss}")]),
        None => Reject::peer("SDJ-2", "the signature is not the issuer's").into(),
    }
}

/// The audience of key bindings for one group.
#[must_use]
pub fn group_audience(group_id: &[u8]) -> String {
    format!("mls:{}", encode(group_id))
}

/// The nonce of key bindings for a leaf with this signature key, so that a token cannot be lifted
/// into another leaf.
#[must_use]
pub fn nonce(signature_key: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"MLS 1.0 SD-JWT key binding");
    hash.update(signature_key);
    encode(&hash.finalize())
}
