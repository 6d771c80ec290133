//! Strict encoding of the TLS presentation language (RFC 9420, section 2.1).
//!
//! A value has exactly one encoding. [`decode`] reads it, then insists that nothing is left over and
//! that encoding the value again gives the same bytes; so a longer length prefix than needed, an
//! unsorted map or a duplicate key cannot slip through, whatever the type.
//!
//! ```
//! use mls_trellis_hooks::wire::{self, Opaque, SortedMap};
//!
//! let map: SortedMap<u16, Opaque> = [(7, Opaque::from(b"seven"))].into_iter().collect();
//! let bytes = wire::encode(&map)?;
//! assert_eq!(wire::decode::<SortedMap<u16, Opaque>>(&bytes)?, map);
//!
//! let trailing = [bytes.as_slice(), &[0]].concat();
//! assert!(wire::decode::<SortedMap<u16, Opaque>>(&trailing).is_err());
//! # Ok::<(), wire::WireError>(())
//! ```

use std::{
    collections::BTreeMap,
    fmt,
    io::{Read, Write},
};

use tls_codec::{Deserialize, Serialize, Size};

/// A value with exactly one encoding. Derive tls_codec's `TlsSize`, `TlsSerialize` and
/// `TlsDeserialize` and it is implemented.
pub trait Wire:
    Serialize + Deserialize + Clone + PartialEq + fmt::Debug + Send + Sync + 'static
{
}

impl<T> Wire for T where
    T: Serialize + Deserialize + Clone + PartialEq + fmt::Debug + Send + Sync + 'static
{
}

/// Why bytes are not the encoding of a value, or a value has none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The bytes do not decode.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Bytes are left over after the value.
    #[error("{0} bytes left over after the value")]
    Trailing(usize),
    /// The bytes decode, but are not the one encoding of the value.
    #[error(
        "not the canonical encoding (a length prefix longer than needed, or entries out of order)"
    )]
    NotCanonical,
    /// The value cannot be encoded.
    #[error("cannot be encoded: {0}")]
    Unencodable(String),
}

/// Decodes exactly one value from all of `bytes`.
///
/// # Errors
/// [`WireError`], see there.
pub fn decode<T: Wire>(bytes: &[u8]) -> Result<T, WireError> {
    let mut rest = bytes;
    let value = T::tls_deserialize(&mut rest).map_err(|e| WireError::Malformed(e.to_string()))?;
    if !rest.is_empty() {
        return Err(WireError::Trailing(rest.len()));
    }
    if encode(&value)? != bytes {
        return Err(WireError::NotCanonical);
    }
    Ok(value)
}

/// Encodes a value.
///
/// # Errors
/// [`WireError::Unencodable`], when a vector is longer than its prefix can say.
pub fn encode<T: Wire>(value: &T) -> Result<Vec<u8>, WireError> {
    value
        .tls_serialize_detached()
        .map_err(|e| WireError::Unencodable(e.to_string()))
}

/// `opaque data<V>`: bytes that are not interpreted here.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opaque(pub Vec<u8>);

impl Opaque {
    /// The bytes, without the length prefix.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque(")?;
        for byte in &self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

impl From<Vec<u8>> for Opaque {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Opaque {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Opaque {
    fn from(bytes: &[u8; N]) -> Self {
        Self(bytes.to_vec())
    }
}

impl AsRef<[u8]> for Opaque {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Size for Opaque {
    fn tls_serialized_len(&self) -> usize {
        tls_codec::VLByteSlice(&self.0).tls_serialized_len()
    }
}

impl Serialize for Opaque {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        tls_codec::VLByteSlice(&self.0).tls_serialize(writer)
    }
}

impl Deserialize for Opaque {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        Ok(Self(tls_codec::VLByteVec::tls_deserialize(bytes)?.into()))
    }
}

/// `opaque text<V>` that holds UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub String);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Size for Text {
    fn tls_serialized_len(&self) -> usize {
        tls_codec::VLByteSlice(self.0.as_bytes()).tls_serialized_len()
    }
}

impl Serialize for Text {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        tls_codec::VLByteSlice(self.0.as_bytes()).tls_serialize(writer)
    }
}

