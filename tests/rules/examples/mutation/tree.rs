//! A copy of the tree, with every rule behind a question to the environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
};

use mls_trellis_rules::Patch;

use crate::Subject;

/// Where everything goes, from the root of the project.
pub(crate) const FOLDER: &str = "target/mutation";

/// The variable that names the rule which is switched off.
pub(crate) const OFF: &str = "TRELLIS_RULE_OFF";

/// A patch, with the rules that it switches off.
type Shared<'s> = BTreeMap<(&'s str, &'s str), Vec<&'s str>>;

/// Copies what git knows of and applies the patches. Files that stay the same are not touched, so that
/// what was built of them stays valid. Returns the root of the copy.
pub(crate) fn prepare(subjects: &[Subject]) -> Result<PathBuf, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let copy = root.join(FOLDER).join("tree");
    let mut patches = by_file(subjects);
    let mut kept = BTreeSet::new();
    for file in files(&root)? {
        let Ok(mut content) = fs::read(root.join(&file)) else {
            continue; // Deleted, and git does not know yet.
        };
        if let Some(patches) = patches.remove(file.as_str()) {
            let code = String::from_utf8(content)?;
            content = apply(&code, &patches)
                .map_err(|e| format!("{file}: {e}"))?
                .into();
        }
        let target = copy.join(&file);
        if fs::read(&target).ok().as_ref() != Some(&content) {
            fs::create_dir_all(target.parent().unwrap_or(&copy))?;
            fs::write(&target, content)?;
        }
        kept.insert(target);
    }
    if let Some((file, _)) = patches.first_key_value() {
        return Err(format!("{file} is not in the tree").into());
    }
    sweep(&copy, &kept)?;
    Ok(copy)
}

/// The files of the project, as paths from its root.
fn files(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err("git ls-files failed".into());
    }
    let list = String::from_utf8(output.stdout)?;
    Ok(list.split_terminator('\0').map(str::to_owned).collect())
}

/// Removes what an earlier run left.
fn sweep(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sweep(&path, kept)?;
        } else if !kept.contains(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The patches of each file. One that switches several rules off is there once.
fn by_file(subjects: &[Subject]) -> BTreeMap<&str, Shared<'_>> {
    let mut files = BTreeMap::<_, Shared<'_>>::new();
    for subject in subjects {
        for Patch {
            file,
            find,
            replace,
        } in subject.off
        {
            let patches = files.entry(*file).or_default();
            patches
                .entry((*find, *replace))
                .or_default()
                .push(subject.id);
        }
    }
    files
}

/// The code with its patches.
fn apply(code: &str, patches: &Shared<'_>) -> Result<String, String> {
    let mut places = Vec::<(Range<usize>, String)>::new();
    for ((find, replace), ids) in patches {
        let start = code
            .find(find)
            .ok_or_else(|| format!("{find:?} is not there"))?;
        places.push((
            start..start + find.len(),
            replace.replace("on!()", &on(ids)),
        ));
    }
    // From the end, so that the places before stay where they are.
    places.sort_by_key(|(place, _)| place.start);
    let mut code = code.to_owned();
    for (place, text) in places.into_iter().rev() {
        code.replace_range(place, &text);
    }
    Ok(code)
}

/// Rust for: none of these rules is switched off.
fn on(ids: &[&str]) -> String {
    let ids = ids
        .iter()
        .map(|id| format!("Some({id:?})"))
        .collect::<Vec<_>>()
        .join(" | ");
    format!("(!matches!(::std::env::var({OFF:?}).ok().as_deref(), {ids}))")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CODE: &str = "if a { 1 }; if b { 2 }";

    #[test]
    fn patches_are_put_in_their_places() {
        let patches = Shared::from([
            (("if b {", "if b && on!() {"), vec!["B-1", "B-2"]),
            (("if a {", "if a && on!() {"), vec!["A-1"]),
        ]);
        let (a, b) = (on(&["A-1"]), on(&["B-1", "B-2"]));
        let expected = format!("if a && {a} {{ 1 }}; if b && {b} {{ 2 }}");
        assert_eq!(apply(CODE, &patches).unwrap(), expected);
        assert!(b.contains("Some(\"B-1\") | Some(\"B-2\")"), "{b}");
    }

    #[test]
    fn a_patch_that_fits_nowhere_is_an_error() {
        let patches = Shared::from([(("if c", "on!()"), vec!["C-1"])]);
        assert!(apply(CODE, &patches).unwrap_err().contains("if c"));
    }
}
