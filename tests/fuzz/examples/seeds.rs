//! Writes the seeds of every target into a directory, one below it for each: `seeds DIRECTORY`.

use std::{fs, path::PathBuf};

use mls_trellis_fuzz::TARGETS;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let into = std::env::args_os().nth(1).ok_or("seeds DIRECTORY")?;
    for target in TARGETS {
        let directory = PathBuf::from(&into).join(target.name);
        fs::create_dir_all(&directory)?;
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(directory.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
