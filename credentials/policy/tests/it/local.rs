//! What we think ourselves, by our clock and by what we know.

use mls_trellis_hooks::{
    Assessment, Door, Evidence, Facts, Standing, StatusRef, StatusSource, Validity, Voucher,
};
use mls_trellis_policy::{Document, Judged, Local, Mode, Weight};

use crate::{
    POLICY,
    badge::{Holder, broken, with},
};

const DAY: u64 = 86_400;
/// A badge is valid from day 1000 to day 1090.
const NOW: u64 = 1010 * DAY;

fn judge(local: &Local, door: Door, now: u64) -> Judged {
    judge_facts(local, door, now, |facts| facts)
}

fn judge_facts(local: &Local, door: Door, now: u64, change: fn(Facts) -> Facts) -> Judged {
    let alice = Holder::alice();
    let verified = alice.verified();
    let facts = change(verified.facts.clone());
    with(
        door,
        &alice.leaf(),
        None,
        &verified.with_facts(facts),
        |who| local.judge(who, now),
    )
}

/// The rule, if there is one, and whether we avoid them for it.
fn verdict(local: &Local, door: Door, now: u64) -> (Option<&'static str>, bool) {
    let judged = judge(local, door, now);
    let assessed = judged.assessment();
    assert_eq!(
        matches!(assessed, Assessment::Avoid(_)),
        judged.is_avoided()
    );
    let rules = broken(&judged.decision);
    assert_eq!(matches!(assessed, Assessment::Fine), rules.is_empty());
    (rules.first().copied(), judged.is_avoided())
}

/// A list that says one thing, made at one time.
struct List(Standing, u64, Option<u64>);

impl StatusSource for List {
    fn status(&self, of: &StatusRef) -> Option<Evidence> {
        assert!(matches!(of, StatusRef::Token { index: 7, .. }));
        Some(Evidence {
            standing: self.0,
            as_of: self.1,
            until: self.2,
            source: "a list".to_owned(),
        })
    }
}

#[test]
fn pol_12_a_credential_is_valid_now() {
    let local = Local::default();
    assert_eq!(verdict(&local, Door::Add, NOW), (None, false));
    assert_eq!(
        verdict(&local, Door::Add, 1000 * DAY - 1),
        (Some("POL-12"), true)
    );
    assert_eq!(verdict(&local, Door::Add, 1000 * DAY), (None, false));
    assert_eq!(verdict(&local, Door::Review, 1090 * DAY), (None, false));
    assert_eq!(
        verdict(&local, Door::Review, 1090 * DAY + 1),
        (Some("POL-12"), true)
    );
    let soft = local.expired(Weight::Alarm);
    assert_eq!(
        verdict(&soft, Door::Add, 1091 * DAY),
        (Some("POL-12"), false)
    );
}

#[test]
fn pol_12_whom_we_add_has_some_time_left() {
    let local = Local::default().min_remaining(7 * DAY);
    assert_eq!(verdict(&local, Door::Add, 1083 * DAY), (None, false));
    assert_eq!(
        verdict(&local, Door::Add, 1083 * DAY + 1),
        (Some("POL-12"), true)
    );
    // Who is in stays in.
    assert_eq!(verdict(&local, Door::Review, 1089 * DAY), (None, false));
}

#[test]
fn pol_12_who_vouches_for_a_credential_is_valid_too() {
    let local = Local::default().min_remaining(7 * DAY);
    let judge = |door, now| {
        judge_facts(&local, door, now, |facts| {
            facts.voucher(Voucher {
                name: "CN=root".to_owned(),
                validity: Validity {
                    not_before: 1005 * DAY,
                    not_after: 1050 * DAY,
                },
            })
        })
    };
    for (door, day, expected) in [
        (
            Door::Add,
            1004,
            Some("CN=root, which vouches for the credential, is valid in 86400 s only"),
        ),
        (Door::Add, 1005, None),
        (
            Door::Add,
            1044,
            Some("CN=root, which vouches for the credential, ends in 518400 s"),
        ),
        (Door::Review, 1044, None),
        (
            Door::Review,
            1051,
            Some("CN=root, which vouches for the credential, is over since 86400 s"),
        ),
    ] {
        let judged = judge(door, day * DAY);
        let findings = judged.decision.findings.iter();
        let told: Vec<_> = findings.map(|f| (f.rule, f.detail.as_str())).collect();
        let expected: Vec<_> = expected
            .map(|detail| ("POL-12", detail))
            .into_iter()
            .collect();
        assert_eq!(told, expected, "{door:?} {day}");
        assert_eq!(judged.is_avoided(), !expected.is_empty());
    }
}

