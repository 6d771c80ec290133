//! Reading a file of rules. The build script uses it; the library does not need it any more.

use std::fmt;

use serde::Deserialize;

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Digest {
    pub(crate) digest: String,
    pub(crate) source: String,
    pub(crate) rule: Vec<Row>,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) tag: Letter,
    pub(crate) section: String,
    pub(crate) says: String,
    pub(crate) test: Option<String>,
    #[serde(default)]
    pub(crate) off: Vec<Patch>,
    pub(crate) reason: Option<String>,
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(crate) enum Letter {
    D,
    R,
    I,
    O,
}

/// What switches a rule off in a copy of the tree.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patch {
    pub(crate) file: String,
    pub(crate) find: String,
    pub(crate) replace: String,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(crate) struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Reads a file.
pub(crate) fn digest(text: &str) -> Result<Digest, Malformed> {
    let digest: Digest = toml::from_str(text).map_err(|error| Malformed(error.to_string()))?;
    digest.rule.iter().try_for_each(check)?;
    Ok(digest)
}

fn check(row: &Row) -> Result<(), Malformed> {
    let id = &row.id;
    let wrong = |what: &str| Err(Malformed(format!("{id}: {what}")));
    if numbered(id).is_none() {
        return wrong("an id is capitals, a hyphen and a number, as in ADU-3 or ADU-S3");
    }
    if row.section.is_empty() || row.says.is_empty() {
        return wrong("a rule has a section and says something");
    }
    match (&row.test, row.off.as_slice(), &row.reason) {
        (_, [], Some(reason)) if !reason.is_empty() => {}
        (Some(_), [_, ..], None) => {}
        _ => return wrong("a rule has a test and what switches it off, or else a reason"),
    }
    if let Some(test) = &row.test {
        place(test)?;
    }
    match row
        .off
        .iter()
        .find(|patch| !patch.replace.contains("on!()"))
    {
        Some(patch) => wrong(&format!("no on!() in {:?}", patch.replace)),
        None => Ok(()),
    }
}

/// The series and the number of an id: `ADU-` and 3, or `ADU-S` and 3 for what senders do.
pub(crate) fn numbered(id: &str) -> Option<(&str, u32)> {
    let start = id.rfind(|c: char| !c.is_ascii_digit())? + 1;
    let (series, number) = id.split_at_checked(start)?;
    let prefix = series.strip_suffix("-S").or(series.strip_suffix('-'))?;
    let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let well_formed = prefix.len() >= 2
        && prefix.starts_with(|c: char| c.is_ascii_uppercase())
        && prefix.chars().all(capital);
    let number = number.parse().ok().filter(|_| well_formed)?;
    Some((series, number))
}

/// The file and the function of `file::function`.
pub(crate) fn place(test: &str) -> Result<(&str, &str), Malformed> {
    match test.rsplit_once("::") {
        Some((file, function)) if file.ends_with(".rs") && !function.is_empty() => {
            Ok((file, function))
        }
        _ => Err(Malformed(format!("{test:?} is not file::function"))),
    }
}

/// Document and section: a section may name a document of its own, as in `RFC 9420, 12.2`.
pub(crate) fn cited(source: &str, section: &str) -> String {
    match section.contains(", ") || section.starts_with("RFC") {
        true => section.to_owned(),
        false => format!("{source}, {section}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    const RULE: &str = r#"
        digest = "sample"
        source = "draft-sample-00"
        [[rule]]
        id = "SAM-1"
        tag = "D"
        section = "4"
        says = "It is so."
    "#;
    const TEST: &str = "test = \"a.rs::sam_1\"\n";
    const OFF: &str = "off = [{ file = \"a.rs\", find = \"x\", replace = \"x && on!()\" }]\n";
    const REASON: &str = "reason = \"Kept by others.\"\n";

    fn refused(text: &str) -> String {
        digest(text).unwrap_err().to_string()
    }

    #[test]
    fn a_rule_is_read_as_it_stands() {
        let digest = digest(&format!("{RULE}{TEST}{OFF}")).unwrap();
        assert_eq!(
            (&*digest.digest, &*digest.source),
            ("sample", "draft-sample-00")
        );
        let [row] = digest.rule.as_slice() else {
            panic!("{digest:?}");
        };
        assert!((row.id.as_str(), row.tag, &*row.says) == ("SAM-1", Letter::D, "It is so."));
        let [patch] = row.off.as_slice() else {
            panic!("{row:?}");
        };
        assert_eq!((&*patch.file, &*patch.find), ("a.rs", "x"));
    }

    #[test]
    fn a_rule_is_tested_or_has_a_reason() {
        for rest in [[TEST, OFF, ""], [REASON, "", ""], [TEST, REASON, ""]] {
            digest(&format!("{RULE}{}", rest.concat())).unwrap();
        }
        let empty = "reason = \"\"\n";
        for rest in [
            ["", "", ""],
            [TEST, "", ""],
            ["", OFF, ""],
            [TEST, OFF, REASON],
            [empty, "", ""],
        ] {
            let refused = refused(&format!("{RULE}{}", rest.concat()));
            assert!(refused.contains("or else a reason"), "{refused}");
        }
    }

    #[test]
    fn what_is_ill_formed_is_named() {
        let replaced =
            |from: &str, to: &str| refused(&format!("{RULE}{TEST}{OFF}").replace(from, to));
        assert!(replaced("SAM-1", "Sam-1").contains("Sam-1: an id is"));
        assert!(replaced("It is so.", "").contains("says something"));
        assert!(replaced("\"4\"", "\"\"").contains("has a section"));
        assert!(replaced("on!()", "on").contains("no on!()"));
        assert!(replaced("::", ":").contains("is not file::function"));
        assert!(replaced("\"D\"", "\"X\"").contains("unknown variant"));
        assert!(replaced("find", "search").contains("unknown field"));
    }

    #[test]
    fn ids_are_a_series_and_a_number() {
        assert_eq!(numbered("ADU-12"), Some(("ADU-", 12)));
        assert_eq!(numbered("ADU-S3"), Some(("ADU-S", 3)));
        assert_eq!(numbered("X5-7"), Some(("X5-", 7)));
        for text in [
            "ADU",
            "ADU-",
            "ADU-S",
            "adu-1",
            "A-1",
            "5X-1",
            "ADU-1a",
            "MLS 1.0 X-1",
            "-1",
            "7",
        ] {
            assert_eq!(numbered(text), None, "{text}");
        }
    }

    #[test]
    fn a_section_may_be_of_another_document() {
        assert_eq!(cited("draft-x-01", "4.7"), "draft-x-01, 4.7");
        assert_eq!(cited("draft-x-01", "RFC 9420, 12.2"), "RFC 9420, 12.2");
    }
}
