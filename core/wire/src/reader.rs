//! A strict reader of the TLS presentation language that builds nodes as it goes.
//!
//! It never copies input. Its memory is bounded by a constant times the input in [`Mode::Tree`]
//! and by the nesting depth in [`Mode::Check`].

use std::borrow::Cow;
use std::ops::Range;

use crate::error::WireError;
use crate::node::{ComponentBytes, Node, Place, Secret, Value};

pub(crate) type Result<T = ()> = std::result::Result<T, WireError>;

/// The name of a list item.
pub(crate) const ITEM: &str = "";

/// Deeper than any object of RFC 9420 or the draft goes.
const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Build the tree.
    Tree,
    /// Build nothing; leave to the hooks what only they may judge.
    Check,
}

pub(crate) struct Reader<'a> {
    input: &'a [u8],
    pos: usize,
    /// End of the innermost vector that is being read.
    end: usize,
    root: &'static str,
    mode: Mode,
    stack: Vec<Frame<'a>>,
    /// Nodes without a parent: the outermost object.
    roots: Vec<Node<'a>>,
}

/// A structure or vector that is being read.
struct Frame<'a> {
    name: &'static str,
    /// Index of the current item, if this is a list.
    index: Option<usize>,
    children: Vec<Node<'a>>,
}

impl<'a> Reader<'a> {
    /// Reads `range` of `input`; offsets count from the start of `input`. `root` begins every path.
    pub(crate) fn new(
        input: &'a [u8],
        range: Range<usize>,
        root: &'static str,
        mode: Mode,
    ) -> Self {
        let end = range.end.min(input.len());
        Self {
            input,
            pos: range.start.min(end),
            end,
            root,
            mode,
            stack: Vec::new(),
            roots: Vec::new(),
        }
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    /// The outermost object, once it is read and nothing is left over. `None` in [`Mode::Check`].
    pub(crate) fn finish(&mut self) -> Result<Option<Node<'a>>> {
        self.expect_end()?;
        Ok(self.roots.pop())
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.pos == self.end
    }

    /// Nothing is left in the enclosing vector or input.
    pub(crate) fn expect_end(&self) -> Result {
        match self.end - self.pos {
            0 => Ok(()),
            n => Err(self.error(self.pos, "", "the end", format!("{} more", count(n)))),
        }
    }

    /// Fields one after the other.
    pub(crate) fn structure(
        &mut self,
        name: &'static str,
        kind: &'static str,
        body: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        let start = self.pos;
        self.open(name, None)?;
        body(self)?;
        let children = self.close();
        self.push(name, kind, start, 0, Value::Struct(children));
        Ok(())
    }

    /// Fields inside an `opaque<V>`, which they fill exactly.
    pub(crate) fn embedded(
        &mut self,
        name: &'static str,
        kind: &'static str,
        body: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        let (start, header, children) = self.delimited(name, None, body)?;
        self.push(name, kind, start, header, Value::Struct(children));
        Ok(())
    }

    /// A vector `T items<V>`.
    pub(crate) fn list(
        &mut self,
        name: &'static str,
        kind: &'static str,
        mut item: impl FnMut(&mut Self) -> Result,
    ) -> Result {
        let (start, header, children) = self.delimited(name, Some(0), |r| {
            while r.pos < r.end {
                item(r)?;
                if let Some(Frame {
                    index: Some(index), ..
                }) = r.stack.last_mut()
                {
                    *index += 1;
                }
            }
            Ok(())
        })?;
        self.push(name, kind, start, header, Value::List(children));
        Ok(())
    }

    /// `optional<T>`: a presence octet, then the fields of `T`.
    pub(crate) fn optional(
        &mut self,
        name: &'static str,
        kind: &'static str,
        body: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        let start = self.pos;
        match self.take_uint(name, 1, "a presence octet")? {
            0 => self.push(name, kind, start, 1, Value::Absent),
            1 => {
                self.open(name, None)?;
                body(self)?;
                let children = self.close();
                self.push(name, kind, start, 1, Value::Struct(children));
            }
            other => {
                return Err(self.error(start, name, "a presence octet, 0 or 1", other.to_string()));
            }
        }
        Ok(())
    }

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

