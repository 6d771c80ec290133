//! The TLS presentation language of RFC 9420, section 2.1.
//!
//! ```
//! use mls_trellis_vectors::tls::Writer;
//!
//! let bytes = Writer::new().u16(0x8001).opaque(b"abc").done();
//! assert_eq!(bytes, [0x80, 1, 3, b'a', b'b', b'c']);
//! ```

/// Bytes in the making.
#[derive(Clone, Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// No bytes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `uint8`.
    #[must_use]
    pub fn u8(self, value: u8) -> Self {
        self.raw(&[value])
    }

    /// `uint16`.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// `uint32`.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// `uint64`.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// `opaque bytes<V>`: a length in the shortest form that holds it, then the bytes.
    #[must_use]
    pub fn opaque(self, bytes: &[u8]) -> Self {
        // Lengths of vectors stay far below the 2^30 that four bytes can say.
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let prefixed = match len {
            0..0x40 => self.raw(&len.to_be_bytes()[3..]),
            0x40..0x4000 => self.raw(&(len | 0x4000).to_be_bytes()[2..]),
            _ => self.u32(len | 0x8000_0000),
        };
        prefixed.raw(bytes)
    }

    /// `T items<V>`, written one after the other.
    #[must_use]
    pub fn vector<T>(
        self,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(Self, T) -> Self,
    ) -> Self {
        let inner = items.into_iter().fold(Self::new(), write);
        self.opaque(&inner.0)
    }

    /// The bytes.
    #[must_use]
    pub fn done(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes to be read from the front. `None` means that they ended, or are no such value.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// All of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes that are left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// An unsigned integer of `length` bytes, at most eight.
    pub fn uint(&mut self, length: usize) -> Option<u64> {
        let bytes = self.take(length)?.iter();
        Some(bytes.fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// `opaque bytes<V>`.
    pub fn opaque(&mut self) -> Option<&'a [u8]> {
        let length = match self.0.first()? >> 6 {
            0 => self.uint(1)?,
            1 => self.uint(2)? & 0x3fff,
            2 => self.uint(4)? & 0x3fff_ffff,
            _ => return None,
        };
        self.take(usize::try_from(length).ok()?)
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_in_their_shortest_form() {
        let head =
            |len: usize| Writer::new().opaque(&vec![0; len]).done()[..4.min(len + 1)].to_vec();
        assert_eq!(head(0), [0]);
        assert_eq!(head(63)[..1], [63]);
        assert_eq!(head(64)[..2], [0x40, 64]);
        assert_eq!(head(16383)[..2], [0x7f, 0xff]);
        assert_eq!(head(16384), [0x80, 0, 0x40, 0]);
    }
}
