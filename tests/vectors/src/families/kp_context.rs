//! kp_context: what a KeyPackage is meant for.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, kp_context::KpContext};
//!
//! let valid = KpContext::cases().into_iter().filter(|case| case.rule.is_none());
//! assert!(valid.count() >= 4);
//! ```

use serde::{Deserialize, Serialize};

use super::{Family, filler};
use crate::{Hex, tls::Writer};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KpContext {
    /// What it shows.
    pub says: String,
    /// The `extension_data`.
    pub extension_data: Hex,
    /// The type of the context, or `null` when it is not valid.
    pub context_type: Option<u8>,
    /// The context, or `null` when it is not valid.
    pub context_value: Option<Hex>,
    /// The rule that refuses it.
    pub rule: Option<String>,
}

impl Family for KpContext {
    const NAME: &'static str = "kp-context";
    const SOURCE: &'static str = "draft-mahy-mls-kp-context-00";

    fn cases() -> Vec<Self> {
        let pair = |context_type, value: &[u8]| Writer::new().u8(context_type).opaque(value).done();
        let valid = |says: &str, context_type, value: &[u8]| Self {
            says: says.into(),
            extension_data: pair(context_type, value).into(),
            context_type: Some(context_type),
            context_value: Some(value.into()),
            rule: None,
        };
        let invalid = |says: &str, rule: &str, extension_data: Vec<u8>| Self {
            says: says.into(),
            extension_data: extension_data.into(),
            context_type: None,
            context_value: None,
            rule: Some(rule.into()),
        };
        vec![
            valid("a group", 1, &[1, 2, 3, 4]),
            valid("a URI", 2, b"mimi://hub.example/r/room"),
            valid("a domain", 3, b"hub.example"),
            valid("the thumbprint of a key", 4, &filler("a thumbprint", 32)),
            valid(
                "a long id: the length takes two bytes",
                1,
                &filler("a long id", 64),
            ),
            invalid("the type that is reserved", "KPC-3", pair(0, b"x")),
            invalid("a type that there is not", "KPC-3", pair(5, b"x")),
            invalid("no value", "KPC-4", pair(1, b"")),
            invalid(
                "a byte too many",
                "KPC-9",
                [pair(1, b"x"), vec![0]].concat(),
            ),
            invalid(
                "two pairs",
                "KPC-9",
                [pair(1, b"x"), pair(1, b"x")].concat(),
            ),
            invalid("a byte too few", "KPC-9", vec![1, 2, 0]),
            invalid("nothing", "KPC-9", Vec::new()),
        ]
    }
}
