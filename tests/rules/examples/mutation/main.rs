//! Switches every rule off, one at a time, and sees that its test notices.
//!
//! `cargo run -p mls-trellis-rules --example mutation`, from anywhere in the project. With
//! `TRELLIS_RULES=SR-,ADU-3` only the rules whose ids begin so. The tree is copied to
//! `target/mutation`, patched and built there once; what switches a rule off is an environment
//! variable.

mod build;
mod run;
mod tree;

use std::{env, error::Error, process::ExitCode};

use mls_trellis_rules::{Kept, Patch, Rule, Test};

/// A rule that has a test, and what switches it off.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) id: &'static str,
    pub(crate) test: &'static Test,
    pub(crate) off: &'static [Patch],
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let wanted = env::var("TRELLIS_RULES").unwrap_or_default();
    let subjects = subjects(&wanted);
    if subjects.is_empty() {
        return Err(format!("no rule with a test begins with {wanted:?}").into());
    }
    let tree = tree::prepare(&subjects)?;
    let binaries = build::build(&tree, &subjects)?;
    let survivors = run::all(&subjects, &binaries)?;
    println!(
        "{} rules switched off, {} noticed",
        subjects.len(),
        subjects.len() - survivors
    );
    Ok(match survivors {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The rules to switch off: those whose ids begin with one of the words, or all.
fn subjects(wanted: &str) -> Vec<Subject> {
    let begins = |id: &str| {
        let mut words = wanted
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        wanted.is_empty()
            || words.any(|word| id == word || word.ends_with('-') && id.starts_with(word))
    };
    Rule::all()
        .filter(|rule| begins(rule.id))
        .filter_map(|rule| match &rule.kept {
            Kept::Tested { test, off } => Some(Subject {
                id: rule.id,
                test,
                off,
            }),
            Kept::Open { .. } => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_chosen_by_series_or_by_id() {
        let ids = |wanted| {
            let subjects = subjects(wanted).into_iter();
            subjects.map(|subject| subject.id).collect::<Vec<_>>()
        };
        assert_eq!(ids("ADU-3"), ["ADU-3"]);
        assert!(ids("ADU-, AE-1").contains(&"ADU-15") && ids("ADU-, AE-1").contains(&"AE-1"));
        assert!(!ids("ADU-").contains(&"AE-1"));
        assert!(ids("").len() > ids("ADU-").len());
        assert!(ids("ADU").is_empty());
    }
}
