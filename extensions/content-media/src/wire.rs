//! Media types on the wire, as any peer may have written them.

use std::fmt;

use mls_trellis_hooks::{MediaType, wire::Opaque};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// A parameter of a media type, such as `charset=UTF-8`.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Parameter {
    /// Its name (`parameter_name`).
    pub name: Opaque,
    /// Its value (`parameter_value`): any bytes, without the quotes and the backslashes that a text
    /// would need.
    pub value: Opaque,
}

/// `MediaType` of the draft, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RawMediaType {
    /// Top-level type and subtype (`type`), such as `image/png`; empty, in a message, for the first
    /// one of the group's list.
    pub essence: Opaque,
    /// The parameters in the order sent.
    pub parameters: Vec<Parameter>,
}

/// The entry of the component in a leaf, in the GroupContext and in an AppDataUpdate.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct MediaTypeList {
    /// The media types (`media_type_list`); the first is the group's default.
    pub media_types: Vec<RawMediaType>,
}

/// The content of an application message in a group with a list.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ApplicationFraming {
    /// What the content is.
    pub media_type: RawMediaType,
    /// The content itself (`inner_application_content`).
    pub content: Opaque,
}

impl RawMediaType {
    /// In a message, the first media type of the group's list.
    #[must_use]
    pub fn group_default() -> Self {
        Self::from(&MediaType::new(""))
    }
}

impl From<&MediaType> for RawMediaType {
    fn from(media_type: &MediaType) -> Self {
        let parameters = media_type.parameters.iter();
        Self {
            essence: media_type.essence.as_bytes().into(),
            parameters: parameters
                .map(|(name, value)| Parameter {
                    name: name.as_bytes().into(),
                    value: value.as_slice().into(),
                })
                .collect(),
        }
    }
}

impl fmt::Display for RawMediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.essence.as_slice().escape_ascii())?;
        for Parameter { name, value } in &self.parameters {
            let (name, value) = (name.as_slice(), value.as_slice());
            write!(f, ";{}=\"{}\"", name.escape_ascii(), value.escape_ascii())?;
        }
        Ok(())
    }
}
