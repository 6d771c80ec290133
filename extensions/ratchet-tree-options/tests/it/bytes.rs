//! Bytes and URLs, good and bad.

use mls_trellis_hooks::{
    EpochState, ExtensionType, GroupInfoParts, Origin, Place, Plugins, RawExtension, Reject,
    TreeAt, TreeView, wire,
};
use mls_trellis_ratchet_tree_options::{
    Domain, DomainList, PartialGroupInfo, Presence, RATCHET_TREE_OPTIONS, RatchetTreeOption,
    RatchetTreeOptions, TreeUrl, may_fetch,
};
use proptest::prelude::*;

use crate::TYPE;

fn rule<T>(result: Result<T, Reject>) -> String {
    result.map(drop).unwrap_err().rule().to_owned()
}

fn table() -> Plugins {
    let builder = Plugins::builder().add(RATCHET_TREE_OPTIONS.make(), Origin::here());
    builder.build().unwrap()
}

/// A room that fetches trees from these domains only.
fn room(domains: &[&str]) -> EpochState {
    let list = DomainList::new(domains.iter().copied()).unwrap();
    EpochState::new(b"room").with_extension(TYPE, wire::encode(&list).unwrap())
}

fn located(epoch: &EpochState, inside: Option<&[u8]>, option: &[u8]) -> Result<TreeAt, Reject> {
    let plugins = table();
    let entry = plugins.tree_source::<RatchetTreeOptions>().unwrap();
    entry.source.locate(&TreeView { epoch, inside }, option)
}

fn at(location: &str) -> Result<TreeAt, Reject> {
    Ok(TreeAt::Location(location.to_owned()))
}

#[test]
fn the_plugin_is_an_extension_and_a_tree_source() {
    let report = table().report();
    let kinds: Vec<_> = report.iter().map(|line| (line.kind, line.name)).collect();
    assert_eq!(
        kinds,
        [
            ("extension", "ratchet_tree_source_domains"),
            ("tree source", "ratchet_tree_options"),
        ]
    );
    assert_eq!(report[0].places, [Place::GroupContext]);
}

#[test]
fn options_have_known_bytes() {
    let known = |option: &RatchetTreeOption, bytes: &[u8]| {
        assert_eq!(wire::encode(option).unwrap(), bytes);
        assert_eq!(&wire::decode::<RatchetTreeOption>(bytes).unwrap(), option);
    };
    known(&RatchetTreeOption::full(&[2, 0, 0]).unwrap(), &[1, 2, 0, 0]);
    let url = RatchetTreeOption::https(&EpochState::new(b"room"), "https://a.example/t");
    known(&url.unwrap(), b"\x02\x13https://a.example/t");
    known(&RatchetTreeOption::OutOfBand, &[3]);
    known(&RatchetTreeOption::DistributionService, &[4]);
    let list = DomainList::new(["a.example"]).unwrap();
    assert_eq!(wire::encode(&list).unwrap(), b"\x0a\x09a.example");
    let partial = PartialGroupInfo {
        presence: Presence::Added,
        extensions: vec![RawExtension {
            extension_type: ExtensionType(4),
            data: b"k".into(),
        }],
        signature: b"s".into(),
    };
    let bytes = b"\x03\x04\x00\x04\x01k\x01s";
    assert_eq!(wire::encode(&partial).unwrap(), bytes);
    assert_eq!(wire::decode::<PartialGroupInfo>(bytes).unwrap(), partial);
}

#[test]
fn rto_1_an_unknown_representation_is_refused() {
    let epoch = EpochState::new(b"room");
    for option in [&[][..], &[0], &[5], &[0xff, 0], &[3, 0], &[1, 2, 0], &[2]] {
        let reject = located(&epoch, None, option).unwrap_err();
        assert_eq!(
            (reject.rule(), reject.plugin()),
            ("RTO-1", "ratchet_tree_options"),
            "{option:?}"
        );
    }
}

#[test]
fn rto_1_an_unknown_presence_is_refused() {
    for presence in 0..=255 {
        let decoded = wire::decode::<PartialGroupInfo>(&[presence, 0, 1, b's']);
        assert_eq!(decoded.is_ok(), presence <= 3, "{presence}");
    }
}

