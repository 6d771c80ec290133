//! Byte strings in rows of ours, as Base64 text. JSON would spell them out as lists of numbers, and a
//! GroupInfo or Welcome has one for every byte of every member's leaf.
//!
//! For `#[serde(with = "octets")]`, on `Vec<u8>` and `Option<Vec<u8>>`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub(crate) fn serialize<B: Bytes, S: Serializer>(
    bytes: &B,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let bytes = bytes.as_bytes();
    bytes.map(|b| STANDARD.encode(b)).serialize(serializer)
}

pub(crate) fn deserialize<'de, B: Bytes, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<B, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let bytes = text.map(|text| STANDARD.decode(text)).transpose();
    let bytes = bytes.map_err(de::Error::custom)?;
    B::from_bytes(bytes).ok_or_else(|| de::Error::custom("bytes are missing"))
}

/// Bytes that are there, or may be there.
pub(crate) trait Bytes: Sized {
    fn as_bytes(&self) -> Option<&[u8]>;
    fn from_bytes(bytes: Option<Vec<u8>>) -> Option<Self>;
}

impl Bytes for Vec<u8> {
    fn as_bytes(&self) -> Option<&[u8]> {
        Some(self)
    }

    fn from_bytes(bytes: Option<Vec<u8>>) -> Option<Self> {
        bytes
    }
}

impl Bytes for Option<Vec<u8>> {
    fn as_bytes(&self) -> Option<&[u8]> {
        self.as_deref()
    }

    fn from_bytes(bytes: Option<Vec<u8>>) -> Option<Self> {
        Some(bytes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        #[serde(with = "super")]
        always: Vec<u8>,
        #[serde(with = "super")]
        maybe: Option<Vec<u8>>,
    }

    #[test]
    fn bytes_come_back_and_are_text_in_between() {
        let row = |maybe: Option<&[u8]>| Row {
            always: vec![0, 255],
            maybe: maybe.map(<[u8]>::to_vec),
        };
        let all = [
            (row(None), r#"{"always":"AP8=","maybe":null}"#),
            (row(Some(b"")), r#"{"always":"AP8=","maybe":""}"#),
            (row(Some(b"abc")), r#"{"always":"AP8=","maybe":"YWJj"}"#),
        ];
        for (row, json) in all {
            assert_eq!(serde_json::to_string(&row).unwrap(), json);
            assert_eq!(serde_json::from_str::<Row>(json).unwrap(), row);
        }
        for wrong in [
            r#"{"always":null,"maybe":null}"#,
            r#"{"always":"?","maybe":null}"#,
        ] {
            assert!(serde_json::from_str::<Row>(wrong).is_err(), "{wrong}");
        }
    }
}
