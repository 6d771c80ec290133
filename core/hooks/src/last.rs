//! The last thing that was made of some input, kept: a thousand members are judged by the same rules.
//!
//! ```
//! use mls_trellis_hooks::Last;
//!
//! let words = Last::<Vec<u8>, usize>::default();
//! let count = |text: &[u8]| *words.of(text, || text.split(|byte| *byte == b' ').count());
//! assert_eq!((count(b"to be"), count(b"to be"), count(b"or")), (2, 2, 1));
//! ```

use std::{
    borrow::Borrow,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What was made last, with what it was made of. It must follow from its input alone, so that what is
/// remembered changes no verdict.
pub struct Last<K, V>(Mutex<Option<(K, Arc<V>)>>);

impl<K, V> Last<K, V> {
    /// What follows from `input`: what was made last if that was of the same, or else what is made now.
    pub fn of<Q>(&self, input: &Q, make: impl FnOnce() -> V) -> Arc<V>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + PartialEq + ?Sized,
    {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, made)) = last.as_ref()
            && of.borrow() == input
        {
            return made.clone();
        }
        let made = Arc::new(make());
        *last = Some((input.to_owned(), made.clone()));
        made
    }
}

impl<K, V> Default for Last<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, V> fmt::Debug for Last<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Last").finish_non_exhaustive()
    }
}
