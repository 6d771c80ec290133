//! How values of OpenMLS look to serde, where its types do not let us see the bytes.
//!
//! The layouts are those of OpenMLS 0.9.2. They are checked by [`self_test`](crate::safe::self_test)
//! when the process starts, so that another version is noticed before it is trusted with data.

use std::io;

use mls_trellis_store::Value;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::StorageError;

/// A byte string, as tls_codec's vector types present it.
#[derive(Serialize, Deserialize)]
pub(super) struct Octets {
    vec: Vec<u8>,
}

/// A secret byte string, with the same layout.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct SecretOctets {
    vec: Vec<u8>,
}

impl SecretOctets {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.vec
    }
}

/// A `Psk` (RFC 9420, section 8.4): which key, without the nonce of one use.
#[derive(Deserialize)]
pub(super) enum Psk {
    External { psk_id: Octets },
    Resumption {},
    Application { component_id: u16, psk_id: Octets },
}

impl Psk {
    /// What a key of OpenMLS's storage interface names.
    pub(super) fn of(key: &impl Serialize) -> Result<Self, StorageError> {
        decode("psk", &encode("psk", key)?)
    }

    pub(super) fn id(octets: &Octets) -> &[u8] {
        &octets.vec
    }
}

/// A pre-shared key as OpenMLS keeps it.
#[derive(Serialize)]
pub(super) struct PskBundle {
    secret: PskSecret,
}

#[derive(Serialize)]
struct PskSecret {
    value: SecretOctets,
}

impl PskBundle {
    pub(super) fn new(psk: &[u8]) -> Self {
        let value = SecretOctets { vec: psk.to_vec() };
        Self {
            secret: PskSecret { value },
        }
    }
}

/// The bytes of a GroupId or hash reference, which serde sees as a struct of one byte string.
pub(super) fn octets_of(key: &impl Serialize) -> Result<Vec<u8>, StorageError> {
    #[derive(Deserialize)]
    struct Wrapped {
        value: Octets,
    }
    let json = encode("key", key)?;
    Ok(decode::<Wrapped>("key", &json)?.value.vec)
}

/// The JSON of a value. `table` only names it in the error.
pub(crate) fn encode(table: &'static str, value: &impl Serialize) -> Result<Value, StorageError> {
    let mut writer = WipingWriter(Value::default());
    serde_json::to_writer(&mut writer, value).map_err(|_| StorageError::Layout(table))?;
    Ok(writer.0)
}

/// The value of some JSON.
pub(super) fn decode<V: DeserializeOwned>(
    table: &'static str,
    json: &[u8],
) -> Result<V, StorageError> {
    serde_json::from_slice(json).map_err(|_| StorageError::Layout(table))
}

/// Collects bytes without leaving copies behind: a vector that grows by itself would free its old
/// memory unwiped.
struct WipingWriter(Value);

impl WipingWriter {
    #[cold]
    fn grow(&mut self, len: usize) {
        let mut grown = Value::new(Vec::with_capacity(len.next_power_of_two().max(256)));
        grown.extend_from_slice(&self.0);
        // Dropping wipes all capacity, and what lies beyond the length in one sweep.
        self.0.clear();
        self.0 = grown;
    }
}

impl io::Write for WipingWriter {
    /// JSON of byte strings comes in pieces of one to three bytes, hundreds of thousands of them in
    /// a large group: too short to call a copy routine for each.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let len = self.0.len() + bytes.len();
        if len > self.0.capacity() {
            self.grow(len);
        }
        match bytes.len() {
            0..=3 => bytes.iter().for_each(|byte| self.0.push(*byte)),
            _ => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use openmls::{prelude::GroupId, schedule::PreSharedKeyId};

    use super::*;

    #[test]
    fn a_group_id_of_any_length_yields_its_bytes() {
        for id in [&b""[..], b"g", &[0; 32], &[0xff; 300]] {
            assert_eq!(octets_of(&GroupId::from_slice(id)).unwrap(), id);
        }
    }

    #[test]
    fn apsk_4_external_and_application_ids_are_told_apart() {
        let external = PreSharedKeyId::external(b"x".to_vec(), vec![]);
        assert!(matches!(
            Psk::of(external.psk()).unwrap(),
            Psk::External { psk_id } if psk_id.vec == b"x"
        ));
        let application = PreSharedKeyId::application(0x8001, b"x".to_vec(), vec![]);
        assert!(matches!(
            Psk::of(application.psk()).unwrap(),
            Psk::Application { component_id: 0x8001, psk_id } if psk_id.vec == b"x"
        ));
    }

    #[test]
    fn a_long_value_is_encoded_as_serde_json_does() {
        let value: Vec<u32> = (0..10_000).collect();
        let json = encode("t", &value).unwrap();
        assert_eq!(json.as_slice(), serde_json::to_vec(&value).unwrap());
        assert_eq!(decode::<Vec<u32>>("t", &json).unwrap(), value);
    }
}
