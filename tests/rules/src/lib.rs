//! Every numbered rule: what it says, where it comes from, which test keeps it, or why none can.
//!
//! A refusal names its rule by an id ([`Reject::rule`]). The rules of one specification stand in one
//! file of the folder `rules`; the build turns them into constants.
//!
//! ```
//! use mls_trellis_rules::{Kept, Rule, Tag};
//!
//! let rule = Rule::find("ADU-3").ok_or("no such rule")?;
//! assert_eq!(rule.tag, Tag::D);
//! assert_eq!(rule.section, "draft-ietf-mls-extensions-10, 4.7");
//! let Kept::Tested { test, .. } = &rule.kept else {
//!     return Err("not tested".into());
//! };
//! println!("{}: {} ({})", rule.id, rule.says, test.function);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Adding a rule
//!
//! ```toml
//! [[rule]]
//! id = "ADU-3"
//! tag = "D"
//! section = "4.7"
//! says = "Only an entry that is there is removed."
//! test = "core/engine/tests/it/rules/updates.rs::adu_3_remove_of_an_absent_entry"
//! off = [{ file = "core/engine/src/judge/fold.rs", find = "if wrong", replace = "if wrong && on!()" }]
//! ```
//!
//! `off` switches the rule off, in a copy of the tree: `find` occurs once in its file, and `on!()`
//! becomes a question to the environment. The test has to fail then. Two rules that one line keeps have
//! the same patch. A rule that no code here can break has a `reason` instead of `off`. What senders do
//! is numbered by itself: `ADU-S3`.
//!
//! [`Reject::rule`]: https://docs.rs/mls-trellis-hooks/latest/mls_trellis_hooks/struct.Reject.html

#[cfg(test)]
mod parse;

use std::fmt;

/// The rules of one specification.
#[derive(Debug)]
#[non_exhaustive]
pub struct Digest {
    /// What it is about, as in `app-data-update`. The file has the same name.
    pub name: &'static str,
    /// The document, with its revision.
    pub source: &'static str,
    /// Its rules, in the order of the file.
    pub rules: &'static [Rule],
}

/// One rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its id, as in `ADU-3`; `ADU-S3` for what senders do.
    pub id: &'static str,
    /// Where it comes from, which decides what it may refuse.
    pub tag: Tag,
    /// Document and section.
    pub section: &'static str,
    /// The rule in our words.
    pub says: &'static str,
    /// What keeps it.
    pub kept: Kept,
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// The draft says it.
    D,
    /// RFC 9420 says it.
    R,
    /// The draft implies it.
    I,
    /// We recommend it.
    O,
}

/// What keeps a rule.
#[derive(Debug)]
pub enum Kept {
    /// A test that fails when the rule is switched off.
    Tested {
        /// The test.
        test: Test,
        /// What switches the rule off.
        off: &'static [Patch],
    },
    /// No code of ours that could be switched off.
    Open {
        /// Why.
        reason: &'static str,
        /// What shows it all the same.
        test: Option<Test>,
    },
}

/// A test, by where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Test {
    /// The file, from the root of the project.
    pub file: &'static str,
    /// The function's name.
    pub function: &'static str,
}

/// One replacement in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The file, from the root of the project.
    pub file: &'static str,
    /// What stands there, once.
    pub find: &'static str,
    /// What takes its place; behaves the same while `on!()` is true.
    pub replace: &'static str,
}

/// All rules, a specification each, in the order of their names.
pub const DIGESTS: &[Digest] = include!(concat!(env!("OUT_DIR"), "/digests.rs"));

impl Rule {
    /// Every rule.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        DIGESTS.iter().flat_map(|digest| digest.rules)
    }

    /// The rule with this id. Case does not matter.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        Self::all().find(|rule| rule.id.eq_ignore_ascii_case(id))
    }

    /// The rules with ids like this one: those of its series, or else of its number.
    pub fn like(id: &str) -> impl Iterator<Item = &'static Self> {
        let (series, number) = halves(id);
        let of_series = Self::all().any(|rule| halves(rule.id).0.eq_ignore_ascii_case(series));
        Self::all().filter(move |rule| {
            let (its_series, its_number) = halves(rule.id);
            match of_series {
                true => its_series.eq_ignore_ascii_case(series),
                false => its_number == number && resemble(its_series, series),
            }
        })
    }

    /// The test, where there is one.
    #[must_use]
    pub fn test(&self) -> Option<&Test> {
        match &self.kept {
            Kept::Tested { test, .. } => Some(test),
            Kept::Open { test, .. } => test.as_ref(),
        }
    }
}

/// An id's series and its number.
fn halves(id: &str) -> (&str, &str) {
    let start = id.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    id.split_at_checked(start).unwrap_or((id, ""))
}

/// Whether two series have the same letters, or all but one stretch of one letter.
fn resemble(one: &str, other: &str) -> bool {
    let letters = |series: &str| series.to_ascii_uppercase().chars().collect::<Vec<_>>();
    let (one, other) = (letters(one), letters(other));
    let equal = |pair: &(&char, &char)| pair.0 == pair.1;
    let shorter = one.len().min(other.len());
    let head = one.iter().zip(&other).take_while(equal).count();
    let tail = one.iter().rev().zip(other.iter().rev());
    let tail = tail.take_while(equal).count().min(shorter - head);
    let sorted = |mut letters: Vec<char>| {
        letters.sort_unstable();
        letters
    };
    one.len().max(other.len()) - head - tail <= 1 || sorted(one) == sorted(other)
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::D => "the draft says it",
            Self::R => "RFC 9420 says it",
            Self::I => "the draft implies it",
            Self::O => "we recommend it",
        })
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.file, self.function)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_rule_is_found_by_its_id() {
        assert_eq!(Rule::find("adu-3").unwrap().id, "ADU-3");
        assert!(Rule::find("ADU").is_none() && Rule::find("ADU-999").is_none());
    }

    #[test]
    fn like_ids_are_of_the_series_or_of_the_number() {
        let like = |id| Rule::like(id).map(|rule| rule.id).collect::<Vec<_>>();
        assert!(like("ADU-999").contains(&"ADU-3"));
        assert!(like("ADU-999").iter().all(|id| id.starts_with("ADU-")));
        assert!(like("AUD-3").contains(&"ADU-3"));
        assert!(like("AD-3").contains(&"ADU-3"));
        assert!(like("nonsense").is_empty() && like("").is_empty());
    }
}
