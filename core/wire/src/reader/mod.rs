//! A strict reader of the TLS presentation language that builds nodes as it goes.
//!
//! It never copies input. Its memory is bounded by a constant times the input in [`Mode::Tree`]
//! and by the nesting depth in [`Mode::Check`].

mod field;

use std::borrow::Cow;
use std::ops::Range;

use crate::error::WireError;
use crate::node::{ComponentBytes, Node, Place, Value};

use self::field::count;

pub(crate) type Result<T = (), E = WireError> = std::result::Result<T, E>;

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
        let mut path = vec![self.root.to_owned()];
        for frame in &self.stack {
            if !frame.name.is_empty() {
                path.push(frame.name.to_owned());
            }
            if let (Some(index), Some(step)) = (frame.index, path.last_mut()) {
                step.push_str(&format!("[{index}]"));
            }
        }
        if !field.is_empty() {
            path.push(field.to_owned());
        }
        WireError {
            offset,
            path,
            expected: expected.into(),
            found: found.into(),
            rule: None,
        }
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

#[cfg(test)]
mod tests;
