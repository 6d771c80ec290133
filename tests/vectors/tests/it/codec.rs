//! Our codecs and `mls-spec`, a codec of other authors, on the same bytes.
//!
//! What they judge differently stands in `DIFFERENCES.md` with a reason. A difference that is not in
//! it fails, and so does one in it that is none any more.

mod alike;
mod mutants;
mod samples;
mod subjects;
