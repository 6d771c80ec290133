//! Public keys as JSON Web Keys (RFC 7517, RFC 8037), and their signatures (RFC 7518, section 3).

use ed25519_dalek::VerifyingKey as Ed25519;
use mls_trellis_hooks::{CipherSuite, Reject};
use p256::ecdsa::signature::Verifier as _;
use serde_json::{Map, Value, json};

use crate::wire::{decode, encode};

/// A public key that can sign tokens or be a leaf's signature key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    /// As it stands in a leaf: an uncompressed point, or the 32 bytes of Ed25519.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
    Ed25519,
}

impl Curve {
    const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Ed25519];

    fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Ed25519 => "Ed25519",
        }
    }

    fn key_type(self) -> &'static str {
        match self {
            Self::Ed25519 => "OKP",
            _ => "EC",
        }
    }

    /// The length of a coordinate in bytes.
    fn field(self) -> usize {
        match self {
            Self::P256 | Self::Ed25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The one signature algorithm of keys on this curve.
    fn algorithm(self) -> &'static str {
        match self {
            Self::P256 => "ES256",
            Self::P384 => "ES384",
            Self::P521 => "ES512",
            Self::Ed25519 => "EdDSA",
        }
    }

    /// The signature scheme of keys on this curve (RFC 8446, section 4.2.3).
    fn scheme(self) -> u16 {
        match self {
            Self::P256 => 0x0403,
            Self::P384 => 0x0503,
            Self::P521 => 0x0603,
            Self::Ed25519 => 0x0807,
        }
    }

    /// The length of a key as it stands in a leaf, in bytes.
    fn key(self) -> usize {
        match self {
            Self::Ed25519 => self.field(),
            _ => 1 + 2 * self.field(),
        }
    }

    /// The curve of signature keys in a cipher suite (RFC 9420, section 17.1).
    fn of(suite: CipherSuite) -> Option<Self> {
        match suite.0 {
            0x0001 | 0x0003 => Some(Self::Ed25519),
            0x0002 => Some(Self::P256),
            0x0005 => Some(Self::P521),
            0x0007 => Some(Self::P384),
            _ => None,
        }
    }
}

impl PublicKey {
    /// Reads a JWK. A key with private members, of another type, or with coordinates that are not
    /// exactly as long as the curve says, is none.
    ///
    /// # Errors
    /// SDJ-8.
    pub fn from_jwk(jwk: &Value) -> Result<Self, Reject> {
        let jwk = jwk.as_object().ok_or_else(|| bad("a JWK is an object"))?;
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let mut curves = Curve::ALL.into_iter();
        let curve = curves.find(|curve| {
            text("crv") == Some(curve.name()) && text("kty") == Some(curve.key_type())
        });
        let curve = curve.ok_or_else(|| bad("not a key on a curve that is known here"))?;
        if ["d", "k", "p", "q"]
            .iter()
            .any(|name| jwk.contains_key(*name))
        {
            return Err(bad("a public key has no private members"));
        }
        fits(jwk, "alg", &[curve.algorithm(), "Ed25519"])?;
        fits(jwk, "use", &["sig"])?;
        if let Some(operations) = jwk.get("key_ops") {
            let verifies = operations
                .as_array()
                .is_some_and(|list| list.contains(&"verify".into()));
            if !verifies {
                return Err(bad("the key is not for verifying"));
            }
        }
        let coordinate = |name: &str| -> Result<Vec<u8>, Reject> {
            let bytes = decode(text(name).ok_or_else(|| bad(format!("no coordinate {name}")))?)?;
            match bytes.len() == curve.field() {
                true => Ok(bytes),
                false => Err(bad(format!("coordinate {name} has {} bytes", bytes.len()))),
            }
        };
        let x = coordinate("x")?;
        let bytes = match curve {
            Curve::Ed25519 if jwk.contains_key("y") => return Err(bad("Ed25519 keys have no y")),
            Curve::Ed25519 => x,
            _ => [vec![0x04], x, coordinate("y")?].concat(),
        };
        Ok(Self { curve, bytes })
    }

    /// The key of a leaf in a group of this cipher suite, or `None` for suites whose keys no JWK
    /// can hold.
    #[must_use]
    pub fn of_leaf(suite: CipherSuite, bytes: &[u8]) -> Option<Self> {
        let curve = Curve::of(suite)?;
        Some(Self {
            curve,
            bytes: bytes.to_vec(),
        })
    }

