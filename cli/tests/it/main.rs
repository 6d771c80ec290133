//! The `trellis` command, as its users meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod check;
mod demo;
mod explain;
mod inspect;
mod page;
mod plugins;
mod scaffold;
mod vectors;
mod why_not;

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

/// Runs the binary.
fn trellis(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_trellis"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Every line of a JSON output.
fn json_lines(bytes: &[u8]) -> Vec<serde_json::Value> {
    let lines = text(bytes).lines().map(|line| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        // Their order depends on what else is built along.
        value.sort_all_objects();
        value
    });
    lines.collect()
}

#[test]
fn without_arguments_it_explains_itself() {
    let output = trellis(&[], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("trellis demo"));
}

#[test]
fn a_bad_command_line_is_2() {
    for arguments in [
        &["dance"][..],
        &["inspect"],
        &["inspect", "--as", "song", "-"],
        &["demo", "extra"],
        &["explain"],
        &["explain", "ADU-3", "--list"],
        &["check"],
        &["policy"],
        &["policy", "lint"],
        &["why-not"],
        &["why-not", "--add", "kp.bin"],
    ] {
        let output = trellis(arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}