#[test]
fn rto_2_nothing_is_fetched_without_https() {
    let epoch = EpochState::new(b"room");
    for url in [
        "http://a.example/t",
        "https:/a.example/t",
        "ftp://a.example/t",
        "a.example",
        "",
    ] {
        assert_eq!(rule(may_fetch(&epoch, url)), "RTO-2", "{url}");
        assert_eq!(
            rule(RatchetTreeOption::https(&epoch, url)),
            "RTO-2",
            "{url}"
        );
    }
    assert!(may_fetch(&epoch, "HTTPS://a.example/t").is_ok());
    assert_eq!(
        rule(located(&epoch, None, b"\x02\x12http://a.example/t")),
        "RTO-2"
    );
}

#[test]
fn rto_2_rto_s2_nothing_is_fetched_from_a_host_that_is_not_listed() {
    let epoch = room(&["a.example", "b.example"]);
    assert!(may_fetch(&epoch, "https://b.example/t").is_ok());
    for host in [
        "c.example",
        "x.a.example",
        "xa.example",
        "example.a",
        "a.example.evil.example",
    ] {
        let url = format!("https://{host}/t");
        assert_eq!(rule(may_fetch(&epoch, &url)), "RTO-2", "{host}");
        assert_eq!(
            rule(RatchetTreeOption::https(&epoch, &url)),
            "RTO-2",
            "{host}"
        );
    }
    let option = b"\x02\x13https://c.example/t";
    let reject = located(&epoch, None, option).unwrap_err();
    insta::assert_snapshot!(
        reject,
        @"RTO-2: the group fetches no ratchet tree from c.example (a peer misbehaved; refused by ratchet_tree_options)"
    );
}

#[test]
fn rto_3_a_host_is_its_domain_alone() {
    let epoch = room(&["a.example"]);
    assert!(may_fetch(&epoch, "https://A.Example/t").is_ok());
    for url in [
        "https://user@a.example/t",
        "https://a.example@b.example/t",
        "https://a.example:8443/t",
        "https://a.example:443/t",
        "https://a.example./t",
        "https://[::1]/t",
        "https://a.example\\@b.example/t",
        "https:///t",
        "https://a.example /t",
        "https://\u{e4}.example/t",
    ] {
        assert_eq!(rule(may_fetch(&epoch, url)), "RTO-3", "{url}");
    }
    assert_eq!(rule(DomainList::new(["A.example"])), "RTO-3");
    assert_eq!(rule(DomainList::new(["a.example."])), "RTO-3");
}

#[test]
fn rto_3_a_redirect_is_judged_anew() {
    let epoch = room(&["a.example"]);
    let url = may_fetch(&epoch, "https://a.example/t").unwrap();
    assert_eq!(
        (url.host(), url.as_str()),
        ("a.example", "https://a.example/t")
    );
    assert_eq!(rule(may_fetch(&epoch, "https://b.example/t")), "RTO-2");
    assert_eq!(rule(may_fetch(&epoch, "http://a.example/t")), "RTO-2");
}

#[test]
fn rto_9_an_empty_list_is_refused() {
    let facet = table().extension(TYPE).unwrap().group_context.clone();
    let check = |data: &[u8]| {
        let facet = facet.as_ref().unwrap();
        facet.check_context(&EpochState::new(b"room"), data)
    };
    assert_eq!(check(b"\x0a\x09a.example"), Ok(()));
    for data in [
        &b"\x00"[..],
        b"",
        b"\x0a\x09a.exampl",
        b"\x0a\x09a.example\x00",
        b"\x40\x0a\x09a.example",
    ] {
        assert_eq!(rule(check(data)), "RTO-9", "{data:?}");
    }
    assert_eq!(rule(DomainList::new([])), "RTO-9");
    let empty = EpochState::new(b"room").with_extension(TYPE, vec![0]);
    assert_eq!(rule(may_fetch(&empty, "https://a.example/t")), "RTO-9");
}

#[test]
fn rto_12_a_tree_beside_another_one_is_refused() {
    let epoch = EpochState::new(b"room");
    let full = wire::encode(&RatchetTreeOption::full(&[2, 0, 0]).unwrap()).unwrap();
    assert_eq!(located(&epoch, Some(&[2, 0, 0]), &full), Ok(TreeAt::Inside));
    assert_eq!(rule(located(&epoch, Some(&[2, 0, 1]), &full)), "RTO-12");
    assert_eq!(
        located(&epoch, None, &full),
        Ok(TreeAt::Here(vec![2, 0, 0]))
    );
    // Nothing is fetched when there is a tree already.
    assert_eq!(located(&epoch, Some(&[0]), &[4]), Ok(TreeAt::Inside));
}

