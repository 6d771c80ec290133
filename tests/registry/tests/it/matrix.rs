//! Real programs, built and run: which plugins end up in them.
//!
//! This takes minutes and runs only with `TRELLIS_SLOW=1`. The programs are in `matrix/`; they are
//! copied before they are built, so that nothing is written into the sources.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

const BOTH: &str = "[plugin-a plugin-b]";

/// Each program with the plugins it finds.
const PROGRAMS: &[(&str, &str)] = &[
    ("named", BOTH),
    ("listed", "[]"),
    ("constant", "[plugin-a]"),
    ("function", "[plugin-b]"),
    ("through_facade", BOTH),
    ("table", BOTH),
    ("both", BOTH),
];

/// What `embedded` says on every target: that the table has both plugins. How many
/// discovery alone finds differs, and is not promised.
const WITH_TABLE: &str = "2 ";

#[test]
fn programs_in_dev() {
    programs("dev");
}

#[test]
fn programs_with_fat_lto() {
    programs("fat");
}

#[test]
fn programs_with_thin_lto() {
    programs("thin");
}

fn programs(profile: &str) {
    let Some(matrix) = Matrix::get(&format!("programs ({profile})")) else {
        return;
    };
    matrix.cargo(&["build", "--package", "programs", "--profile", profile]);
    let folder = matrix.target().join(folder(profile));
    for (program, expected) in PROGRAMS {
        let found = stdout(&mut Command::new(folder.join(program)));
        assert_eq!(found, *expected, "{program} in {profile}");
    }

    let clash = stdout(&mut Command::new(folder.join("clash")));
    for plugin in ["plugin-a", "twin"] {
        let source = fs::read_to_string(matrix.0.join(plugin).join("src/hooks.rs")).unwrap();
        let macro_at = |line: &str| line.contains("register!");
        let line = source.lines().position(macro_at).unwrap() + 1;
        let place = format!("{plugin}@0.1.0 ({plugin}/src/hooks.rs:{line})");
        assert!(clash.contains(&place), "{place} in {clash}");
    }
    let absent = stdout(&mut Command::new(folder.join("absent")));
    for part in ["0x8a01", "use the_crate as _;"] {
        assert!(absent.contains(part), "{part} in {absent}");
    }
}

#[test]
fn the_compiler_names_a_crate_that_is_only_listed() {
    let Some(matrix) = Matrix::get("unused_crate_dependencies") else {
        return;
    };
    let build = ["rustc", "--package", "programs", "--bin", "listed"];
    let guard = ["--", "--deny", "unused-crate-dependencies"];
    let output = matrix.command(&[&build[..], &guard[..]].concat()).output();
    let output = output.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it was built: {errors}");
    for plugin in ["plugin_a", "plugin_b"] {
        assert!(errors.contains(&format!("use {plugin} as _;")), "{errors}");
    }
}

#[test]
fn two_versions_of_the_registry_are_refused() {
    let Some(matrix) = Matrix::get("two versions of the registry") else {
        return;
    };
    // The other one needs no code: cargo refuses before it compiles.
    let folder = folder_of_tests().join("two-versions");
    let other = "[package]\nname = \"mls-trellis-registry\"\nversion = \"0.0.1\"\n\
                 links = \"mls-trellis-registry\"\n";
    let program = format!(
        "[package]\nname = \"two\"\n[workspace]\n[dependencies]\n\
         one = {{ package = \"mls-trellis-registry\", path = \"{}\" }}\n\
         two = {{ package = \"mls-trellis-registry\", path = \"other\" }}\n",
        root().join("registry").display(),
    );
    for (dir, manifest) in [(folder.join("other"), other), (folder.clone(), &program)] {
        fs::create_dir_all(dir.join("src")).unwrap();
        fs::write(dir.join("Cargo.toml"), manifest).unwrap();
        fs::write(dir.join("build.rs"), "fn main() {}").unwrap();
        fs::write(dir.join("src/lib.rs"), "").unwrap();
    }

    let output = matrix.command(&["check"]).current_dir(folder).output();
    let output = output.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it was built: {errors}");
    assert!(
        errors.contains("links = \"mls-trellis-registry\""),
        "{errors}"
    );
}

