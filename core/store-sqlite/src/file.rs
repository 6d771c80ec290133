//! What SQLite leaves to its callers when it opens a file.

use std::{
    fs, io,
    path::{self, Path, PathBuf},
};

use crate::error::SqliteError;

/// Makes sure that there is a file which SQLite can open without doing harm, and answers its
/// absolute path, which cannot be mistaken for one of SQLite's special names.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, SqliteError> {
    let failed = |source| SqliteError::Create {
        path: path.to_owned(),
        source,
    };
    let absolute = path::absolute(path).map_err(failed)?;
    create_private(&absolute).map_err(failed)?;
    refuse_stub(&absolute)?;
    Ok(absolute)
}

/// Creates an empty file that only its owner can read, unless there is a file already. An existing
/// file is not opened: closing it again would end the locks of other handles in this process.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(|_| ()),
    }
}

/// SQLite takes some very short files for empty ones and would overwrite them.
fn refuse_stub(path: &Path) -> Result<(), SqliteError> {
    const SMALLEST_DATABASE: u64 = 512;
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && (1..SMALLEST_DATABASE).contains(&metadata.len()) => {
            Err(SqliteError::NotADatabase)
        }
        _ => Ok(()),
    }
}
