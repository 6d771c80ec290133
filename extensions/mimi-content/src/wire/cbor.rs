//! Deterministic CBOR (RFC 8949, section 4.2.1), read strictly: what is read has one encoding, and
//! it is the one that was read.

use ciborium_ll::{Decoder, Encoder, Header};
use mls_trellis_hooks::Reject;

/// No integer key is farther from zero, so that every one is a double without loss.
pub(super) const FARTHEST_KEY: u64 = (1 << 53) - 1;

/// NaN as a double; the only one that has a short form.
const NAN: u64 = 0x7ff8_0000_0000_0000;

/// Reads items one after another.
pub(super) struct Reader<'a> {
    len: usize,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            len: bytes.len(),
            rest: bytes,
        }
    }

    /// Insists that nothing is left over.
    pub(super) fn end(&self) -> Result<(), Reject> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(self.malformed(&format!("{left} bytes are left over"))),
        }
    }

    pub(super) fn malformed(&self, what: &str) -> Reject {
        self.reject("MCT-1", what)
    }

    pub(super) fn reject(&self, rule: &'static str, what: &str) -> Reject {
        let at = self.len - self.rest.len();
        Reject::peer(rule, format!("{what}, at byte {at}"))
    }

    pub(super) fn uint(&mut self, most: u64) -> Result<u64, Reject> {
        match self.head()? {
            Header::Positive(n) if n <= most => Ok(n),
            _ => Err(self.malformed(&format!("no unsigned integer up to {most}"))),
        }
    }

    pub(super) fn int(&mut self) -> Result<i64, Reject> {
        let int = match self.head()? {
            Header::Positive(n) => i64::try_from(n),
            Header::Negative(n) => i64::try_from(n).map(|n| !n),
            _ => return Err(self.malformed("no integer")),
        };
        int.map_err(|_| self.malformed("an integer is too large"))
    }

    pub(super) fn bool(&mut self) -> Result<bool, Reject> {
        match self.head()? {
            Header::Simple(20) => Ok(false),
            Header::Simple(21) => Ok(true),
            _ => Err(self.malformed("neither true nor false")),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Reject> {
        match self.head()? {
            Header::Bytes(Some(len)) => self.take(len),
            _ => Err(self.malformed("no byte string")),
        }
    }

    pub(super) fn bytes_of<const N: usize>(&mut self) -> Result<[u8; N], Reject> {
        let bytes = self.bytes()?.try_into();
        bytes.map_err(|_| self.malformed(&format!("no byte string of {N} bytes")))
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Reject> {
        match self.head()? {
            Header::Text(Some(len)) => self.take_text(len),
            _ => Err(self.malformed("no text")),
        }
    }

    pub(super) fn array(&mut self) -> Result<usize, Reject> {
        match self.head()? {
            Header::Array(Some(len)) => Ok(len),
            _ => Err(self.malformed("no array")),
        }
    }

    pub(super) fn array_of(&mut self, len: usize) -> Result<(), Reject> {
        match self.array()? == len {
            true => Ok(()),
            false => Err(self.malformed(&format!("no array of {len} items"))),
        }
    }

    pub(super) fn map(&mut self) -> Result<usize, Reject> {
        match self.head()? {
            Header::Map(Some(len)) => Ok(len),
            _ => Err(self.malformed("no map")),
        }
    }

    /// `null`, or what `read` reads.
    pub(super) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Reject>,
    ) -> Result<Option<T>, Reject> {
        match self.rest.split_first() {
            Some((0xf6, rest)) => {
                self.rest = rest;
                Ok(None)
            }
            _ => read(self).map(Some),
        }
    }

    /// The key of a map, encoded; `last` is the one before it, or empty.
    pub(super) fn key(&mut self, last: &[u8]) -> Result<&'a [u8], Reject> {
        let before = self.rest;
        match self.head()? {
            Header::Positive(n) if n <= FARTHEST_KEY => {}
            Header::Negative(n) if n < FARTHEST_KEY => {}
            Header::Text(Some(len)) => drop(self.take_text(len)?),
            Header::Bytes(Some(len)) => drop(self.take(len)?),
            _ => {
                let what = "a key is no text, no byte string and no integer within 2^53 - 1";
                return Err(self.reject("MCT-2", what));
            }
        }
        let key = self.since(before);
        match key.cmp(last) {
            std::cmp::Ordering::Greater => Ok(key),
            std::cmp::Ordering::Equal => Err(self.reject("MCT-2", "a key stands twice")),
            std::cmp::Ordering::Less => Err(self.malformed("keys are not sorted")),
        }
    }

    /// One item of any kind, encoded. It may hold tags, arrays and maps on `levels` levels.
    pub(super) fn item(&mut self, levels: usize) -> Result<&'a [u8], Reject> {
        let before = self.rest;
        self.pass(levels)?;
        Ok(self.since(before))
    }

    fn pass(&mut self, levels: usize) -> Result<(), Reject> {
        match self.head()? {
            Header::Positive(_) | Header::Negative(_) | Header::Simple(_) => Ok(()),
            Header::Float(x) if x.is_nan() && x.to_bits() != NAN => {
                Err(self.reject("MCT-2", "a NaN other than 0xf97e00"))
            }
            Header::Float(_) => Ok(()),
            Header::Bytes(Some(len)) => self.take(len).map(drop),
            Header::Text(Some(len)) => self.take_text(len).map(drop),
            Header::Tag(tag @ (2 | 3)) => {
                self.deeper(levels)?;
                match self.bytes()? {
                    [] | [0, ..] => Err(self.malformed("a bignum has a shorter form")),
                    bytes if bytes.len() <= 8 => {
                        Err(self.malformed(&format!("tag {tag} on an integer that needs none")))
                    }
                    _ => Ok(()),
                }
            }
            Header::Tag(_) => {
                let levels = self.deeper(levels)?;
                self.pass(levels)
            }
            Header::Array(Some(len)) => {
                let levels = self.deeper(levels)?;
                (0..len).try_for_each(|_| self.pass(levels))
            }
            Header::Map(Some(len)) => {
                let levels = self.deeper(levels)?;
                let mut last: &[u8] = &[];
                for _ in 0..len {
                    last = self.key(last)?;
                    self.pass(levels)?;
                }
                Ok(())
            }
            _ => Err(self.malformed("an item of indefinite length")),
        }
    }

    fn deeper(&self, levels: usize) -> Result<usize, Reject> {
        let deeper = levels.checked_sub(1);
        deeper.ok_or_else(|| self.reject("MCT-3", "an extension is nested too deeply"))
    }

    /// The next head, in its shortest form.
    fn head(&mut self) -> Result<Header, Reject> {
        let mut decoder = Decoder::from(self.rest);
        let head = decoder.pull().map_err(|_| self.malformed("no CBOR item"))?;
        let shortest = encoded(head);
        match self.rest.strip_prefix(shortest.as_slice()) {
            // Simple values below 32 have no long form, and none of these is a value at all.
            Some(rest) if !matches!(head, Header::Simple(24..=31)) => self.rest = rest,
            _ => return Err(self.malformed("not the shortest form of an item")),
        }
        Ok(head)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Reject> {
        let split = self.rest.split_at_checked(len);
        let (taken, rest) = split.ok_or_else(|| self.malformed("a string ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn take_text(&mut self, len: usize) -> Result<&'a str, Reject> {
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|_| self.reject("MCT-2", "a text is not UTF-8"))
    }

    /// What was read since `before`.
    fn since(&self, before: &'a [u8]) -> &'a [u8] {
        let read = before.len() - self.rest.len();
        before.get(..read).unwrap_or_default()
    }
}

/// Writes items one after another, each in its shortest form.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn uint(&mut self, n: impl Into<u64>) {
        self.head(Header::Positive(n.into()));
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.head(Header::Simple(if value { 21 } else { 20 }));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.head(Header::Bytes(Some(bytes.len())));
        self.raw(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.head(Header::Text(Some(text.len())));
        self.raw(text.as_bytes());
    }

    pub(super) fn array(&mut self, len: usize) {
        self.head(Header::Array(Some(len)));
    }

    pub(super) fn map(&mut self, len: usize) {
        self.head(Header::Map(Some(len)));
    }

    pub(super) fn int(&mut self, n: i64) {
        let far = n.unsigned_abs();
        match n < 0 {
            true => self.head(Header::Negative(far - 1)),
            false => self.head(Header::Positive(far)),
        }
    }

    pub(super) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.head(Header::Simple(22)),
        }
    }

    /// An item that is encoded already.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn head(&mut self, head: Header) {
        self.raw(&encoded(head));
    }
}

/// A head in its shortest form.
fn encoded(head: Header) -> Vec<u8> {
    // No head is longer, so the encoder cannot run out of space.
    let mut buffer = [0; 9];
    let mut space = buffer.as_mut_slice();
    let _ = Encoder::from(&mut space).push(head);
    let used = 9 - space.len();
    buffer.get(..used).unwrap_or_default().to_vec()
}