#[test]
fn where_the_tree_is() {
    let epoch = EpochState::new(b"room");
    assert_eq!(
        located(&epoch, None, b"\x02\x13https://a.example/t"),
        at("https://a.example/t")
    );
    assert_eq!(located(&epoch, None, &[3]), at("outOfBand:726f6f6d/0"));
    assert_eq!(
        located(&epoch, None, &[4]),
        at("distributionService:726f6f6d/0")
    );
}

#[test]
fn rto_s1_a_distribution_service_knows_public_groups_only() {
    assert!(RatchetTreeOption::distribution_service(true).is_ok());
    assert_eq!(
        rule(RatchetTreeOption::distribution_service(false)),
        "RTO-S1"
    );
}

fn parts(tree_inside: bool) -> GroupInfoParts {
    GroupInfoParts {
        extensions: Vec::new(),
        tree_inside,
        signature: b"s".into(),
    }
}

#[test]
fn rto_6_no_tree_among_the_extensions() {
    let mut partial = PartialGroupInfo::new(&parts(false), false);
    partial.extensions.push(RawExtension {
        extension_type: ExtensionType::RATCHET_TREE,
        data: b"".into(),
    });
    assert_eq!(rule(partial.parts(Some(false))), "RTO-6");
}

#[test]
fn rto_7_rto_s6_presence_tells_of_the_last_and_this_group_info() {
    for (previous, current, number) in [
        (false, false, 0),
        (true, true, 1),
        (true, false, 2),
        (false, true, 3),
    ] {
        let partial = PartialGroupInfo::new(&parts(current), previous);
        assert_eq!(wire::encode(&partial).unwrap()[0], number);
        assert_eq!(partial.parts(Some(previous)), Ok(parts(current)));
        assert_eq!(partial.parts(None), Ok(parts(current)));
        assert_eq!(rule(partial.parts(Some(!previous))), "RTO-7");
    }
}

/// Bytes made of one of the structures, changed here and there.
fn mutant() -> impl Strategy<Value = Vec<u8>> {
    let whole = prop::sample::select(vec![
        b"\x01\x02\x00\x00".to_vec(),
        b"\x02\x13https://a.example/t".to_vec(),
        b"\x0a\x09a.example".to_vec(),
        b"\x14\x09a.example\x09b.example".to_vec(),
        b"\x03\x04\x00\x04\x01k\x01s".to_vec(),
        vec![4],
    ]);
    let edit = (any::<prop::sample::Index>(), 0..5u8, any::<u8>());
    (whole, prop::collection::vec(edit, 1..4)).prop_map(|(mut bytes, edits)| {
        for (at, edit, byte) in edits {
            let at = at.index(bytes.len() + 1);
            match edit {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 if at < bytes.len() => bytes[at] ^= 1 << (byte % 8),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => bytes.push(byte),
            }
        }
        bytes
    })
}

fn one_encoding<T: wire::Wire>(bytes: &[u8]) {
    if let Ok(value) = wire::decode::<T>(bytes) {
        assert_eq!(wire::encode(&value).unwrap(), bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12_000))]

    #[test]
    fn mutants_are_refused_or_are_one_encoding(bytes in mutant()) {
        one_encoding::<RatchetTreeOption>(&bytes);
        one_encoding::<DomainList>(&bytes);
        one_encoding::<PartialGroupInfo>(&bytes);
        let epoch = EpochState::new(b"room").with_extension(TYPE, bytes.clone());
        let _ = located(&epoch, None, &bytes);
        let _ = table().extension(TYPE).unwrap().kind.show(&bytes);
        if let Ok(partial) = wire::decode::<PartialGroupInfo>(&bytes) {
            let _ = partial.parts(Some(true));
        }
    }

    #[test]
    fn no_url_is_fetched_from_elsewhere(url in "(https://)?[a-c@:./\\\\ ]{0,12}\\.example[a:@/.]{0,3}") {
        if let Ok(found) = TreeUrl::parse(&url) {
            let rest = &url[8..];
            prop_assert!(rest.to_ascii_lowercase().starts_with(found.host()));
            let next = rest[found.host().len()..].chars().next();
            prop_assert!(matches!(next, None | Some('/' | '?' | '#')));
        }
        let list = DomainList { domains: vec![Domain { domain: b"a.example".into() }] };
        if let Ok(found) = TreeUrl::parse(&url) {
            prop_assert_eq!(list.allows(&found), found.host() == "a.example");
        }
    }
}
