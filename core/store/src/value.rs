//! A row's content.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use zeroize::Zeroize;

/// A row's content. It may be secret, so its memory is wiped when it is dropped, and it is not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Value(Vec<u8>);

impl Value {
    /// Takes over bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // Zeroize wipes elements one by one, and what lies beyond them in one go: let all of it lie
        // beyond.
        self.0.clear();
        self.0.zeroize();
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Value {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Value {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for Value {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({} bytes)", self.0.len())
    }
}
