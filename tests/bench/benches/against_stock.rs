//! Trellis and stock OpenMLS side by side; `cargo bench -p mls-trellis-bench` prints the tables.
//!
//! Arguments after `--` replace the sizes: `cargo bench -p mls-trellis-bench -- 100 500`.

use mls_trellis_bench::compare;

fn main() {
    // Cargo says `--bench` when it is to measure, and runs the same program without it as a test.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    for members in if sizes.is_empty() {
        vec![100, 1000]
    } else {
        sizes
    } {
        let rounds = (20_000 / members).clamp(11, 101);
        println!("{}", compare(members, rounds));
    }
}
