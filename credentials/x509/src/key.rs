//! The certified key, compared with the key in the leaf.

use mls_trellis_hooks::{CipherSuite, Reject, SignatureKey};
use x509_cert::der::asn1::ObjectIdentifier;

use crate::certificate::{Certificate, reject};

impl Certificate {
    /// X5-3, X5-5, X5-12, X5-13: the certified key is the leaf's signature key, of the suite's kind.
    pub(crate) fn check_key(&self, key: &SignatureKey<'_>) -> Result<(), Reject> {
        let kind = KeyKind::of(key.cipher_suite).ok_or_else(|| {
            Reject::incompatible(
                "X5-5",
                format!("cipher suite {} is not known here", key.cipher_suite),
            )
        })?;
        let certified = self.public_key();
        let algorithm = &certified.algorithm;
        let curve = algorithm.parameters.as_ref();
        let curve_is = match kind.curve {
            None => curve.is_none(),
            Some(oid) => curve.is_some_and(|any| any.decode_as::<ObjectIdentifier>() == Ok(oid)),
        };
        if algorithm.oid != kind.algorithm || !curve_is {
            return Err(reject(
                "X5-5",
                "the certificate is for a key of another kind than the cipher suite's",
            ));
        }
        let Some(bytes) = certified.subject_public_key.as_bytes() else {
            return Err(reject("X5-12", "the certified key is not whole bytes"));
        };
        let is_point = kind.curve.is_none() || bytes.first() == Some(&0x04);
        if bytes.len() != kind.length || !is_point {
            return Err(reject(
                "X5-13",
                "the certified key is not in the form that a leaf has it in",
            ));
        }
        match bytes == key.bytes {
            true => Ok(()),
            false => Err(reject("X5-3", "the certificate is for another key")),
        }
    }
}

/// What kind of key a cipher suite signs with (RFC 9420, section 17.1), as a certificate says it.
struct KeyKind {
    algorithm: ObjectIdentifier,
    curve: Option<ObjectIdentifier>,
    length: usize,
}

impl KeyKind {
    fn of(suite: CipherSuite) -> Option<Self> {
        let oid = ObjectIdentifier::new_unwrap;
        let edwards = |algorithm, length| Self {
            algorithm: oid(algorithm),
            curve: None,
            length,
        };
        let ecdsa = |curve, length| Self {
            algorithm: oid("1.2.840.10045.2.1"),
            curve: Some(oid(curve)),
            length,
        };
        Some(match suite.0 {
            0x0001 | 0x0003 => edwards("1.3.101.112", 32),
            0x0004 | 0x0006 => edwards("1.3.101.113", 57),
            0x0002 => ecdsa("1.2.840.10045.3.1.7", 65),
            0x0007 => ecdsa("1.3.132.0.34", 97),
            0x0005 => ecdsa("1.3.132.0.35", 133),
            _ => return None,
        })
    }
}