    /// Marks the node just read as component data.
    pub(crate) fn mark_component(&mut self, place: Place, component: u16) {
        let input = self.input;
        if let Some(node) = self.siblings().last_mut() {
            let span = node.content();
            let data = input.get(span.clone()).unwrap_or_default();
            node.component = Some(ComponentBytes {
                place,
                component,
                data,
                span,
            });
        }
    }

    /// Adds a remark to the node just read.
    pub(crate) fn note(&mut self, note: &str) {
        if let Some(node) = self.siblings().last_mut() {
            node.note = Some(note.to_owned());
        }
    }

    pub(crate) fn error(
        &self,
        offset: usize,
        field: &str,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<Cow<'static, str>>,
    ) -> WireError {
        let frames = self.stack.iter().map(|frame| match frame.index {
            Some(index) => format!("{}[{index}]", frame.name),
            None => frame.name.to_owned(),
        });
        let path = std::iter::once(self.root.to_owned())
            .chain(frames)
            .chain(std::iter::once(field.to_owned()))
            .filter(|step| !step.is_empty())
            .collect();
        WireError {
            offset,
            path,
            expected: expected.into(),
            found: found.into(),
            rule: None,
        }
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

    /// Reads a length prefix and then `body`, which must stop exactly where the length says.
    fn delimited(
        &mut self,
        name: &'static str,
        index: Option<usize>,
        body: impl FnOnce(&mut Self) -> Result,
    ) -> Result<(usize, usize, Vec<Node<'a>>)> {
        let start = self.pos;
        let length = self.length(name)?;
        let header = self.pos - start;
        let end = self.pos + length;
        let outer_end = std::mem::replace(&mut self.end, end);
        self.open(name, index)?;
        body(self)?;
        self.expect_end()?;
        self.end = outer_end;
        Ok((start, header, self.close()))
    }

    /// A length prefix (RFC 9420 §2.1.2): minimal, and no longer than what is left.
    fn length(&mut self, name: &'static str) -> Result<usize> {
        let start = self.pos;
        let left = self.input.get(self.pos..self.end).unwrap_or_default();
        let (length, size) = varint(left).map_err(|problem| match problem {
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

    fn take_uint(&mut self, name: &'static str, width: u8, what: &'static str) -> Result<u64> {
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

    fn open(&mut self, name: &'static str, index: Option<usize>) -> Result {
        if self.stack.len() >= MAX_DEPTH {
            let expected = format!("at most {MAX_DEPTH} nested structures");
            return Err(self.error(self.pos, name, expected, "one more"));
        }
        self.stack.push(Frame {
            name,
            index,
            children: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self) -> Vec<Node<'a>> {
        self.stack
            .pop()
            .map(|frame| frame.children)
            .unwrap_or_default()
    }

    fn push(
        &mut self,
        name: &'static str,
        kind: &'static str,
        start: usize,
        header: usize,
        value: Value<'a>,
    ) {
        if self.mode == Mode::Tree {
            let span = start..self.pos;
            let node = Node {
                name,
                kind,
                span,
                header,
                value,
                component: None,
                note: None,
            };
            self.siblings().push(node);
        }
    }

    fn siblings(&mut self) -> &mut Vec<Node<'a>> {
        match self.stack.last_mut() {
            Some(frame) => &mut frame.children,
            None => &mut self.roots,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Varint {
    Cut,
    Invalid,
    NotMinimal(usize),
}

/// The value of a variable-size length and its own size in bytes.
fn varint(bytes: &[u8]) -> std::result::Result<(usize, usize), Varint> {
    let first = *bytes.first().ok_or(Varint::Cut)?;
    let size = match first >> 6 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => return Err(Varint::Invalid),
    };
    let tail = bytes.get(1..size).ok_or(Varint::Cut)?;
    let value = tail.iter().fold(usize::from(first & 0x3f), |value, byte| {
        value << 8 | usize::from(*byte)
    });
    let minimal = match value {
        0..=0x3f => 1,
        0x40..=0x3fff => 2,
        _ => 4,
    };
    if size != minimal {
        return Err(Varint::NotMinimal(value));
    }
    Ok((value, size))
}

fn remaining(n: usize) -> String {
    match n {
        0 => "the end of the bytes".to_owned(),
        n => format!("{} left", count(n)),
    }
}

fn count(n: usize) -> String {
    match n {
        1 => "1 byte".to_owned(),
        n => format!("{n} bytes"),
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
