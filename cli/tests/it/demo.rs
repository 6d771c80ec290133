//! The demo, through the binary.

use super::{json_lines, text, trellis};

#[test]
fn everybody_agrees_in_the_end() {
    let output = trellis(&["demo"], b"");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(!out.contains("DIFFER"), "{out}");
    assert!(!out.contains('\x1b'), "colours belong on terminals only");
    assert_eq!(err, "");
}

#[test]
fn every_event_is_a_line_of_json() {
    let output = trellis(&["demo", "--json"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let events = json_lines(&output.stdout);
    let of = |kind: &str| {
        let events = events.iter().filter(move |event| event["event"] == kind);
        events.cloned().collect::<Vec<_>>()
    };

    let scenes = of("scene");
    let numbers: Vec<_> = scenes
        .iter()
        .filter_map(|scene| scene["scene"].as_u64())
        .collect();
    assert_eq!(numbers, (1..=scenes.len() as u64).collect::<Vec<_>>());
    assert!(
        of("sends")
            .iter()
            .all(|event| event["bytes"].as_u64().unwrap() > 0)
    );

    let verdicts = of("verdict");
    assert!(verdicts.len() >= 5, "{verdicts:?}");
    assert!(
        verdicts.iter().all(|verdict| verdict["agreed"] == true),
        "{verdicts:?}"
    );

    // A member's own client, the hub, and every honest member.
    let refusals = of("refuses");
    for who in ["alice", "hub", "bob", "carol"] {
        let by = |event: &&serde_json::Value| event["who"] == who && event["rule"] == "POLL-7";
        assert!(
            refusals.iter().any(|event| by(&event)),
            "{who}: {refusals:?}"
        );
    }
}

#[test]
fn the_story_is_the_same_each_time() {
    let told = || {
        let mut events = json_lines(&trellis(&["demo", "--json"], b"").stdout);
        // GREASE is random, and so is the size of what holds it.
        for event in &mut events {
            event.as_object_mut().unwrap().remove("bytes");
        }
        events
    };
    let once = told();
    assert!(!once.is_empty());
    assert_eq!(once, told());
}

#[test]
fn nothing_local_is_told() {
    let output = trellis(&["demo"], b"");
    let directory = std::env::temp_dir();
    assert!(!text(&output.stdout).contains(directory.to_str().unwrap()));
}
