//! A file of vectors.
//!
//! ```
//! use mls_trellis_vectors::{File, Hex};
//!
//! let file = File { family: "bytes".into(), source: "nowhere".into(), cases: vec![Hex(vec![0x0a])] };
//! let json = file.to_json()?;
//! assert!(json.contains("\"0a\""));
//! assert_eq!(File::<Hex>::from_json(&json)?, file);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// All vectors of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File<T> {
    /// The name of the kind, as that of the file.
    pub family: String,
    /// The document and section that the vectors are of.
    pub source: String,
    /// The vectors.
    pub cases: Vec<T>,
}

impl<T: Serialize + DeserializeOwned> File<T> {
    /// As it is published.
    ///
    /// # Errors
    /// When a value has no JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads a published file.
    ///
    /// # Errors
    /// When it is not one.
    pub fn from_json(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }
}

/// Bytes, written in lower-case hexadecimal.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex(pub Vec<u8>);

impl Hex {
    /// The bytes, if they are 32.
    ///
    /// # Panics
    /// When they are not.
    #[must_use]
    #[allow(clippy::expect_used)] // Only tests call this.
    pub fn array(&self) -> [u8; 32] {
        self.0.as_slice().try_into().expect("32 bytes")
    }
}

impl<T: AsRef<[u8]> + ?Sized> From<&T> for Hex {
    fn from(bytes: &T) -> Self {
        Self(bytes.as_ref().to_vec())
    }
}

impl From<Vec<u8>> for Hex {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl std::ops::Deref for Hex {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(&text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}
