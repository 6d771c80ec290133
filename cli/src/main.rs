//! The `trellis` command; everything is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    mls_trellis_cli::main()
}
