//! Fields without structure.

use crate::node::{Secret, Value};
use crate::varint::{self, Varint};

use super::{Reader, Result};

impl<'a> Reader<'a> {
    /// `opaque name<V>`, or a type defined as one.
    pub(crate) fn opaque(&mut self, name: &'static str, kind: &'static str) -> Result<&'a [u8]> {
        self.opaque_value(name, kind, Value::Bytes)
    }

    /// `opaque name<V>` that holds a secret.
    pub(crate) fn secret(&mut self, name: &'static str, kind: &'static str) -> Result {
        self.opaque_value(name, kind, |bytes| Value::Secret(Secret(bytes)))?;
        Ok(())
    }

    /// Everything up to the end of the enclosing vector or input.
    pub(crate) fn rest(&mut self, name: &'static str, kind: &'static str) -> Result {
        let start = self.pos;
        let bytes = self.take(name, self.end - self.pos, "bytes")?;
        self.push(name, kind, start, 0, Value::Bytes(bytes));
        Ok(())
    }

    pub(crate) fn u32(&mut self, name: &'static str) -> Result<u32> {
        let value = self.uint(name, "uint32", 4)?;
        Ok(value as u32)
    }

    pub(crate) fn u64(&mut self, name: &'static str) -> Result<u64> {
        self.uint(name, "uint64", 8)
    }

    /// A code point of 16 bits: any value is fine, some have a name.
    pub(crate) fn code(
        &mut self,
        name: &'static str,
        kind: &'static str,
        label: fn(u16) -> Option<&'static str>,
    ) -> Result<u16> {
        let start = self.pos;
        let value = self.take_uint(name, 2, kind)?;
        let code = value as u16;
        let label = label(code);
        self.push(
            name,
            kind,
            start,
            0,
            Value::Uint {
                value,
                width: 2,
                label,
            },
        );
        Ok(code)
    }

    /// An octet that selects what follows: a value without a name is an error.
    pub(crate) fn select(
        &mut self,
        name: &'static str,
        kind: &'static str,
        label: fn(u8) -> Option<&'static str>,
        expected: &'static str,
    ) -> Result<u8> {
        let start = self.pos;
        let value = self.take_uint(name, 1, kind)?;
        let octet = value as u8;
        let Some(label) = label(octet) else {
            return Err(self.error(start, name, expected, value.to_string()));
        };
        self.push(
            name,
            kind,
            start,
            0,
            Value::Uint {
                value,
                width: 1,
                label: Some(label),
            },
        );
        Ok(octet)
    }

    fn uint(&mut self, name: &'static str, kind: &'static str, width: u8) -> Result<u64> {
        let start = self.pos;
        let value = self.take_uint(name, width, kind)?;
        self.push(
            name,
            kind,
            start,
            0,
            Value::Uint {
                value,
                width,
                label: None,
            },
        );
        Ok(value)
    }

    fn opaque_value(
        &mut self,
        name: &'static str,
        kind: &'static str,
        value: impl FnOnce(&'a [u8]) -> Value<'a>,
    ) -> Result<&'a [u8]> {
        let start = self.pos;
        let length = self.length(name)?;
        let header = self.pos - start;
        let bytes = self.take(name, length, kind)?;
        self.push(name, kind, start, header, value(bytes));
        Ok(bytes)
    }

    /// A length prefix (RFC 9420 §2.1.2): minimal, and no longer than what is left.
    pub(super) fn length(&mut self, name: &'static str) -> Result<usize> {
        let start = self.pos;
        let left = self.input.get(self.pos..self.end).unwrap_or_default();
        let (length, size) = varint::read(left).map_err(|problem| match problem {
            Varint::Cut => self.error(start, name, "a length prefix", remaining(left.len())),
            Varint::Invalid => self.error(start, name, "a length prefix", "the invalid prefix 11"),
            Varint::NotMinimal(length) => self.error(
                start,
                name,
                "a length prefix in its shortest form",
                format!("a longer form of {length}"),
            ),
        })?;
        if length > left.len() - size {
            let expected = format!("{length} bytes after the length prefix");
            return Err(self.error(start, name, expected, remaining(left.len() - size)));
        }
        self.pos += size;
        Ok(length)
    }

    pub(super) fn take_uint(
        &mut self,
        name: &'static str,
        width: u8,
        what: &'static str,
    ) -> Result<u64> {
        let bytes = self.take(name, width.into(), what)?;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn take(&mut self, name: &'static str, n: usize, what: &'static str) -> Result<&'a [u8]> {
        let left = self.input.get(self.pos..self.end).unwrap_or_default();
        let Some(bytes) = left.get(..n) else {
            let expected = format!("{} of {what}", count(n));
            return Err(self.error(self.pos, name, expected, remaining(left.len())));
        };
        self.pos += n;
        Ok(bytes)
    }
}

fn remaining(n: usize) -> String {
    match n {
        0 => "the end of the bytes".to_owned(),
        n => format!("{} left", count(n)),
    }
}

pub(super) fn count(n: usize) -> String {
    match n {
        1 => "1 byte".to_owned(),
        n => format!("{n} bytes"),
    }
}
