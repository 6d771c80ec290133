//! The list of plugins.

use super::{json_lines, text, trellis};

#[test]
fn the_table_is_aligned_and_complete() {
    let output = trellis(&["plugins"], b"");
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn json_says_the_same() {
    let table = trellis(&["plugins"], b"").stdout;
    let lines = json_lines(&trellis(&["plugins", "--json"], b"").stdout);
    let rows: Vec<_> = text(&table).lines().skip(1).collect();
    assert_eq!(lines.len(), rows.len());
    for (line, row) in lines.iter().zip(rows) {
        let cells: Vec<_> = row
            .split("  ")
            .map(str::trim)
            .filter(|c| !c.is_empty())
            .collect();
        assert_eq!(line["kind"], cells[0]);
        let id = u16::from_str_radix(cells[1].trim_start_matches("0x"), 16).ok();
        assert_eq!(line["id"].as_u64(), id.map(u64::from));
        assert_eq!(line["name"], cells[2]);
        let made = format!(
            "{}@{}",
            line["crate"].as_str().unwrap(),
            line["version"].as_str().unwrap()
        );
        assert_eq!(made, cells[5]);
    }
}
