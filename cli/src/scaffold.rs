//! `trellis new`: a plugin crate with every room, its tests, and a place in the registry.
//!
//! What it writes lies in the folder `template`, and is itself compiled and tested as a crate called
//! `my-extension`. Only names are replaced.
//!
//! ```
//! use mls_trellis_cli::scaffold::Name;
//!
//! let name: Name = "sticky-note".parse()?;
//! assert_eq!(name.to_string(), "sticky-note");
//! assert!("Sticky Note".parse::<Name>().is_err());
//! # Ok::<(), mls_trellis_cli::scaffold::Error>(())
//! ```

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    str::FromStr,
};

use clap::Args;

/// The files, by their paths in the new crate.
const FILES: [(&str, &str); 8] = [
    ("src/lib.rs", include_str!("../template/src/lib.rs")),
    ("src/wire.rs", include_str!("../template/src/wire.rs")),
    ("src/state.rs", include_str!("../template/src/state.rs")),
    ("src/hooks.rs", include_str!("../template/src/hooks.rs")),
    (
        "tests/it/main.rs",
        include_str!("../template/tests/it/main.rs"),
    ),
    (
        "tests/it/rules.rs",
        include_str!("../template/tests/it/rules.rs"),
    ),
    (
        "tests/it/group.rs",
        include_str!("../template/tests/it/group.rs"),
    ),
    (
        "tests/it/conformance.rs",
        include_str!("../template/tests/it/conformance.rs"),
    ),
];
const MANIFEST: &str = include_str!("../template/Cargo.toml.template");

/// The crates of Trellis that a plugin is built and tested with, by their folders.
const CRATES: [(&str, &str); 5] = [
    ("mls-trellis-hooks", "core/hooks"),
    ("mls-trellis-registry", "registry"),
    ("mls-trellis-basic", "credentials/basic"),
    ("mls-trellis-engine", "core/engine"),
    ("mls-trellis-kit", "tests/kit"),
];

/// What to write, and where.
#[derive(Clone, Debug, Args)]
pub struct Request {
    /// The crate's name, in small letters with hyphens: sticky-note.
    pub name: Name,
    /// The folder in which the crate gets a folder of its own.
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// A checkout of Trellis to build with, instead of the published crates. Inside of a checkout this
    /// is not needed.
    #[arg(long, value_name = "DIR")]
    pub trellis: Option<PathBuf>,
}

/// The name of a crate, from which all names in it are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let letters = text.chars().filter(char::is_ascii_lowercase).count();
        match text.split('-').all(word) && letters >= 2 && text != "test" {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Name {
    fn words(&self) -> impl Iterator<Item = String> {
        self.0.split('-').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        })
    }

    /// The letters that its rules' ids begin with.
    fn prefix(&self) -> String {
        let letters = self.0.chars().filter(char::is_ascii_lowercase);
        letters.collect::<String>().to_ascii_uppercase()
    }

    /// A file of the template with this name in it.
    fn put_into(&self, template: &str) -> String {
        let snake = self.0.replace('-', "_");
        let spaced = self.0.replace('-', " ");
        let mut letters = spaced.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        let sentence: String = first.into_iter().chain(letters).collect();
        template
            .replace("my-extension", &self.0)
            .replace("my_extension", &snake)
            .replace("MY_EXTENSION", &snake.to_ascii_uppercase())
            .replace("MyExtension", &self.words().collect::<String>())
            .replace("My extension", &sentence)
            .replace("MYEXT", &self.prefix())
            .replace("myext", &self.prefix().to_ascii_lowercase())
    }
}

/// Writes the crate and says what to do next. If anything fails, nothing is left behind.
///
/// # Errors
/// [`Error`].
pub fn run(request: &Request, out: &mut dyn Write) -> Result<(), Error> {
    let crate_dir = request.dir.join(&request.name.0);
    if crate_dir.exists() {
        return Err(Error::Exists(crate_dir));
    }
    let parent = absolute(&request.dir)?;
    let workspace = match &request.trellis {
        None => workspace_above(&parent)?,
        Some(_) => None,
    };
    let build = match (&workspace, &request.trellis) {
        (Some(_), _) => Build::Inside,
        (None, Some(checkout)) => Build::Checkout(checkout_at(checkout)?),
        (None, None) => Build::Published,
    };

    let written = write_all(&crate_dir, &request.name, &build).and_then(|()| match &workspace {
        Some(workspace) => workspace.add(&parent.join(&request.name.0)),
        None => Ok(()),
    });
    if let Err(error) = written {
        // What cannot be taken back now is named by the error already.
        let _ = fs::remove_dir_all(&crate_dir);
        return Err(error);
    }
    format(&crate_dir);

    let path = crate_dir.display();
    writeln!(
        out,
        "wrote {path}: a plugin with its rules, a group and the kit in its tests"
    )?;
    if let Some(workspace) = &workspace {
        writeln!(out, "added it to {}", workspace.manifest.display())?;
    }
    writeln!(out, "next: cd {path} && cargo test")?;
    Ok(())
}

fn write_all(crate_dir: &Path, name: &Name, build: &Build) -> Result<(), Error> {
    let manifest = build.manifest();
    let files = [("Cargo.toml", manifest.as_str())];
    for (path, template) in files.into_iter().chain(FILES) {
        let path = crate_dir.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::at(folder))?;
        }
        fs::write(&path, name.put_into(template)).map_err(Error::at(&path))?;
    }
    Ok(())
}

