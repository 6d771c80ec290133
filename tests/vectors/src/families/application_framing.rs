//! ApplicationFraming, and the lists of media types behind it.
//!
//! ```
//! use mls_trellis_vectors::families::application_framing::MediaType;
//!
//! assert_eq!(MediaType::new("text/plain", &[]).encode(), b"\x0atext/plain\x00");
//! ```

use serde::{Deserialize, Serialize};

use super::{Family, filler};
use crate::{Hex, tls::Writer};

/// One vector: an application message in a group with a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationFraming {
    /// What it shows.
    pub says: String,
    /// The group's list: the entry of component 0x0003 in the GroupContext.
    pub group_list: Vec<MediaType>,
    /// Its encoding.
    pub media_type_list: Hex,
    /// The `application_data` of the message.
    pub application_data: Hex,
    /// What the content is, or `null` when the message is unusable.
    pub media_type: Option<MediaType>,
    /// The content, or `null` when the message is unusable.
    pub content: Option<Hex>,
    /// The rule that it breaks.
    pub rule: Option<String>,
}

/// A media type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaType {
    /// Type and subtype.
    #[serde(rename = "type")]
    pub essence: String,
    /// The parameters: names, and values in bytes.
    pub parameters: Vec<(String, Hex)>,
}

impl MediaType {
    /// A media type with parameters.
    #[must_use]
    pub fn new(essence: &str, parameters: &[(&str, &[u8])]) -> Self {
        let parameters = parameters.iter();
        Self {
            essence: essence.into(),
            parameters: parameters
                .map(|(name, value)| ((*name).to_owned(), (*value).into()))
                .collect(),
        }
    }

    /// Its encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let parameter =
            |w: Writer, (name, value): &(String, Hex)| w.opaque(name.as_bytes()).opaque(value);
        let essence = Writer::new().opaque(self.essence.as_bytes());
        essence.vector(&self.parameters, parameter).done()
    }
}

/// The encoding of a MediaTypeList.
#[must_use]
pub fn media_type_list(list: &[MediaType]) -> Vec<u8> {
    let list = Writer::new().vector(list, |w, media_type| w.raw(&media_type.encode()));
    list.done()
}

impl Family for ApplicationFraming {
    const NAME: &'static str = "application-framing";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 6.2";

    fn cases() -> Vec<Self> {
        let text = MediaType::new("text/plain", &[("charset", b"UTF-8")]);
        let png = MediaType::new("image/png", &[]);
        let exotic = MediaType::new(
            "application/vnd.example.long-name+json",
            &[("a", b""), ("b", b"\"quoted\\\""), ("c", &[b'x'; 64])],
        );
        let list = [text.clone(), png.clone()];
        let default = MediaType::new("", &[]);
        let framed = |media_type: &MediaType, content: &[u8]| {
            Writer::new()
                .raw(&media_type.encode())
                .opaque(content)
                .done()
        };
        let valid = |says: &str, sent: &MediaType, meant: &MediaType, content: &[u8]| Self {
            says: says.into(),
            group_list: list.to_vec(),
            media_type_list: media_type_list(&list).into(),
            application_data: framed(sent, content).into(),
            media_type: Some(meant.clone()),
            content: Some(content.into()),
            rule: None,
        };
        let invalid = |says: &str, rule: &str, application_data: Vec<u8>| Self {
            application_data: application_data.into(),
            media_type: None,
            content: None,
            rule: Some(rule.into()),
            ..valid(says, &default, &default, b"")
        };
        vec![
            valid("the group's default", &default, &text, b"hi"),
            valid("a type by name", &text, &text, b"hi"),
            valid("another type of the list, without content", &png, &png, b""),
            valid(
                "a type that is not of the list",
                &exotic,
                &exotic,
                &filler("content", 70),
            ),
            invalid("not framed", "CA-2", b"hi".to_vec()),
            invalid("nothing", "CA-2", Vec::new()),
            invalid(
                "a byte too many",
                "CA-3",
                [framed(&text, b"hi"), vec![0]].concat(),
            ),
            invalid(
                "parameters without a type",
                "CA-4",
                framed(&MediaType::new("", &[("charset", b"UTF-8")]), b"hi"),
            ),
            invalid(
                "not type and subtype",
                "CA-8",
                framed(&MediaType::new("text", &[]), b"hi"),
            ),
            invalid(
                "a parameter twice",
                "CA-9",
                framed(
                    &MediaType::new("text/plain", &[("a", b"1"), ("A", b"2")]),
                    b"hi",
                ),
            ),
        ]
    }
}
