//! `trellis explain`: what a rule says, where it comes from, and what keeps it.
//!
//! ```
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let code = mls_trellis_cli::explain::one("ADU-3", false, &mut out, &mut err)?;
//! assert_eq!(code, 0);
//! assert!(String::from_utf8(out)?.starts_with("ADU-3: "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{self, Write};

use mls_trellis_rules::{Kept, Rule};
use serde_json::json;

/// Writes all there is to say of one rule, or one JSON document.
///
/// Returns the exit code: 2 when there is no such rule, which is told to `err` together with the rules
/// whose ids are like it.
///
/// # Errors
/// When writing fails.
pub fn one(id: &str, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let Some(rule) = Rule::find(id) else {
        unknown(id, err)?;
        return Ok(2);
    };
    if json {
        writeln!(out, "{}", as_json(rule))?;
        return Ok(0);
    }
    writeln!(out, "{}: {}", rule.id, rule.says)?;
    writeln!(out, "  source   {} ({})", rule.section, rule.tag)?;
    match &rule.kept {
        Kept::Tested { test, .. } => writeln!(out, "  test     {test}")?,
        Kept::Open { reason, test } => {
            writeln!(out, "  untested {reason}")?;
            if let Some(test) = test {
                writeln!(out, "  see also {test}")?;
            }
        }
    }
    Ok(0)
}

/// Writes a line for each rule: its id, whether a test fails when it is switched off, and that test or
/// the reason why there is none. Or one JSON document a line.
///
/// # Errors
/// When writing fails.
pub fn all(json: bool, out: &mut dyn Write) -> io::Result<()> {
    let width = Rule::all().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in Rule::all() {
        if json {
            writeln!(out, "{}", as_json(rule))?;
            continue;
        }
        match &rule.kept {
            Kept::Tested { test, .. } => writeln!(out, "{:width$}  tested    {test}", rule.id)?,
            Kept::Open { reason, .. } => writeln!(out, "{:width$}  untested  {reason}", rule.id)?,
        }
    }
    Ok(())
}

fn as_json(rule: &Rule) -> serde_json::Value {
    let reason = match &rule.kept {
        Kept::Tested { .. } => None,
        Kept::Open { reason, .. } => Some(reason),
    };
    json!({
        "rule": rule.id,
        "tag": format!("{:?}", rule.tag),
        "section": rule.section,
        "says": rule.says,
        "tested": reason.is_none(),
        "test": rule.test().map(ToString::to_string),
        "reason": reason,
    })
}

fn unknown(id: &str, err: &mut dyn Write) -> io::Result<()> {
    let like: Vec<_> = Rule::like(id).map(|rule| rule.id).collect();
    let like = match like.as_slice() {
        [] => String::new(),
        ids => format!("; there are {}", ids.join(", ")),
    };
    writeln!(
        err,
        "trellis: no rule is called {id:?}{like}\nsee `trellis explain --list` for all"
    )
}