/// What the crate is built with.
enum Build {
    /// The workspace of Trellis around it.
    Inside,
    /// A checkout elsewhere.
    Checkout(PathBuf),
    /// The published crates.
    Published,
}

impl Build {
    fn manifest(&self) -> String {
        let inherited = [
            "version",
            "edition",
            "rust-version",
            "license",
            "repository",
        ];
        let package = match self {
            Self::Inside => inherited
                .map(|field| format!("{field}.workspace = true"))
                .join("\n"),
            _ => "version = \"0.1.0\"\nedition = \"2024\"\npublish = false".to_owned(),
        };
        let lints = match self {
            Self::Inside => "[lints]\nworkspace = true",
            _ => {
                "# Cryptography in an unoptimised build is too slow to test with.\n\
                 [profile.dev.package.\"*\"]\nopt-level = 3"
            }
        };
        let tls_codec = match self {
            Self::Inside => "tls_codec.workspace = true",
            _ => "tls_codec = { version = \"0.5\", features = [\"derive\", \"mls\"] }",
        };
        let mut manifest = MANIFEST
            .replace("@package@", &package)
            .replace("@lints@", lints)
            .replace("@tls_codec@", tls_codec);
        for (name, folder) in CRATES {
            manifest = manifest.replace(&format!("@{name}@"), &self.dependency(name, folder));
        }
        manifest
    }

    fn dependency(&self, name: &str, folder: &str) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match self {
            Self::Inside => format!("{name}.workspace = true"),
            Self::Published => format!("{name} = {version:?}"),
            Self::Checkout(root) => {
                let path = root.join(folder).display().to_string();
                format!("{name} = {{ version = {version:?}, path = {path:?} }}")
            }
        }
    }
}

/// A workspace of Trellis.
struct Workspace {
    manifest: PathBuf,
    document: toml_edit::DocumentMut,
}

impl Workspace {
    /// Makes the crate a member, last in the list.
    fn add(&self, crate_dir: &Path) -> Result<(), Error> {
        let root = self.manifest.parent().unwrap_or(Path::new("."));
        let member = crate_dir.strip_prefix(root).unwrap_or(crate_dir);
        let member = member.display().to_string().replace('\\', "/");
        let mut document = self.document.clone();
        let members = document
            .get_mut("workspace")
            .and_then(|workspace| workspace.get_mut("members"))
            .and_then(|members| members.as_array_mut())
            .ok_or_else(|| Error::NoMembers(self.manifest.clone()))?;
        members.push_formatted(toml_edit::Value::from(member).decorated("\n    ", ""));
        fs::write(&self.manifest, document.to_string()).map_err(Error::at(&self.manifest))
    }
}

/// The nearest workspace above that has the crates of Trellis.
fn workspace_above(dir: &Path) -> Result<Option<Workspace>, Error> {
    for dir in dir.ancestors() {
        let manifest = dir.join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else {
            continue;
        };
        let document: toml_edit::DocumentMut = match text.parse() {
            Ok(document) => document,
            Err(error) => return Err(Error::Manifest(manifest, error.to_string())),
        };
        let shared = document
            .get("workspace")
            .and_then(|workspace| workspace.get("dependencies"));
        if shared.is_some_and(|shared| shared.get("mls-trellis-kit").is_some()) {
            return Ok(Some(Workspace { manifest, document }));
        }
    }
    Ok(None)
}

/// The checkout, if it is one.
fn checkout_at(dir: &Path) -> Result<PathBuf, Error> {
    let root = absolute(dir)?;
    match CRATES
        .iter()
        .all(|(_, folder)| root.join(folder).join("Cargo.toml").is_file())
    {
        true => Ok(root),
        false => Err(Error::NoCheckout(dir.to_owned())),
    }
}

fn absolute(dir: &Path) -> Result<PathBuf, Error> {
    dir.canonicalize().map_err(Error::at(dir))
}

/// Other names break lines elsewhere. Without rustfmt the crate works as well.
fn format(crate_dir: &Path) {
    let files = ["src/lib.rs", "tests/it/main.rs"].map(|file| crate_dir.join(file));
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--quiet"]).args(files);
    let _ = rustfmt.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Why no crate was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is none for a crate.
    #[error(
        "{0:?} is no name for a plugin crate: take small letters and digits, in words with hyphens \
         between, such as sticky-note"
    )]
    Name(String),
    /// There is something already.
    #[error("{} is there already; choose another name, or remove it first", .0.display())]
    Exists(PathBuf),
    /// No checkout of Trellis.
    #[error("{} is not a checkout of Trellis", .0.display())]
    NoCheckout(PathBuf),
    /// The workspace's manifest cannot be read.
    #[error("{}: {_1}", .0.display())]
    Manifest(PathBuf, String),
    /// The workspace does not list its members.
    #[error("{} has no list of members to add the crate to", .0.display())]
    NoMembers(PathBuf),
    /// Reading or writing failed.
    #[error("{}: {_1}", .0.display())]
    File(PathBuf, io::Error),
    /// Writing the output failed.
    #[error("writing the output: {0}")]
    Output(#[from] io::Error),
}

impl Error {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::File(path.to_owned(), error)
    }
}
