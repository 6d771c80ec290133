//! Every target runs over its seeds: so it builds, and what it demands holds of what is honest.

use mls_trellis_fuzz::TARGETS;

#[test]
fn every_target_holds_over_its_seeds() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{}", target.name);
        for seed in seeds {
            (target.run)(&seed);
        }
    }
}

/// cargo-fuzz knows programs by name, so there is one for each.
#[test]
fn every_target_has_a_program() {
    let programs = include_str!("../../libfuzzer/Cargo.toml");
    for target in TARGETS {
        let name = target.name;
        let program = format!("[[bin]]\nname = \"{name}\"\npath = \"src/{name}.rs\"\n");
        assert!(programs.contains(&program), "{name}");
    }
    assert_eq!(programs.matches("[[bin]]").count(), TARGETS.len());
}
