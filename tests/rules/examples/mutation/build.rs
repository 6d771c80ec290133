//! Building the tests of the copy.

use std::{
    collections::BTreeSet,
    env,
    error::Error,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::Subject;

/// A test program, and the tests in it.
pub(crate) struct Binary {
    pub(crate) path: PathBuf,
    /// Where tests of this package run.
    pub(crate) package: PathBuf,
    /// The folder of its first file, from the root of the copy.
    sources: PathBuf,
    tests: Vec<String>,
}

impl Binary {
    /// The full name of a test by its file and function, if it is in this program: the test of that
    /// name in the module of that file, or the only one of that name.
    pub(crate) fn test(&self, file: &Path, function: &str) -> Option<&str> {
        let module = file.strip_prefix(&self.sources).ok()?.with_extension("");
        let module = module.iter().filter_map(|part| part.to_str());
        let module: Vec<_> = module
            .filter(|part| !["main", "lib", "mod"].contains(part))
            .collect();
        let module = module.join("::");
        let of_name = |test: &&str| test.rsplit("::").next() == Some(function);
        let tests = self.tests.iter().map(String::as_str);
        let found: Vec<_> = tests.filter(of_name).collect();
        match found.as_slice() {
            [only] => Some(only),
            several => several
                .iter()
                .copied()
                .find(|test| test.starts_with(&module)),
        }
    }
}

/// Builds the test programs of the packages that the tests are in.
pub(crate) fn build(tree: &Path, subjects: &[Subject]) -> Result<Vec<Binary>, Box<dyn Error>> {
    let mut packages = BTreeSet::new();
    for subject in subjects {
        packages.insert(package(tree, subject.test.file)?);
    }
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "test",
            "--no-run",
            "--quiet",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .env("CARGO_TARGET_DIR", tree.with_file_name("build"))
        .current_dir(tree)
        .output()?;
    if !output.status.success() {
        // Only now: patches leave code behind that the compiler warns of.
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        return Err("the patched tree does not build".into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let messages = messages.lines().map(serde_json::from_str::<Value>);
    let messages = messages.collect::<Result<Vec<_>, _>>()?;
    messages
        .iter()
        .filter_map(|message| binary(tree, message).transpose())
        .collect()
}

/// The test program that a message of cargo tells of, if it does.
fn binary(tree: &Path, message: &Value) -> Result<Option<Binary>, Box<dyn Error>> {
    let text = |path: &str| message.pointer(path).and_then(Value::as_str);
    let is_test = message.pointer("/profile/test") == Some(&Value::Bool(true));
    let (Some(path), Some(source), Some(manifest), true) = (
        text("/executable"),
        text("/target/src_path"),
        text("/manifest_path"),
        is_test,
    ) else {
        return Ok(None);
    };
    let folder = |file: &str| {
        Path::new(file)
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default()
    };
    let listed = Command::new(path)
        .args(["--list", "--format", "terse"])
        .output()?;
    let listed = String::from_utf8(listed.stdout)?;
    let tests = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    Ok(Some(Binary {
        path: path.into(),
        package: folder(manifest),
        sources: folder(source).strip_prefix(tree)?.to_owned(),
        tests: tests.map(str::to_owned).collect(),
    }))
}

/// The name of the package that a file belongs to.
fn package(tree: &Path, file: &str) -> Result<String, Box<dyn Error>> {
    let folders = Path::new(file).ancestors().skip(1);
    let manifests = folders.map(|folder| tree.join(folder).join("Cargo.toml"));
    let manifest = manifests
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok());
    let manifest = manifest.ok_or_else(|| format!("{file} is in no package"))?;
    let manifest: toml::Table = toml::from_str(&manifest)?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"));
    let name = name.and_then(|name| name.as_str());
    Ok(name
        .ok_or_else(|| format!("{file} is in no package"))?
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(sources: &str, tests: &[&str]) -> Binary {
        Binary {
            path: PathBuf::new(),
            package: PathBuf::new(),
            sources: sources.into(),
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        }
    }

    #[test]
    fn a_test_is_found_by_its_file() {
        let it = binary(
            "x/tests/it",
            &["one::same", "two::same", "two::tests::other"],
        );
        assert_eq!(
            it.test(Path::new("x/tests/it/two.rs"), "same"),
            Some("two::same")
        );
        assert_eq!(it.test(Path::new("x/tests/it/three.rs"), "same"), None);
        // Of another file by `#[path]`, and in a module of its own.
        let other = Path::new("x/tests/it/elsewhere.rs");
        assert_eq!(it.test(other, "other"), Some("two::tests::other"));
        assert_eq!(it.test(Path::new("x/src/two.rs"), "same"), None);
    }
}
