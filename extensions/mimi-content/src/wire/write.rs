//! Writing messages.

use mls_trellis_hooks::Reject;

use super::{
    Content, Expiration, ExternalPart, MultiPart, NestedPart, Part, Semantics, cbor::Writer,
    extensions,
};

impl Content {
    /// The one encoding of the message.
    ///
    /// # Errors
    /// When nobody could read it: the rules of [`Content::decode`].
    pub fn encode(&self) -> Result<Vec<u8>, Reject> {
        let mut writer = Writer::default();
        content(&mut writer, self);
        match Self::decode(&writer.0) {
            Ok(_) => Ok(writer.0),
            Err(reject) => Err(Reject::misuse(reject.rule().to_owned(), reject.detail())),
        }
    }
}

fn content(writer: &mut Writer, content: &Content) {
    writer.array(7);
    writer.bytes(content.salt.as_slice());
    let id = |writer: &mut Writer, id: &super::MessageId| writer.bytes(id.as_bytes());
    writer.optional(content.replaces.as_ref(), id);
    writer.bytes(&content.topic_id);
    writer.optional(content.expires, expiration);
    writer.optional(content.in_reply_to.as_ref(), id);
    extensions::write(writer, &content.extensions);
    nested_part(writer, &content.body);
}

fn expiration(writer: &mut Writer, expiration: Expiration) {
    let (relative, time) = match expiration {
        Expiration::AfterReading(time) => (true, time),
        Expiration::At(time) => (false, time),
    };
    writer.array(2);
    writer.bool(relative);
    writer.uint(time);
}

fn nested_part(writer: &mut Writer, nested: &NestedPart) {
    let (cardinality, len) = match &nested.part {
        Part::Null => (0u8, 3),
        Part::Single(_) => (1, 5),
        Part::External(_) => (2, 15),
        Part::Multi(_) => (3, 5),
    };
    writer.array(len);
    writer.uint(nested.disposition.0);
    writer.text(&nested.language);
    writer.uint(cardinality);
    match &nested.part {
        Part::Null => {}
        Part::Single(part) => {
            writer.text(&part.content_type);
            writer.bytes(&part.content);
        }
        Part::External(part) => external_part(writer, part),
        Part::Multi(part) => multi_part(writer, part),
    }
}

fn external_part(writer: &mut Writer, part: &ExternalPart) {
    writer.text(&part.content_type);
    writer.text(&part.url);
    writer.uint(part.expires);
    writer.uint(part.size);
    writer.uint(part.enc_alg);
    writer.bytes(&part.key);
    writer.bytes(&part.nonce);
    writer.bytes(&part.aad);
    writer.uint(part.hash_alg);
    writer.bytes(&part.content_hash);
    writer.text(&part.description);
    writer.text(&part.filename);
}

fn multi_part(writer: &mut Writer, part: &MultiPart) {
    writer.uint(match part.semantics {
        Semantics::ChooseOne => 0u8,
        Semantics::SingleUnit => 1,
        Semantics::ProcessAll => 2,
    });
    writer.array(part.parts.len());
    for part in &part.parts {
        nested_part(writer, part);
    }
}
