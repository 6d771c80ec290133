//! My extension, for MLS groups: a note that every member reads and any member writes. No draft
//! specifies it: component 0x8100 (private use), version 1, over draft-ietf-mls-extensions-10.
//!
//! | rule | says |
//! |---|---|
//! | MYEXT-1 | A note is not empty, and of at most 1000 bytes. |
//! | MYEXT-2 | Only members write. |
//!
//! ```
//! use my_extension::Note;
//!
//! let note = Note::new("Back at noon")?;
//! assert_eq!(Note::new("").unwrap_err().rule(), "MYEXT-1");
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{MY_EXTENSION, MyExtension};
pub use wire::{Note, Write};
