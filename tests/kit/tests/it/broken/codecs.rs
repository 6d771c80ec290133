//! Values that are encoded badly.

use std::io::{Read, Write};

use mls_trellis_hooks::{FoldView, GroupState, Reject, Sent};
use mls_trellis_kit::{Property, Subject, facets};
use tls_codec::{Deserialize, Error, Serialize, Size};

use super::{component, failure};

/// A codec as a value type: how it is written and how it is read.
macro_rules! codec {
    ($name:ident, $value:ident, $len:expr, $write:expr, $read:expr) => {
        #[derive(Clone, Debug, PartialEq)]
        struct $value(u8);

        impl Size for $value {
            fn tls_serialized_len(&self) -> usize {
                $len
            }
        }
        impl Serialize for $value {
            fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
                let write: fn(u8) -> Vec<u8> = $write;
                let bytes = write(self.0);
                writer.write_all(&bytes)?;
                Ok(bytes.len())
            }
        }
        impl Deserialize for $value {
            fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
                let read: fn(u8) -> Result<u8, Error> = $read;
                read(u8::tls_deserialize(bytes)?).map(Self)
            }
        }

        component! { $name, group_state }
        impl GroupState for $name {
            type State = u8;
            type Update = $value;

            fn fold(
                &self,
                _: &FoldView<'_>,
                _: Option<u8>,
                updates: &[Sent<$value>],
            ) -> Result<u8, Reject> {
                Ok(updates.last().map_or(0, |update| update.body.0))
            }
        }
    };
}

codec!(Lenient, Truth, 1, |value| vec![value], |byte| Ok(u8::from(
    byte != 0
)));
codec!(Asymmetric, Shifted, 1, |value| vec![value], |byte| Ok(
    byte.wrapping_add(1)
));
codec!(Short, Wide, 1, |value| vec![value, value], Ok);
codec!(Panicking, Fragile, 1, |value| vec![value], |byte| {
    assert!(byte < 0xf0, "no such value: {byte}");
    Ok(byte)
});

#[test]
fn a_decoder_that_takes_several_encodings_of_one_value() {
    let subject = Subject::new(Lenient::default)
        .component(facets!(Lenient))
        .updates::<Lenient>([Truth(1)]);
    let failure = failure(subject);
    assert_eq!(failure.property, Property::Codec, "{failure}");
    assert!(
        failure
            .what
            .contains("decodes as Truth(1), whose encoding is 01"),
        "{failure}"
    );
}

#[test]
fn a_value_that_is_another_after_a_round_trip() {
    let subject = Subject::new(Asymmetric::default)
        .component(facets!(Asymmetric))
        .updates::<Asymmetric>([Shifted(1)]);
    assert_eq!(failure(subject).property, Property::Codec);
}

#[test]
fn a_length_that_is_not_what_is_written() {
    let subject = Subject::new(Short::default)
        .component(facets!(Short))
        .updates::<Short>([Wide(1)]);
    assert!([Property::Codec, Property::Panic].contains(&failure(subject).property));
}

#[test]
fn a_decoder_that_panics() {
    let subject = Subject::new(Panicking::default)
        .component(facets!(Panicking))
        .updates::<Panicking>([Fragile(1)]);
    let failure = failure(subject);
    assert_eq!(failure.property, Property::Panic, "{failure}");
    assert!(failure.what.contains("no such value"), "{failure}");
}