    /// As a JWK, for `cnf` of a token that is to be issued.
    ///
    /// ```
    /// use mls_trellis_hooks::CipherSuite;
    /// use mls_trellis_sd_jwt::PublicKey;
    ///
    /// let key = PublicKey::of_leaf(CipherSuite(0x0001), &[7; 32]).unwrap();
    /// assert_eq!(PublicKey::from_jwk(&key.to_jwk())?, key);
    /// # Ok::<(), mls_trellis_hooks::Reject>(())
    /// ```
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let (kty, crv) = (self.curve.key_type(), self.curve.name());
        let coordinates = match self.curve {
            Curve::Ed25519 => self.bytes.as_slice(),
            _ => self.bytes.get(1..).unwrap_or_default(),
        };
        let mut coordinates = coordinates.chunks(self.curve.field()).map(encode);
        let mut jwk = json!({ "kty": kty, "crv": crv, "x": coordinates.next() });
        if let (Some(y), Some(jwk)) = (coordinates.next(), jwk.as_object_mut()) {
            jwk.insert("y".to_owned(), y.into());
        }
        jwk
    }

    /// The key of this signature scheme, as it would stand in a leaf; `None` when it is of another
    /// length, or no JWK can hold it.
    pub(crate) fn of_scheme(scheme: u16, bytes: &[u8]) -> Option<Self> {
        let mut curves = Curve::ALL.into_iter();
        let curve = curves.find(|curve| curve.scheme() == scheme && curve.key() == bytes.len())?;
        Some(Self {
            curve,
            bytes: bytes.to_vec(),
        })
    }

    /// The one algorithm of its signatures.
    pub(crate) fn algorithm(&self) -> &'static str {
        self.curve.algorithm()
    }

    /// A signature as MLS has it, in the form of JOSE (RFC 7518, section 3.4); `None` when it is none.
    pub(crate) fn jose(&self, signature: &[u8]) -> Option<Vec<u8>> {
        match self.curve {
            Curve::P256 => {
                let signature = p256::ecdsa::Signature::from_der(signature);
                signature.ok().map(|s| s.to_bytes().to_vec())
            }
            Curve::P384 => {
                let signature = p384::ecdsa::Signature::from_der(signature);
                signature.ok().map(|s| s.to_bytes().to_vec())
            }
            Curve::P521 => {
                let signature = p521::ecdsa::Signature::from_der(signature);
                signature.ok().map(|s| s.to_bytes().to_vec())
            }
            Curve::Ed25519 => Some(signature.to_vec()),
        }
    }

    pub(crate) fn scheme(&self) -> u16 {
        self.curve.scheme()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether `signature` is the key's over `signed`, by the one algorithm that the key allows. The
    /// algorithm that a header names must be that one.
    pub(crate) fn verifies(&self, algorithm: Option<&str>, signed: &str, signature: &[u8]) -> bool {
        if algorithm != Some(self.curve.algorithm()) {
            return false;
        }
        let signed = signed.as_bytes();
        let verified = match self.curve {
            Curve::P256 => {
                p256::ecdsa::VerifyingKey::from_sec1_bytes(&self.bytes).and_then(|key| {
                    key.verify(signed, &p256::ecdsa::Signature::from_slice(signature)?)
                })
            }
            Curve::P384 => {
                p384::ecdsa::VerifyingKey::from_sec1_bytes(&self.bytes).and_then(|key| {
                    key.verify(signed, &p384::ecdsa::Signature::from_slice(signature)?)
                })
            }
            Curve::P521 => {
                p521::ecdsa::VerifyingKey::from_sec1_bytes(&self.bytes).and_then(|key| {
                    key.verify(signed, &p521::ecdsa::Signature::from_slice(signature)?)
                })
            }
            Curve::Ed25519 => <&[u8; 32]>::try_from(self.bytes.as_slice())
                .map_err(|_| ed25519_dalek::SignatureError::new())
                .and_then(Ed25519::from_bytes)
                .and_then(|key| {
                    let signature = ed25519_dalek::Signature::from_slice(signature)?;
                    key.verify_strict(signed, &signature)
                }),
        };
        verified.is_ok()
    }
}

/// A member that narrows what the key is for, if it is there, says one of these.
fn fits(jwk: &Map<String, Value>, name: &str, allowed: &[&str]) -> Result<(), Reject> {
    match jwk.get(name) {
        Some(value) if !allowed.iter().any(|allowed| value == allowed) => {
            Err(bad(format!("{name} is {value}")))
        }
        _ => Ok(()),
    }
}

fn bad(detail: impl Into<String>) -> Reject {
    Reject::peer("SDJ-8", detail)
}
