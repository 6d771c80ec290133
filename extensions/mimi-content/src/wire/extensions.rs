//! Further fields of a message.

use std::{cmp::Ordering, collections::BTreeMap, fmt, ops};

use mls_trellis_hooks::Reject;

use super::cbor::{FARTHEST_KEY, Reader, Writer};

/// On how many levels a value may hold tags, arrays and maps; the map of extensions is one more.
pub(super) const LEVELS: usize = 3;

/// Further fields of a message, in the order in which they are encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions(BTreeMap<Key, Value>);

impl Extensions {
    /// Who says to have sent the message.
    #[must_use]
    pub fn sender_uri(&self) -> Option<&str> {
        self.get(&Key::SENDER_URI)?.as_text()
    }

    /// Where it is said to have been sent.
    #[must_use]
    pub fn room_uri(&self) -> Option<&str> {
        self.get(&Key::ROOM_URI)?.as_text()
    }
}

impl ops::Deref for Extensions {
    type Target = BTreeMap<Key, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl ops::DerefMut for Extensions {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// The name of a field: registered when it is positive, private otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Name);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Int(i64),
    Text(String),
}

impl Key {
    /// Who sent the message.
    pub const SENDER_URI: Self = Self(Name::Int(1));
    /// Where it was sent.
    pub const ROOM_URI: Self = Self(Name::Int(2));

    /// An integer within 2^53 - 1 of zero.
    ///
    /// # Errors
    /// MCT-2 when it is farther away.
    pub fn int(n: i64) -> Result<Self, Reject> {
        match n.unsigned_abs() <= FARTHEST_KEY {
            true => Ok(Self(Name::Int(n))),
            false => Err(Reject::misuse("MCT-2", format!("the key {n} is too large"))),
        }
    }

    /// A text of 1 to 255 bytes.
    ///
    /// # Errors
    /// MCT-2 when it is shorter or longer.
    pub fn text(text: &str) -> Result<Self, Reject> {
        match text.len() {
            1..=255 => Ok(Self(Name::Text(text.to_owned()))),
            len => Err(Reject::misuse(
                "MCT-2",
                format!("a key is a text of {len} bytes, and not of 1 to 255"),
            )),
        }
    }

    fn encoded(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        match &self.0 {
            Name::Int(n) => writer.int(*n),
            Name::Text(text) => writer.text(text),
        }
        writer.0
    }
}

impl Ord for Key {
    /// By their encodings (RFC 8949, section 4.2.1).
    fn cmp(&self, other: &Self) -> Ordering {
        self.encoded().cmp(&other.encoded())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The value of a field: one item of deterministic CBOR.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Vec<u8>);

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut writer = Writer::default();
        writer.text(text);
        Self(writer.0)
    }

    /// An item that is encoded already.
    ///
    /// # Errors
    /// MCT-1 and MCT-2 when it is not deterministic CBOR, MCT-3 when it is nested too deeply.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Reject> {
        let mut reader = Reader::new(bytes);
        let value = reader.item(LEVELS)?.to_vec();
        reader.end()?;
        Ok(Self(value))
    }

    /// The item, encoded.
    #[must_use]
    pub fn as_cbor(&self) -> &[u8] {
        &self.0
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        Reader::new(&self.0).text().ok()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_text() {
            Some(text) => write!(f, "{text:?}"),
            None => {
                f.write_str("Value(")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(")")
            }
        }
    }
}

/// Reads the map of extensions.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Extensions, Reject> {
    let mut extensions = Extensions::default();
    let mut last: &[u8] = &[];
    for _ in 0..reader.map()? {
        last = reader.key(last)?;
        let key = key(last).map_err(|reject| reader.reject("MCT-2", reject.detail()))?;
        let value = Value(reader.item(LEVELS)?.to_vec());
        let uri = [Key::SENDER_URI, Key::ROOM_URI].contains(&key);
        if uri && value.as_text().is_none() {
            return Err(reader.malformed("the URI of a sender or room is no text"));
        }
        extensions.insert(key, value);
    }
    Ok(extensions)
}

/// A key that was read, of this map: it is no byte string.
fn key(encoded: &[u8]) -> Result<Key, Reject> {
    if let Ok(text) = Reader::new(encoded).text() {
        return Key::text(text);
    }
    match Reader::new(encoded).int() {
        Ok(n) => Key::int(n),
        Err(_) => Err(Reject::peer("MCT-2", "a key is neither integer nor text")),
    }
}

pub(super) fn write(writer: &mut Writer, extensions: &Extensions) {
    writer.map(extensions.len());
    for (key, value) in extensions.iter() {
        writer.raw(&key.encoded());
        writer.raw(&value.0);
    }
}
