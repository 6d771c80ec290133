//! New plugin crates. That they compile and pass is told by `tests/template`, which builds the
//! template as it lies there, and by the slow checks, which write crates and test them.

use std::{collections::BTreeSet, fs, path::Path};

use super::{text, trellis};

fn new(arguments: &[&str]) -> std::process::Output {
    trellis(&[&["new"], arguments].concat(), b"")
}

/// Every file below a folder, by its path there.
fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let path = path.strip_prefix(root).unwrap();
                    found.insert(path.to_str().unwrap().replace('\\', "/"));
                }
            }
        }
    }
    found
}

#[test]
fn a_crate_has_every_room_and_no_name_but_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let output = new(&["sticky-note", "--in", dir.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    let root = dir.path().join("sticky-note");
    insta::assert_debug_snapshot!(files(&root), @r#"
    {
        "Cargo.toml",
        "src/hooks.rs",
        "src/lib.rs",
        "src/state.rs",
        "src/wire.rs",
        "tests/it/conformance.rs",
        "tests/it/group.rs",
        "tests/it/main.rs",
        "tests/it/rules.rs",
    }
    "#);
    for file in files(&root) {
        let content = fs::read_to_string(root.join(&file))
            .unwrap()
            .to_ascii_lowercase();
        for word in ["my-ext", "my_ext", "myext", "my ext", "@"] {
            assert!(!content.contains(word), "{word} in {file}");
        }
    }
    insta::assert_snapshot!("lib", fs::read_to_string(root.join("src/lib.rs")).unwrap());
    insta::assert_snapshot!(
        "manifest",
        fs::read_to_string(root.join("Cargo.toml")).unwrap()
    );
}

#[test]
fn inside_the_workspace_it_becomes_a_member() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("Cargo.toml");
    let before = "[workspace]\nmembers = [\n    # All of them.\n    \"a\",\n]\n\n\
                  [workspace.dependencies]\nmls-trellis-kit = \"0.1\"\n";
    fs::write(&manifest, before).unwrap();
    let extensions = dir.path().join("extensions");
    fs::create_dir(&extensions).unwrap();
    let output = new(&["sticky-note", "--in", extensions.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    insta::assert_snapshot!(fs::read_to_string(manifest).unwrap(), @r#"
    [workspace]
    members = [
        # All of them.
        "a",
        "extensions/sticky-note",
    ]

    [workspace.dependencies]
    mls-trellis-kit = "0.1"
    "#);
    let own = fs::read_to_string(extensions.join("sticky-note/Cargo.toml")).unwrap();
    assert!(own.contains("mls-trellis-hooks.workspace = true"), "{own}");
}

#[test]
fn with_a_checkout_it_builds_from_there() {
    let dir = tempfile::tempdir().unwrap();
    let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let here = dir.path().to_str().unwrap();
    let output = new(&["sticky-note", "--in", here, "--trellis", checkout]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let own = fs::read_to_string(dir.path().join("sticky-note/Cargo.toml")).unwrap();
    assert!(own.contains("core/hooks\" }"), "{own}");

    let output = new(&["other-note", "--in", here, "--trellis", here]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is not a checkout of Trellis"));
    assert!(!dir.path().join("other-note").exists());
}

#[test]
fn a_bad_name_is_explained() {
    for name in [
        "",
        "Note",
        "sticky_note",
        "-note",
        "note-",
        "1-note",
        "a",
        "test",
        "../note",
        "ünote",
    ] {
        let output = new(&["--", name]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(
            text(&output.stderr).contains("is no name for a plugin crate"),
            "{name}"
        );
    }
}

#[test]
fn what_is_there_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let taken = dir.path().join("sticky-note");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("mine"), "mine").unwrap();
    let output = new(&["sticky-note", "--in", dir.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is there already"));
    assert_eq!(files(&taken), BTreeSet::from(["mine".to_owned()]));

    let nowhere = dir.path().join("nowhere");
    let output = new(&["sticky-note", "--in", nowhere.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!nowhere.exists());
}

#[test]
fn a_manifest_that_cannot_take_a_member_leaves_no_crate_behind() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("Cargo.toml");
    fs::write(
        &manifest,
        "[workspace.dependencies]\nmls-trellis-kit = \"0.1\"\n",
    )
    .unwrap();
    let output = new(&["sticky-note", "--in", dir.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no list of members"));
    assert!(!dir.path().join("sticky-note").exists());
}
