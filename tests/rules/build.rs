//! Turns `rules/*.toml` into constants, so that a malformed row is an error of the build.

#[path = "src/parse.rs"]
mod parse;

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use parse::{Digest, Patch, Row};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let mut table = String::new();
    for file in files(Path::new("rules"))? {
        let digest = parse::digest(&fs::read_to_string(&file)?);
        let digest = digest.map_err(|error| format!("{}: {error}", file.display()))?;
        write_digest(&mut table, &digest)?;
    }
    let out = PathBuf::from(env::var("OUT_DIR")?).join("digests.rs");
    fs::write(out, format!("&[{table}]"))?;
    Ok(())
}

/// The files in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<_> = entries.iter().map(fs::DirEntry::path).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    Ok(files)
}

// Rust's texts in the form of `Debug` are Rust's literals.

fn write_digest(out: &mut String, digest: &Digest) -> Result<(), Box<dyn Error>> {
    let (name, source) = (&digest.digest, &digest.source);
    write!(
        out,
        "Digest {{ name: {name:?}, source: {source:?}, rules: &["
    )?;
    for row in &digest.rule {
        write_row(out, row, source)?;
    }
    writeln!(out, "] }},")?;
    Ok(())
}

fn write_row(out: &mut String, row: &Row, source: &str) -> Result<(), Box<dyn Error>> {
    let Row { id, tag, says, .. } = row;
    let section = parse::cited(source, &row.section);
    writeln!(
        out,
        "Rule {{ id: {id:?}, tag: Tag::{tag:?}, section: {section:?}, says: {says:?},"
    )?;
    match (&row.reason, &row.test) {
        (Some(reason), test) => {
            let test = test.as_deref().map(test_literal).transpose()?;
            let test = test.map_or("None".to_owned(), |test| format!("Some({test})"));
            writeln!(
                out,
                "kept: Kept::Open {{ reason: {reason:?}, test: {test} }} }},"
            )?;
        }
        (None, Some(test)) => {
            let test = test_literal(test)?;
            let off: String = row.off.iter().map(patch_literal).collect();
            writeln!(
                out,
                "kept: Kept::Tested {{ test: {test}, off: &[{off}] }} }},"
            )?;
        }
        (None, None) => return Err(format!("{id} has neither a test nor a reason").into()),
    }
    Ok(())
}

fn test_literal(test: &str) -> Result<String, Box<dyn Error>> {
    let (file, function) = parse::place(test)?;
    Ok(format!("Test {{ file: {file:?}, function: {function:?} }}"))
}

fn patch_literal(patch: &Patch) -> String {
    let Patch {
        file,
        find,
        replace,
    } = patch;
    format!("Patch {{ file: {file:?}, find: {find:?}, replace: {replace:?} }},")
}
