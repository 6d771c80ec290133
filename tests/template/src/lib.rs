//! The crate that `trellis new` writes, before it is given a name: compiled and tested as it lies in
//! the command's folder.

#[path = "../../../cli/template/src/lib.rs"]
mod template;

pub use template::*;
