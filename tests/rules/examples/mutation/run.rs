//! Running the tests, with a rule on and off.

use std::{
    error::Error,
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{Subject, build::Binary, tree::OFF};

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// What became of a test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Green,
    Red,
    /// It ran into the time limit.
    Hung,
}

/// Runs all tests, says what became of each, and counts the rules whose loss nobody noticed.
pub(crate) fn all(subjects: &[Subject], binaries: &[Binary]) -> Result<usize, Box<dyn Error>> {
    let (next, survivors) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failure = Mutex::new(None);
    let work = || {
        while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
            match verdict(subject, binaries) {
                Ok((noticed, words)) => {
                    println!("{:10} {words:20} {}", subject.id, subject.test);
                    survivors.fetch_add(usize::from(!noticed), Ordering::Relaxed);
                }
                Err(error) => *failure.lock().unwrap_or_else(|e| e.into_inner()) = Some(error),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    match failure.into_inner().unwrap_or_else(|e| e.into_inner()) {
        Some(error) => Err(error.into()),
        None => Ok(survivors.into_inner()),
    }
}

/// Whether the loss of a rule is noticed, and that in words.
fn verdict(subject: &Subject, binaries: &[Binary]) -> Result<(bool, &'static str), String> {
    let on = run(subject, binaries, None)?;
    if on != Outcome::Green {
        return Ok((false, "FAILS ANYWAY"));
    }
    Ok(match run(subject, binaries, Some(subject.id))? {
        Outcome::Red => (true, "noticed"),
        Outcome::Hung => (true, "noticed: it hung"),
        Outcome::Green => (false, "SURVIVES"),
    })
}

fn run(subject: &Subject, binaries: &[Binary], off: Option<&str>) -> Result<Outcome, String> {
    let (file, function) = (Path::new(subject.test.file), subject.test.function);
    let mut found = binaries
        .iter()
        .filter_map(|b| Some((b, b.test(file, function)?)));
    let (binary, name) = found
        .next()
        .ok_or_else(|| format!("{} is in no program", subject.test))?;
    let mut command = Command::new(&binary.path);
    command.args(["--exact", name]).current_dir(&binary.package);
    command
        .env("INSTA_UPDATE", "no")
        .env_remove(OFF)
        .envs(off.map(|id| (OFF, id)));
    outcome(&mut command).map_err(|error| format!("{}: {error}", subject.test))
}

fn outcome(command: &mut Command) -> Result<Outcome, Box<dyn Error>> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        output.map(|mut output| output.read_to_string(&mut text));
        text
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(Outcome::Hung);
        }
        thread::sleep(Duration::from_millis(10));
    };
    let text = reader.join().unwrap_or_default();
    match status.success() {
        true if text.contains("1 passed") => Ok(Outcome::Green),
        true => Err("the test did not run".into()),
        false => Ok(Outcome::Red),
    }
}
