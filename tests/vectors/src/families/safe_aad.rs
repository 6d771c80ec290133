//! SafeAAD: the authenticated data of messages, where the group frames it.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, safe_aad::SafeAad};
//!
//! let valid = SafeAad::cases().into_iter().filter(|case| case.rule.is_none());
//! assert!(valid.count() >= 3);
//! ```

use serde::{Deserialize, Serialize};

use super::{ComponentData, Family, component_data, filler};
use crate::Hex;

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeAad {
    /// What it shows.
    pub says: String,
    /// The whole `authenticated_data` of a message.
    pub authenticated_data: Hex,
    /// The items in it, or `null` when it is not valid.
    pub items: Option<Vec<ComponentData>>,
    /// The rule that refuses it.
    pub rule: Option<String>,
}

impl Family for SafeAad {
    const NAME: &'static str = "safe-aad";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 4.9";

    fn cases() -> Vec<Self> {
        let item = |id, data: &[u8]| ComponentData::new(id, data);
        let valid = |says: &str, items: &[ComponentData]| Self {
            says: says.into(),
            authenticated_data: component_data(items).into(),
            items: Some(items.to_vec()),
            rule: None,
        };
        let invalid = |says: &str, rule: &str, bytes: &[u8]| Self {
            says: says.into(),
            authenticated_data: bytes.into(),
            items: None,
            rule: Some(rule.into()),
        };
        let two = [item(0x8001, b"one"), item(0x8002, b"two")];
        let of_two = component_data(&two);
        let cut = of_two.get(..of_two.len() - 1).unwrap_or_default();
        vec![
            valid("no items are one byte", &[]),
            valid("one item without data", &[item(0x8001, b"")]),
            valid("two items", &two),
            valid(
                "an item whose length takes two bytes",
                &[item(0x0020, &filler("item", 64))],
            ),
            valid(
                "an item of a component that nobody knows",
                &[item(0x7fff, b"?")],
            ),
            invalid("nothing at all", "AAD-5", b""),
            invalid(
                "two items in the wrong order",
                "AAD-3",
                &component_data(&[two[1].clone(), two[0].clone()]),
            ),
            invalid(
                "an item twice",
                "AAD-4",
                &component_data(&[two[0].clone(), two[0].clone()]),
            ),
            invalid(
                "a byte too many",
                "AAD-2",
                &[of_two.as_slice(), &[0]].concat(),
            ),
            invalid("a byte too few", "AAD-1", cut),
            invalid(
                "a length that is not in its shortest form",
                "AAD-1",
                &[0x40, 0x03, 0x80, 0x01, 0x00],
            ),
            invalid("an item that ends in its id", "AAD-1", &[1, 0x80]),
        ]
    }
}