impl Deserialize for Text {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        let bytes = Opaque::tls_deserialize(bytes)?;
        String::from_utf8(bytes.0)
            .map(Self)
            .map_err(|_| tls_codec::Error::DecodingError("the text is not UTF-8".into()))
    }
}

/// A vector of entries in ascending order of their keys, each key at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedMap<K, V>(BTreeMap<K, V>);

impl<K: Ord, V> SortedMap<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K, V> std::ops::Deref for SortedMap<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K, V> std::ops::DerefMut for SortedMap<K, V> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// One entry of a [`SortedMap`] on the wire.
#[derive(Debug)]
struct Entry<K, V>(K, V);

impl<K: Size, V: Size> Size for Entry<K, V> {
    fn tls_serialized_len(&self) -> usize {
        self.0.tls_serialized_len() + self.1.tls_serialized_len()
    }
}

impl<K: Deserialize, V: Deserialize> Deserialize for Entry<K, V> {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        Ok(Self(K::tls_deserialize(bytes)?, V::tls_deserialize(bytes)?))
    }
}

impl<K: Size, V: Size> SortedMap<K, V> {
    fn content_len(&self) -> usize {
        let len = |(key, value): (&K, &V)| key.tls_serialized_len() + value.tls_serialized_len();
        self.0.iter().map(len).sum()
    }
}

impl<K: Size, V: Size> Size for SortedMap<K, V> {
    fn tls_serialized_len(&self) -> usize {
        let content = self.content_len();
        content + vector_prefix(content).map_or(0, |prefix| prefix.len())
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        let prefix = vector_prefix(self.content_len())?;
        writer.write_all(&prefix)?;
        let mut written = prefix.len();
        for (key, value) in &self.0 {
            written += key.tls_serialize(writer)?;
            written += value.tls_serialize(writer)?;
        }
        Ok(written)
    }
}

impl<K, V> Deserialize for SortedMap<K, V>
where
    K: Deserialize + Ord,
    V: Deserialize,
{
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        let entries = Vec::<Entry<K, V>>::tls_deserialize(bytes)?;
        let mut map = BTreeMap::new();
        for Entry(key, value) in entries {
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(tls_codec::Error::DecodingError(
                    "the entries are not in strictly ascending order of their keys".into(),
                ));
            }
            map.insert(key, value);
        }
        Ok(Self(map))
    }
}

/// The length prefix of a vector with that many bytes of content.
fn vector_prefix(content_len: usize) -> Result<Vec<u8>, tls_codec::Error> {
    let mut prefix = Vec::with_capacity(4);
    tls_codec::vlen::write_length(&mut prefix, content_len)?;
    Ok(prefix)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Map = SortedMap<u16, Opaque>;

    #[test]
    fn add_1_unsorted_entries_are_refused() {
        assert!(decode::<Map>(&[6, 0, 2, 0, 0, 1, 0]).is_err());
        assert_eq!(decode::<Map>(&[6, 0, 1, 0, 0, 2, 0]).unwrap().len(), 2);
    }

    #[test]
    fn add_2_duplicate_keys_are_refused() {
        assert!(decode::<Map>(&[6, 0, 1, 0, 0, 1, 0]).is_err());
    }

    #[test]
    fn add_3_trailing_bytes_are_refused() {
        assert_eq!(decode::<Opaque>(&[1, 7, 9]), Err(WireError::Trailing(1)));
    }

    #[test]
    fn cid_5_a_length_prefix_longer_than_needed_is_refused() {
        assert!(decode::<Opaque>(&[0x40, 1, 7]).is_err());
    }

    #[test]
    fn a_vector_longer_than_the_input_is_refused_without_allocating_it() {
        assert!(decode::<Opaque>(&[0xbf, 0xff, 0xff, 0xff]).is_err());
        assert!(decode::<Map>(&[0xbf, 0xff, 0xff, 0xff]).is_err());
    }

    #[test]
    fn a_vector_that_ends_inside_an_entry_is_refused() {
        assert!(decode::<Map>(&[4, 0, 1, 0, 0]).is_err());
    }
}
