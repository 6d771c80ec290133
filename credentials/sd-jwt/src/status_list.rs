//! Token Status Lists (draft-ietf-oauth-status-list-20), as somebody fetched them.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use mls_trellis_hooks::{Evidence, Reject, Standing, StatusRef, StatusSource};
use serde_json::Value;

use crate::{
    PublicKey,
    wire::{Jwt, decode},
};

/// The longest list that is kept, in bytes once it is inflated: eight million tokens of one bit.
pub const MAX_STATUS_LIST: usize = 1024 * 1024;
/// The longest token with a list that is looked at, in bytes.
pub const MAX_STATUS_TOKEN: usize = 2 * 1024 * 1024;
/// So many lists are kept.
pub const MAX_STATUS_LISTS: usize = 256;

/// The latest list from each URI. Cloning is cheap, and clones share the lists: hand one to whoever
/// judges, and keep one to supply.
///
/// ```
/// use mls_trellis_hooks::{StatusRef, StatusSource};
/// use mls_trellis_sd_jwt::StatusLists;
///
/// let lists = StatusLists::default();
/// let uri = "https://id.a.example/status/1".to_owned();
/// assert_eq!(lists.status(&StatusRef::Token { uri, index: 7 }), None);
/// ```
#[derive(Clone, Default)]
pub struct StatusLists(Arc<RwLock<BTreeMap<String, List>>>);

/// A list, inflated.
struct List {
    bits: u8,
    bytes: Vec<u8>,
    issued: u64,
    until: Option<u64>,
}

impl StatusLists {
    /// Keeps the list that was fetched from this URI as a `statuslist+jwt`, and signed by its issuer
    /// with this key.
    ///
    /// # Errors
    /// REV-1 when it is not signed by the key, or is of another URI; REV-2 when it is none; REV-3 when
    /// it is too long, inflated too, or there are too many; REV-4 when a later one is known; SDJ-13 when
    /// it is no token.
    pub fn supply(&self, token: &[u8], uri: &str, issuer: &PublicKey) -> Result<(), Reject> {
        let list = List::read(token, uri, issuer)?;
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match lists.get(uri) {
            Some(known) if known.issued > list.issued => {
                let detail = format!(
                    "the list of {} is older than that of {}",
                    list.issued, known.issued
                );
                return Err(Reject::misuse("REV-4", detail));
            }
            None if lists.len() >= MAX_STATUS_LISTS => {
                return Err(Reject::misuse("REV-3", "there are too many lists"));
            }
            _ => {}
        }
        lists.insert(uri.to_owned(), list);
        Ok(())
    }
}

impl StatusSource for StatusLists {
    fn status(&self, of: &StatusRef) -> Option<Evidence> {
        let StatusRef::Token { uri, index } = of else {
            return None;
        };
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let list = lists.get(uri)?;
        Some(Evidence {
            standing: list.standing(*index),
            as_of: list.issued,
            until: list.until,
            source: format!("{uri} of {}", list.issued),
        })
    }
}

impl fmt::Debug for StatusLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(lists.keys()).finish()
    }
}

impl List {
    fn read(token: &[u8], uri: &str, issuer: &PublicKey) -> Result<Self, Reject> {
        if token.len() > MAX_STATUS_TOKEN {
            let detail = format!("{} bytes, of {MAX_STATUS_TOKEN} at most", token.len());
            return Err(Reject::peer("REV-3", detail));
        }
        let text = std::str::from_utf8(token);
        let text = text.map_err(|e| Reject::peer("REV-2", format!("a list: {e}")))?;
        let jwt = Jwt::parse(text)?;
        if jwt.header("typ") != Some("statuslist+jwt") {
            return Err(Reject::peer("REV-2", "the token is no statuslist+jwt"));
        }
        if !issuer.verifies(jwt.header("alg"), jwt.signed, &jwt.signature) {
            return Err(Reject::peer(
                "REV-1",
                "the signature of the list is not the issuer's",
            ));
        }
        let number = |name: &str| match jwt.payload.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| {
                Reject::peer("REV-2", format!("{name} of the list is no point in time"))
            }),
        };
        if jwt.payload.get("sub").and_then(Value::as_str) != Some(uri) {
            return Err(Reject::peer("REV-1", format!("the list is not of {uri}")));
        }
        let issued = number("iat")?;
        let issued = issued.ok_or_else(|| Reject::peer("REV-2", "the list has no iat"))?;
        let expires = number("exp")?;
        let stale = number("ttl")?.map(|ttl| issued.saturating_add(ttl));
        let list = jwt.payload.get("status_list").and_then(Value::as_object);
        let list = list.ok_or_else(|| Reject::peer("REV-2", "the token holds no status_list"))?;
        let bits = match list.get("bits").and_then(Value::as_u64) {
            Some(1) => 1,
            Some(2) => 2,
            Some(4) => 4,
            Some(8) => 8,
            _ => return Err(Reject::peer("REV-2", "a status has 1, 2, 4 or 8 bits")),
        };
        let packed = list.get("lst").and_then(Value::as_str);
        let packed = decode(packed.ok_or_else(|| Reject::peer("REV-2", "the list has no lst"))?)?;
        Ok(Self {
            bits,
            bytes: inflate(&packed)?,
            issued,
            until: expires.into_iter().chain(stale).min(),
        })
    }

    /// The first status stands in the lowest bits.
    fn standing(&self, index: u64) -> Standing {
        let in_a_byte = u64::from(8 / self.bits);
        let byte = usize::try_from(index / in_a_byte).ok();
        let Some(byte) = byte.and_then(|byte| self.bytes.get(byte)) else {
            return Standing::Unlisted;
        };
        let shift = (index % in_a_byte) * u64::from(self.bits);
        let mask = 0xff_u8 >> (8 - self.bits);
        match (byte >> shift) & mask {
            0 => Standing::Good,
            1 => Standing::Revoked,
            2 => Standing::Suspended,
            other => Standing::Other(other),
        }
    }
}

/// REV-3: what would inflate to more than is kept stops there.
fn inflate(packed: &[u8]) -> Result<Vec<u8>, Reject> {
    use miniz_oxide::inflate::TINFLStatus;

    decompress_to_vec_zlib_with_limit(packed, MAX_STATUS_LIST).map_err(|e| match e.status {
        TINFLStatus::HasMoreOutput => {
            let detail = format!("the list inflates to more than {MAX_STATUS_LIST} bytes");
            Reject::peer("REV-3", detail)
        }
        status => Reject::peer("REV-2", format!("lst of the list: {status:?}")),
    })
}
