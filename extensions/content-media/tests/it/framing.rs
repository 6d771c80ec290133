//! Application messages.

use mls_trellis_content_media::{ContentMedia, Routed, Router};
use mls_trellis_hooks::{Blame, EpochState, MediaType, Payload, PayloadFraming, Reject};
use proptest::{collection, prelude::*};

use crate::{content_media, requiring, rule, text};

fn html() -> MediaType {
    MediaType::new("text/html")
}

fn wrap(epoch: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject> {
    content_media()
        .payload_framing
        .unwrap()
        .wrap(epoch, payload)
}

fn unwrap(epoch: &EpochState, bytes: &[u8]) -> Result<Payload, Reject> {
    content_media()
        .payload_framing
        .unwrap()
        .unwrap(epoch, bytes)
}

#[test]
fn ca_2_what_is_not_framed_is_unusable() {
    let epoch = requiring(&[text()]);
    for bytes in [
        b"".as_slice(),
        b"hi",
        b"\x00",
        b"\x00\x00",
        b"\x00\x00\x03hi",
        b"\x00\x00\x40\x02hi",
    ] {
        let reject = unwrap(&epoch, bytes).unwrap_err();
        assert_eq!(reject.rule(), "CA-2", "{bytes:02x?}");
        assert_eq!(reject.plugin(), "content_media_types");
    }
}

#[test]
fn ca_3_nothing_follows_the_content() {
    let bytes = b"\x00\x00\x02hi!";
    assert_eq!(
        rule(unwrap(&requiring(&[text()]), bytes)).as_deref(),
        Some("CA-3")
    );
}

#[test]
fn ca_4_no_name_no_parameters() {
    let bytes = b"\x00\x04\x01a\x01b\x02hi";
    assert_eq!(
        rule(unwrap(&requiring(&[text()]), bytes)).as_deref(),
        Some("CA-4")
    );
}

#[test]
fn ca_5_no_name_is_the_first_of_the_list() {
    let message = unwrap(&requiring(&[text(), html()]), b"\x00\x00\x02hi").unwrap();
    assert_eq!(message, Payload::typed(text(), "hi"));
}

#[test]
fn ca_6_without_a_list_nothing_is_framed() {
    let epoch = EpochState::new(b"room");
    let looks_framed = b"\x00\x00\x02hi";
    assert_eq!(
        unwrap(&epoch, looks_framed),
        Ok(Payload::plain(looks_framed))
    );
    assert_eq!(wrap(&epoch, &Payload::plain("hi")).unwrap(), b"hi");
    assert_eq!(
        rule(wrap(&epoch, &Payload::typed(text(), "hi"))).as_deref(),
        Some("CA-6")
    );
}

#[test]
fn ca_s3_ca_s4_a_message_without_a_media_type_is_framed_all_the_same() {
    let framed = wrap(&requiring(&[text()]), &Payload::plain("hi"));
    assert_eq!(framed.unwrap(), b"\x00\x00\x02hi");
}

#[test]
fn ca_8_a_message_names_a_media_type() {
    let epoch = requiring(&[text()]);
    assert_eq!(
        rule(unwrap(&epoch, b"\x04text\x00\x02hi")).as_deref(),
        Some("CA-8")
    );
    assert_eq!(
        rule(unwrap(&epoch, b"\x03a/\xff\x00\x02hi")).as_deref(),
        Some("CA-8")
    );
    let reject = wrap(&epoch, &Payload::typed(MediaType::new(""), "hi")).unwrap_err();
    assert_eq!((reject.rule(), reject.blame()), ("CA-8", Blame::Misuse));
}

#[test]
fn ca_9_a_message_names_parameters_once() {
    let bytes = b"\x03a/b\x08\x01a\x01x\x01A\x01y\x02hi";
    assert_eq!(
        rule(unwrap(&requiring(&[text()]), bytes)).as_deref(),
        Some("CA-9")
    );
}

#[test]
fn ca_13_ca_s6_an_unknown_media_type_is_no_error() {
    let epoch = requiring(&[text()]);
    let bytes = wrap(&epoch, &Payload::typed(MediaType::new("font/woff"), "hi")).unwrap();
    let message = unwrap(&epoch, &bytes).unwrap();

    let router = Router::new().on("text/plain", |_| "shown");
    assert_eq!(router.route(&message), Routed::Unhandled);
    assert_eq!(router.route(&Payload::plain("hi")), Routed::Unhandled);
    let loud = Payload::typed(MediaType::new("TEXT/plain"), "hi");
    assert_eq!(router.route(&loud), Routed::Handled("shown"));
    assert_eq!(
        router.route(&Payload::typed(text(), "hi")),
        Routed::Handled("shown")
    );
}

#[test]
fn ca_13_what_is_handled_can_be_advertised() {
    let router = Router::new()
        .on("text/HTML", |_| ())
        .on("image/png", |_| ());
    let plugin = ContentMedia::receiving(router.media_types()).unwrap();
    let listed: Vec<_> = plugin
        .receives()
        .media_types
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(listed, ["image/png", "text/html"]);
}

#[test]
fn ca_14_a_late_message_is_read_by_the_list_of_its_epoch() {
    let (before, after) = (requiring(&[text()]), requiring(&[html()]));
    let late = wrap(&before, &Payload::plain("hi")).unwrap();
    assert_eq!(unwrap(&before, &late).unwrap().media_type, Some(text()));
    assert_eq!(unwrap(&after, &late).unwrap().media_type, Some(html()));

    let unframed = EpochState::new(b"room");
    assert_eq!(unwrap(&unframed, &late).unwrap().media_type, None);
}

fn media_type() -> impl Strategy<Value = MediaType> {
    let parameters = collection::btree_map("[a-z]{1,8}", any::<Vec<u8>>(), 0..8);
    ("[a-z]{1,12}/[a-zA-Z0-9.+]{1,12}", parameters).prop_filter_map(
        "a name",
        |(essence, parameters)| {
            let media_type = parameters
                .into_iter()
                .fold(MediaType::new(essence), |m, (name, value)| {
                    m.with_parameter(&name, value)
                });
            ContentMedia::receiving([media_type.clone()])
                .ok()
                .map(|_| media_type)
        },
    )
}

proptest! {
    #[test]
    fn what_is_wrapped_is_unwrapped(media_type in media_type(), body in any::<Vec<u8>>()) {
        let epoch = requiring(&[text()]);
        let payload = Payload::typed(media_type, body);
        let plugin = ContentMedia::default();
        let bytes = plugin.wrap(&epoch, &payload).unwrap();
        prop_assert_eq!(plugin.unwrap(&epoch, &bytes).unwrap(), payload);
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in any::<Vec<u8>>()) {
        let read = ContentMedia::default().unwrap(&requiring(&[text()]), &bytes);
        if let Err(reject) = read {
            prop_assert!(reject.rule().starts_with("CA-"));
        }
    }
}
