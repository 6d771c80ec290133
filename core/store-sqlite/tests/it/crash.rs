//! A process that is killed while it writes.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use mls_trellis_store::{Batch, Store};
use mls_trellis_store_sqlite::SqliteStore;

use crate::{get, room, row};

/// Set in the child process: the file to write to.
const FILE: &str = "TRELLIS_STORE_SQLITE_CRASH_FILE";
const ROUNDS: u64 = 50;

/// The two rows of a batch hold the same number and fill several pages.
fn content(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(2_000)
}

/// The child: counts up for ever and reports each number once `apply` has returned.
#[test]
fn child_counts_until_it_is_killed() {
    let Some(file) = env::var_os(FILE) else {
        return;
    };
    let store = SqliteStore::open(file).unwrap();
    loop {
        let version = store.version(&room()).unwrap();
        let number = version + 1;
        let mut batch = Batch::default();
        batch.guard(room(), version);
        batch.put(row("left", b""), content(number));
        batch.put(row("right", b""), content(number));
        store.apply(&batch).unwrap();
        writeln!(std::io::stderr(), "{number}").unwrap();
    }
}

fn start_child(file: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::child_counts_until_it_is_killed",
            "--nocapture",
        ])
        .env(FILE, file)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_process_tears_nothing_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("db");
    let mut last = 0;
    for round in 0..ROUNDS {
        let mut child = start_child(&file);
        let mut reports = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map(|line| {
                let line = line.unwrap();
                line.parse::<u64>()
                    .unwrap_or_else(|_| panic!("the child says: {line}"))
            });
        // Some rounds are killed while the file is being opened, the others at odd moments later.
        if round % 5 != 0 {
            last = reports.next().unwrap();
        }
        thread::sleep(Duration::from_micros(round * 7_919 % 10_007));
        child.kill().unwrap();
        child.wait().unwrap();
        let reported = reports.last().unwrap_or(last);

        let store = SqliteStore::open(&file).unwrap();
        let found = store.version(&room()).unwrap();
        assert!(
            found == reported || found == reported + 1,
            "round {round}: {reported} reported, {found} found"
        );
        for table in ["left", "right"] {
            let expected = (found > 0).then(|| content(found));
            assert!(
                get(&store, &row(table, b"")) == expected,
                "round {round}: {table} is torn at {found}"
            );
        }
        last = found;
    }
    assert!(last > ROUNDS, "the child has hardly written");
}