#[test]
fn pol_13_who_was_revoked_is_not_brought_in() {
    let local = |mode, standing| {
        Local::default()
            .revocation(mode)
            .source(List(standing, NOW, None))
    };
    use Standing::{Good, Other, Revoked, Suspended, Unlisted};
    for (mode, standing, door, expected) in [
        (Mode::Off, Revoked, Door::Add, (None, false)),
        (Mode::Soft, Revoked, Door::Add, (Some("POL-13"), false)),
        (Mode::HardForNew, Revoked, Door::Add, (Some("POL-13"), true)),
        (
            Mode::HardForNew,
            Revoked,
            Door::Review,
            (Some("POL-13"), false),
        ),
        (Mode::Hard, Revoked, Door::Welcome, (Some("POL-13"), true)),
        (Mode::Hard, Revoked, Door::Review, (Some("POL-13"), true)),
        (Mode::Hard, Suspended, Door::Add, (Some("POL-13"), true)),
        // What may pass removes nobody.
        (Mode::Hard, Suspended, Door::Review, (Some("POL-13"), false)),
        (Mode::Hard, Other(3), Door::Review, (Some("POL-13"), false)),
        (Mode::Hard, Unlisted, Door::Add, (Some("POL-13"), true)),
        (Mode::Hard, Unlisted, Door::Review, (Some("POL-13"), false)),
        (Mode::Hard, Good, Door::Add, (None, false)),
    ] {
        let found = verdict(&local(mode, standing), door, NOW);
        assert_eq!(found, expected, "{mode:?} {standing:?} {door:?}");
    }
}

#[test]
fn pol_13_what_is_old_says_nothing_but_that_somebody_was_revoked() {
    let local = |standing, as_of, until| {
        Local::default()
            .revocation(Mode::Hard)
            .max_age(DAY)
            .unknown(Some(Weight::Avoid))
            .source(List(standing, as_of, until))
    };
    assert_eq!(
        verdict(&local(Standing::Good, NOW - DAY, None), Door::Add, NOW),
        (None, false)
    );
    let old = local(Standing::Good, NOW - DAY - 1, None);
    assert_eq!(verdict(&old, Door::Add, NOW), (Some("POL-13"), true));
    let over = local(Standing::Good, NOW, Some(NOW - 1));
    assert_eq!(verdict(&over, Door::Add, NOW), (Some("POL-13"), true));
    let revoked = local(Standing::Revoked, 0, Some(0));
    assert_eq!(
        verdict(&revoked.unknown(None), Door::Review, NOW),
        (Some("POL-13"), true)
    );
}

#[test]
fn pol_13_what_is_not_known_weighs_as_we_like() {
    let local = Local::default().revocation(Mode::Hard);
    assert_eq!(verdict(&local, Door::Add, NOW), (Some("POL-13"), false));
    let strict = local.clone().unknown(Some(Weight::Avoid));
    assert_eq!(verdict(&strict, Door::Add, NOW), (Some("POL-13"), true));
    assert_eq!(verdict(&local.unknown(None), Door::Add, NOW), (None, false));
}

#[test]
fn pol_14_a_review_tells_what_is_to_be_renewed() {
    let local = Local::default().renew_before(14 * DAY);
    assert_eq!(verdict(&local, Door::Review, 1076 * DAY), (None, false));
    assert_eq!(
        verdict(&local, Door::Review, 1077 * DAY),
        (Some("POL-14"), false)
    );
    assert_eq!(verdict(&local, Door::Add, 1077 * DAY), (None, false));
}

#[test]
fn a_document_says_all_of_it() {
    let document = format!(
        "{POLICY}\n[local]\nexpired = \"alarm\"\nmin_remaining_days = 7\nrenew_before_days = 14\n\
         [local.revocation]\nmode = \"hard_for_new\"\nmax_age_hours = 12\nunknown = \"allow\"\n"
    );
    insta::assert_debug_snapshot!(Document::parse(&document).unwrap().local(), @"
    Local {
        expired: Alarm,
        min_remaining: 604800,
        renew_before: 1209600,
        mode: HardForNew,
        max_age: 43200,
        unknown: None,
        sources: 0,
    }
    ");
    let silent = Document::parse(POLICY).unwrap();
    assert_eq!(
        format!("{:?}", silent.local()),
        format!("{:?}", Local::default())
    );
}
