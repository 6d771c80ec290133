//! Reading messages.

use mls_trellis_hooks::Reject;

use super::{
    Content, Disposition, Expiration, ExternalPart, MessageId, MultiPart, NestedPart, Part, Salt,
    Semantics, SinglePart, cbor::Reader, extensions,
};

/// On how many levels parts may stand.
const LEVELS: usize = 4;
/// How many parts a message may have.
const MOST_PARTS: usize = 1024;
/// How long the name of a topic may be.
const LONGEST_TOPIC: usize = 4096;

impl Content {
    /// Reads a message.
    ///
    /// # Errors
    /// MCT-1 when the bytes are no message or not its one encoding; MCT-2 for texts, keys and NaNs
    /// that may not be; MCT-3 when it is nested too deeply; MCT-6 for keys without an algorithm;
    /// MCT-8 for what only a malicious sender would write.
    pub fn decode(bytes: &[u8]) -> Result<Self, Reject> {
        let mut reader = Reader::new(bytes);
        let content = content(&mut reader)?;
        reader.end()?;
        Ok(content)
    }
}

fn content(reader: &mut Reader<'_>) -> Result<Content, Reject> {
    reader.array_of(7)?;
    let salt = Salt::from(reader.bytes_of::<16>()?);
    let replaces = reader.optional(message_id)?;
    let topic_id = reader.bytes()?.to_vec();
    if topic_id.len() > LONGEST_TOPIC {
        let what = format!("a topic of more than {LONGEST_TOPIC} bytes");
        return Err(reader.reject("MCT-8", &what));
    }
    Ok(Content {
        salt,
        replaces,
        topic_id,
        expires: reader.optional(expiration)?,
        in_reply_to: reader.optional(message_id)?,
        extensions: extensions::read(reader)?,
        body: nested_part(reader, LEVELS, &mut 0)?,
    })
}

pub(super) fn message_id(reader: &mut Reader<'_>) -> Result<MessageId, Reject> {
    let id = reader.bytes_of::<32>()?;
    match id.first() {
        Some(&MessageId::HASH) => Ok(MessageId(id)),
        _ => Err(reader.reject("MCT-8", "a message id with an unknown hash algorithm")),
    }
}

fn expiration(reader: &mut Reader<'_>) -> Result<Expiration, Reject> {
    reader.array_of(2)?;
    let relative = reader.bool()?;
    let time = narrow(reader, u32::MAX)?;
    Ok(match relative {
        true => Expiration::AfterReading(time),
        false => Expiration::At(time),
    })
}

fn nested_part(
    reader: &mut Reader<'_>,
    levels: usize,
    count: &mut usize,
) -> Result<NestedPart, Reject> {
    let Some(levels) = levels.checked_sub(1) else {
        let what = format!("parts are nested more than {LEVELS} deep");
        return Err(reader.reject("MCT-3", &what));
    };
    *count += 1;
    if *count > MOST_PARTS {
        let what = format!("a message of more than {MOST_PARTS} parts");
        return Err(reader.reject("MCT-8", &what));
    }
    let len = reader.array()?;
    let disposition = Disposition(narrow(reader, u8::MAX)?);
    let language = reader.text()?.to_owned();
    let part = match (reader.uint(3)?, len) {
        (0, 3) => Part::Null,
        (1, 5) => Part::Single(SinglePart {
            content_type: reader.text()?.to_owned(),
            content: reader.bytes()?.to_vec(),
        }),
        (2, 15) => Part::External(Box::new(external_part(reader)?)),
        (3, 5) => Part::Multi(multi_part(reader, levels, count)?),
        _ => return Err(reader.malformed("a part of another length than its cardinality has")),
    };
    Ok(NestedPart {
        disposition,
        language,
        part,
    })
}

fn external_part(reader: &mut Reader<'_>) -> Result<ExternalPart, Reject> {
    let part = ExternalPart {
        content_type: reader.text()?.to_owned(),
        url: reader.text()?.to_owned(),
        expires: narrow(reader, u32::MAX)?,
        size: reader.uint(u64::MAX)?,
        enc_alg: narrow(reader, u16::MAX)?,
        key: reader.bytes()?.to_vec(),
        nonce: reader.bytes()?.to_vec(),
        aad: reader.bytes()?.to_vec(),
        hash_alg: narrow(reader, u8::MAX)?,
        content_hash: reader.bytes()?.to_vec(),
        description: reader.text()?.to_owned(),
        filename: reader.text()?.to_owned(),
    };
    let keys = [&part.key, &part.nonce, &part.aad];
    if part.enc_alg == 0 && keys.iter().any(|field| !field.is_empty()) {
        let what = "external content is not encrypted, and has a key, nonce or additional data";
        return Err(reader.reject("MCT-6", what));
    }
    Ok(part)
}

fn multi_part(
    reader: &mut Reader<'_>,
    levels: usize,
    count: &mut usize,
) -> Result<MultiPart, Reject> {
    let semantics = match reader.uint(u64::MAX)? {
        0 => Semantics::ChooseOne,
        1 => Semantics::SingleUnit,
        2 => Semantics::ProcessAll,
        other => {
            let what = format!("parts with the unknown semantics {other}");
            return Err(reader.reject("MCT-8", &what));
        }
    };
    let len = reader.array()?;
    if len < 2 {
        return Err(reader.malformed("several parts are two at least"));
    }
    let parts = (0..len).map(|_| nested_part(reader, levels, count));
    Ok(MultiPart {
        semantics,
        parts: parts.collect::<Result<_, _>>()?,
    })
}

/// An unsigned integer that is at most `most`.
fn narrow<T>(reader: &mut Reader<'_>, most: T) -> Result<T, Reject>
where
    T: Into<u64> + TryFrom<u64>,
{
    let n = reader.uint(most.into())?;
    n.try_into()
        .map_err(|_| reader.malformed("an integer is too large"))
}
