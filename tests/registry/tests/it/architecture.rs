//! Which crate may name which, asserted from the manifests.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

/// The files every plugin crate has, so that whoever has read one knows all.
const ROOMS: &[&str] = &["lib.rs", "wire.rs", "state.rs", "hooks.rs"];

/// Rooms that a crate does without, because it would have nothing to put there.
const EMPTY_ROOMS: &[(&str, &str)] = &[("credentials/basic", "state.rs")];

/// What may be built on OpenMLS directly.
const ON_OPENMLS: &[&str] = &["core/engine", "tests/peers", "tests/bench", "tests/vectors"];

/// A package of the workspace.
#[derive(Debug)]
struct Package {
    /// Its folder, from the root of the workspace.
    dir: String,
    needs: Vec<Need>,
}

/// One line of a package's dependencies.
#[derive(Debug)]
struct Need {
    name: String,
    /// The folder, if it is of the workspace.
    dir: Option<String>,
    /// Not only for its tests.
    shipped: bool,
}

impl Package {
    fn is_plugin(&self) -> bool {
        self.dir != "extensions/bundle" && is_extension(&self.dir)
    }

    /// The folders of the packages of the workspace that it ships with.
    fn neighbours(&self) -> impl Iterator<Item = &str> {
        let shipped = self.needs.iter().filter(|need| need.shipped);
        shipped.filter_map(|need| need.dir.as_deref())
    }
}

fn is_extension(dir: &str) -> bool {
    dir.starts_with("extensions/") || dir.starts_with("credentials/")
}

/// Every dependency that is against the rules, as `who -> whom`.
fn forbidden(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages {
        let dir = package.dir.as_str();
        let mut neighbours = Vec::new();
        for neighbour in package.neighbours() {
            let allowed = match dir {
                "core/hooks" => false,
                "registry" => neighbour == "core/hooks",
                "core/engine" => neighbour != "registry" && !is_extension(neighbour),
                _ if package.is_plugin() => ["core/hooks", "registry"].contains(&neighbour),
                _ => true,
            };
            if !allowed {
                neighbours.push(neighbour.to_owned());
            }
        }
        for need in &package.needs {
            let name = need.name.as_str();
            let openmls = name.starts_with("openmls") && !ON_OPENMLS.contains(&dir);
            let inventory = name == "inventory" && dir != "registry";
            if openmls || inventory {
                neighbours.push(name.to_owned());
            }
        }
        found.extend(neighbours.iter().map(|whom| format!("{dir} -> {whom}")));
    }
    found
}

fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.join("../..").canonicalize().unwrap()
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(package).collect()
}

fn package(metadata: &Value) -> Package {
    let manifest = metadata["manifest_path"].as_str().unwrap();
    let dir = relative(manifest.strip_suffix("/Cargo.toml").unwrap());
    let needs = metadata["dependencies"].as_array().unwrap().iter();
    let needs = needs.map(|need| Need {
        name: need["name"].as_str().unwrap().to_owned(),
        dir: need["path"].as_str().map(relative),
        shipped: need["kind"].as_str() != Some("dev"),
    });
    Package {
        dir,
        needs: needs.collect(),
    }
}

fn relative(path: &str) -> String {
    let path = PathBuf::from(path).canonicalize().unwrap();
    let path = path.strip_prefix(root()).unwrap();
    path.to_str().unwrap().replace('\\', "/")
}

#[test]
fn arrows_point_one_way() {
    let packages = packages();
    assert!(packages.iter().any(|p| p.dir == "core/engine"));
    assert!(packages.iter().filter(|p| p.is_plugin()).count() >= 4);
    assert_eq!(forbidden(&packages), [""; 0]);
}

#[test]
fn every_forbidden_arrow_is_noticed() {
    let arrows = [
        ("core/hooks", "core/wire", true),
        ("registry", "core/engine", true),
        ("core/engine", "registry", true),
        ("core/engine", "extensions/poll", true),
        ("core/engine", "credentials/basic", true),
        ("extensions/poll", "core/engine", true),
        ("extensions/poll", "core/store", true),
        ("extensions/poll", "extensions/mimi-room", true),
        ("credentials/basic", "extensions/poll", true),
        ("extensions/poll", "extensions/bundle", true),
        ("extensions/poll", "openmls", false),
        ("extensions/bundle", "openmls_traits", false),
        ("cli", "openmls", false),
        ("core/engine", "inventory", false),
    ];
    for (from, to, of_workspace) in arrows {
        let dir = of_workspace.then(|| to.to_owned());
        let need = |shipped| Need {
            name: to.to_owned(),
            dir: dir.clone(),
            shipped,
        };
        let package = |shipped| Package {
            dir: from.to_owned(),
            needs: vec![need(shipped)],
        };
        assert_eq!(forbidden(&[package(true)]), [format!("{from} -> {to}")]);
        // A test may use its neighbours, but nobody else's foundations.
        assert_eq!(forbidden(&[package(false)]).is_empty(), of_workspace);
    }
}

#[test]
fn every_plugin_crate_has_the_same_rooms() {
    for package in packages().iter().filter(|package| package.is_plugin()) {
        for room in ROOMS {
            let expected = !EMPTY_ROOMS.contains(&(package.dir.as_str(), room));
            let path = root().join(&package.dir).join("src").join(room);
            assert_eq!(path.exists(), expected, "{}", path.display());
        }
    }
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lints = section(&manifest, "[workspace.lints.rust]");
    assert!(lints.contains(&"unsafe_code = \"forbid\""));
    for package in packages() {
        let path = root().join(&package.dir).join("Cargo.toml");
        let manifest = fs::read_to_string(&path).unwrap();
        let lints = section(&manifest, "[lints]");
        assert!(lints.contains(&"workspace = true"), "{}", path.display());
    }
}

/// The lines of one section of a manifest.
fn section<'a>(manifest: &'a str, header: &str) -> Vec<&'a str> {
    let lines = manifest.lines().skip_while(|line| *line != header);
    let lines = lines.skip(1).take_while(|line| !line.starts_with('['));
    lines.collect()
}

#[test]
fn the_registry_cannot_be_there_twice() {
    let manifest = fs::read_to_string(root().join("registry/Cargo.toml")).unwrap();
    let package = section(&manifest, "[package]");
    assert!(package.contains(&"links = \"mls-trellis-registry\""));
}
