//! From the content of a file to the bytes of an object.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use mls_trellis_wire::{ObjectType, decode};

/// Files come with and without padding.
const EITHER: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, EITHER);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, EITHER);

/// How an object is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Encoding {
    /// The bytes themselves.
    Raw,
    /// Two digits a byte.
    Hex,
    /// Base64 with either alphabet, with or without padding.
    Base64,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw",
            Self::Hex => "hex",
            Self::Base64 => "base64",
        })
    }
}

/// The content of a file is not the text it was said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the content is not {0} text")]
pub struct NotText(Encoding);

/// The bytes of an object, and how they were written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    encoding: Encoding,
    bytes: Vec<u8>,
}

impl Input {
    /// Finds out how the content of a file is written down.
    ///
    /// It is hex or base64 only if it consists of that alphabet and white space alone, *and* the
    /// bytes it stands for decode as the object; an object in its own bytes passes neither test by
    /// chance. Text that stands for no such object is still taken as text if it is no such object
    /// itself, so that the error speaks of what was meant.
    #[must_use]
    pub fn detect(object: ObjectType, content: Vec<u8>) -> Self {
        let decodes = |bytes: &[u8]| decode(object, bytes).is_ok();
        let readings = [Encoding::Hex, Encoding::Base64];
        let mut readings: Vec<_> = readings
            .into_iter()
            .filter_map(|encoding| Some((encoding, text(encoding, &content)?)))
            .map(|(encoding, bytes)| Self { encoding, bytes })
            .collect();
        let meant = readings.iter().position(|input| decodes(&input.bytes));
        match meant {
            Some(meant) => readings.swap_remove(meant),
            None if readings.is_empty() || decodes(&content) => Self {
                encoding: Encoding::Raw,
                bytes: content,
            },
            None => readings.swap_remove(0),
        }
    }

    /// Takes the content of a file as written down in this way.
    ///
    /// # Errors
    /// When it is not text of that kind.
    pub fn read_as(encoding: Encoding, content: Vec<u8>) -> Result<Self, NotText> {
        let bytes = match encoding {
            Encoding::Raw => Some(content),
            _ => text(encoding, &content),
        };
        let bytes = bytes.ok_or(NotText(encoding))?;
        Ok(Self { encoding, bytes })
    }

    /// How it was written down.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The bytes of the object.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The bytes that a text stands for, if it is one of that encoding.
fn text(encoding: Encoding, content: &[u8]) -> Option<Vec<u8>> {
    let digits = content
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace());
    let digits: Vec<_> = digits.collect();
    let bytes = match encoding {
        Encoding::Raw => return None,
        Encoding::Hex => hex::decode(&digits).ok(),
        Encoding::Base64 => STANDARD
            .decode(&digits)
            .or_else(|_| URL_SAFE.decode(&digits))
            .ok(),
    };
    bytes.filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const REMOVE: [u8; 4] = [0, 0, 0, 7];

    fn detected(object: ObjectType, content: &[u8]) -> (Encoding, Vec<u8>) {
        let input = Input::detect(object, content.to_vec());
        (input.encoding, input.bytes)
    }

    #[test]
    fn each_way_of_writing_an_object_is_detected() {
        for (content, encoding) in [
            (&REMOVE[..], Encoding::Raw),
            (b"00000007", Encoding::Hex),
            (b" 0000\n0007\r\n", Encoding::Hex),
            (b"AAAABw==", Encoding::Base64),
            (b"AAAABw", Encoding::Base64),
            (b"AAAA Bw==\n", Encoding::Base64),
        ] {
            let found = detected(ObjectType::Remove, content);
            assert_eq!(found, (encoding, REMOVE.to_vec()), "{content:?}");
        }
        let url_safe = detected(ObjectType::Remove, b"-_-_-w");
        assert_eq!(url_safe, (Encoding::Base64, vec![0xfb, 0xff, 0xbf, 0xfb]));
    }

    #[test]
    fn an_object_that_looks_like_text_is_not_mistaken() {
        // All four bytes are hex digits, and base64 too; what they stand for is no Remove.
        assert_eq!(
            detected(ObjectType::Remove, b"abcd"),
            (Encoding::Raw, b"abcd".to_vec())
        );
        assert_eq!(
            detected(ObjectType::Remove, b"a\nb "),
            (Encoding::Raw, b"a\nb ".to_vec())
        );
    }

    #[test]
    fn damaged_text_is_still_taken_as_text() {
        assert_eq!(
            detected(ObjectType::Remove, b"000007"),
            (Encoding::Hex, vec![0, 0, 7])
        );
        assert_eq!(detected(ObjectType::Remove, b"AAAA=").0, Encoding::Raw);
        assert_eq!(detected(ObjectType::Remove, b"").0, Encoding::Raw);
    }

    #[test]
    fn an_encoding_given_by_hand_is_obeyed() {
        let raw = Input::read_as(Encoding::Raw, b"00000007".to_vec()).unwrap();
        assert_eq!(raw.bytes(), b"00000007");
        let error = Input::read_as(Encoding::Hex, b"0000000".to_vec()).unwrap_err();
        assert_eq!(error.to_string(), "the content is not hex text");
    }
}
