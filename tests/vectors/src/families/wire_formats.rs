//! Lists of wire formats, in leaves and in the GroupContext.
//!
//! ```
//! use mls_trellis_vectors::families::wire_formats::extension;
//!
//! assert_eq!(extension(0x0007, &[2, 0, 6]), [0, 7, 3, 2, 0, 6]);
//! ```

use serde::{Deserialize, Serialize};

use super::Family;
use crate::{Hex, tls::Writer};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireFormats {
    /// What it shows.
    pub says: String,
    /// The formats, or `null` when it is not valid.
    pub wire_formats: Option<Vec<u16>>,
    /// The extension `supported_wire_formats` of a leaf with them.
    pub supported: Hex,
    /// The extension `required_wire_formats` of a GroupContext with them.
    pub required: Hex,
    /// The rule that refuses both.
    pub rule: Option<String>,
}

/// The encoding of an extension.
#[must_use]
pub fn extension(extension_type: u16, data: &[u8]) -> Vec<u8> {
    Writer::new().u16(extension_type).opaque(data).done()
}

impl Family for WireFormats {
    const NAME: &'static str = "wire-formats";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 5";

    fn cases() -> Vec<Self> {
        let case = |says: &str, data: &[u8]| Self {
            says: says.into(),
            wire_formats: None,
            supported: extension(0x0007, data).into(),
            required: extension(0x0008, data).into(),
            rule: Some("WF-4".into()),
        };
        let valid = |says: &str, formats: &[u16]| {
            let data = Writer::new().vector(formats, |w, format| w.u16(*format));
            Self {
                wire_formats: Some(formats.to_vec()),
                rule: None,
                ..case(says, &data.done())
            }
        };
        vec![
            valid("none", &[]),
            valid("targeted messages", &[0x0006]),
            valid(
                "several, and one for private use",
                &[0x0006, 0x0007, 0xf001],
            ),
            valid(
                "40 formats: the length takes two bytes",
                &(0xf100..0xf128).collect::<Vec<_>>(),
            ),
            case("nothing, not even a length", &[]),
            case("half a format", &[3, 0, 6, 0]),
            case("a byte too many", &[2, 0, 6, 0]),
            case("a byte too few", &[2, 0]),
            case(
                "a length that is not in its shortest form",
                &[0x40, 2, 0, 6],
            ),
        ]
    }
}