#[test]
fn a_static_library_in_a_c_program() {
    let row = "static library in a C program";
    let Some(matrix) = Matrix::get(row) else {
        return;
    };
    if !works("cc", &["--version"]) {
        return skipped(row, "there is no cc");
    }
    for profile in ["dev", "fat", "thin"] {
        matrix.cargo(&["build", "--package", "embedded", "--profile", profile]);
        let folder = matrix.target().join(folder(profile));
        let program = folder.join("embedded-c");
        let mut cc = Command::new("cc");
        cc.arg(matrix.0.join("embedded/main.c"))
            .arg(folder.join("libembedded.a"))
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(&program);
        stdout(&mut cc);
        let found = stdout(&mut Command::new(program));
        assert!(found.starts_with(WITH_TABLE), "{found} in {profile}");
    }
}

#[test]
fn a_wasm_module() {
    let row = "wasm32-unknown-unknown under Node";
    let Some(matrix) = Matrix::get(row) else {
        return;
    };
    let target = "wasm32-unknown-unknown";
    let rustc = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output();
    let libraries = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    if !libraries.is_ok_and(|path| !path.is_empty() && Path::new(&path).exists()) {
        return skipped(row, "the target is not installed");
    }
    if !works("node", &["--version"]) {
        return skipped(row, "there is no node");
    }
    for profile in ["dev", "fat", "thin"] {
        let build = ["build", "--package", "embedded", "--target", target];
        matrix.cargo(&[&build[..], &["--profile", profile]].concat());
        let module = matrix.target().join(target).join(folder(profile));
        let mut node = Command::new("node");
        node.arg(matrix.0.join("embedded/main.mjs"))
            .arg(module.join("embedded.wasm"));
        let found = stdout(&mut node);
        assert!(found.starts_with(WITH_TABLE), "{found} in {profile}");
    }
}

#[test]
fn programs_under_miri() {
    let row = "Miri";
    let Some(matrix) = Matrix::get(row) else {
        return;
    };
    let nightly = ["run", "nightly", "cargo", "miri"];
    if !works("rustup", &[&nightly[..], &["--version"]].concat()) {
        return skipped(row, "there is no nightly toolchain with Miri");
    }
    for program in ["named", "both"] {
        let mut miri = Command::new("rustup");
        miri.args(nightly)
            .args([
                "run",
                "--quiet",
                "--offline",
                "--package",
                "programs",
                "--bin",
                program,
            ])
            .current_dir(&matrix.0)
            .env("CARGO_TARGET_DIR", folder_of_tests().join("miri"))
            .env_remove("RUSTUP_TOOLCHAIN");
        assert_eq!(stdout(&mut miri), BOTH, "{program}");
    }
}

/// The workspace `matrix/`, copied.
struct Matrix(PathBuf);

impl Matrix {
    /// The workspace, or `None` when slow tests are not asked for.
    fn get(row: &str) -> Option<&'static Self> {
        static COPY: OnceLock<Matrix> = OnceLock::new();
        if env::var_os("TRELLIS_SLOW").is_none_or(|value| value != "1") {
            skipped(row, "it is slow; set TRELLIS_SLOW=1");
            return None;
        }
        Some(COPY.get_or_init(|| {
            let copy = folder_of_tests().join("matrix");
            let up = format!("path = \"{}/", root().display());
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("matrix");
            copy_folder(&from, &copy, &|text| {
                text.replace("path = \"../../../", &up)
            });
            // The same versions as here, all of which are at hand.
            fs::copy(root().join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
            Self(copy)
        }))
    }

    fn target(&self) -> PathBuf {
        folder_of_tests().join("target")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let (verb, rest) = arguments.split_first().unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args([verb, "--quiet", "--offline"])
            .args(rest)
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", self.target());
        cargo
    }

    fn cargo(&self, arguments: &[&str]) {
        stdout(&mut self.command(arguments));
    }
}

/// Where this binary may write.
fn folder_of_tests() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.join("../..").canonicalize().unwrap()
}

/// Where cargo puts what it builds in a profile.
fn folder(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// Copies a folder, and changes the text of every file.
fn copy_folder(from: &Path, to: &Path, change: &dyn Fn(&str) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to, change);
        } else {
            let text = change(&fs::read_to_string(entry.path()).unwrap());
            // What has not changed keeps its time, and is not built again.
            if fs::read_to_string(&to).ok().as_deref() != Some(text.as_str()) {
                fs::write(to, text).unwrap();
            }
        }
    }
}

/// What a command printed; it must succeed.
#[track_caller]
fn stdout(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let errors = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{errors}");
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// Says so, past the capture of the test harness.
fn skipped(row: &str, reason: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED: {row}: {reason}");
}
