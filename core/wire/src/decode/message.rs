//! MLSMessage and framing (RFC 9420 §6).

use crate::label::{self, closed};
use crate::reader::{Reader, Result};

use super::{group, leaf, proposal};

pub(crate) const MLS10: u16 = 0x0001;
pub(crate) const PUBLIC_MESSAGE: u16 = 0x0001;
pub(crate) const PRIVATE_MESSAGE: u16 = 0x0002;
const WELCOME: u16 = 0x0003;
const GROUP_INFO: u16 = 0x0004;
const KEY_PACKAGE: u16 = 0x0005;
const TARGETED_MESSAGE: u16 = 0x0006;

pub(crate) const APPLICATION: u8 = 1;
pub(crate) const PROPOSAL: u8 = 2;
const COMMIT: u8 = 3;

pub(crate) const MEMBER: u8 = 1;
pub(crate) const EXTERNAL: u8 = 2;
pub(crate) const NEW_MEMBER_PROPOSAL: u8 = 3;

pub(crate) fn mls_message(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "MLSMessage", |r| {
        let start = r.pos();
        let version = r.code("version", "ProtocolVersion", label::protocol_version)?;
        if version != MLS10 {
            let found = format!("0x{version:04x}");
            return Err(r.error(start, "version", "version 0x0001 (mls10)", found));
        }
        let start = r.pos();
        match r.code("wire_format", "WireFormat", label::wire_format)? {
            PUBLIC_MESSAGE => public_message(r, "public_message"),
            PRIVATE_MESSAGE => private_message(r, "private_message"),
            WELCOME => group::welcome(r, "welcome"),
            GROUP_INFO => group::group_info(r, "group_info"),
            KEY_PACKAGE => leaf::key_package(r, "key_package"),
            TARGETED_MESSAGE => r.rest("targeted_message", "TargetedMessage"),
            other => {
                let expected = "a wire format that is known here, 0x0001 to 0x0006";
                Err(r
                    .error(start, "wire_format", expected, format!("0x{other:04x}"))
                    .rule("WF-9"))
            }
        }
    })
}

fn public_message(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "PublicMessage", |r| {
        let mut content_type = 0;
        let mut sender_type = 0;
        r.structure("content", "FramedContent", |r| {
            r.opaque("group_id", "opaque")?;
            r.u64("epoch")?;
            sender_type = sender(r)?.0;
            r.opaque("authenticated_data", "opaque")?;
            content_type = self::content_type(r)?;
            match content_type {
                PROPOSAL => proposal::proposal(r, "proposal"),
                COMMIT => proposal::commit(r, "commit"),
                APPLICATION => r.opaque("application_data", "opaque").map(drop),
                _ => Ok(()),
            }
        })?;
        r.structure("auth", "FramedContentAuthData", |r| {
            r.opaque("signature", "opaque")?;
            if content_type == COMMIT {
                r.opaque("confirmation_tag", "MAC")?;
            }
            Ok(())
        })?;
        if sender_type == MEMBER {
            r.opaque("membership_tag", "MAC")?;
        }
        Ok(())
    })
}

/// `Sender`: its type, and the index that goes with it (0 if none does).
pub(crate) fn sender(r: &mut Reader<'_>) -> Result<(u8, u32)> {
    let mut sender = (0, 0);
    r.structure("sender", "Sender", |r| {
        let expected = "a sender type, 1 to 4";
        sender.0 = r.select("sender_type", "SenderType", closed::sender_type, expected)?;
        match sender.0 {
            MEMBER => sender.1 = r.u32("leaf_index")?,
            EXTERNAL => sender.1 = r.u32("sender_index")?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(sender)
}

pub(crate) fn content_type(r: &mut Reader<'_>) -> Result<u8> {
    r.select(
        "content_type",
        "ContentType",
        closed::content_type,
        "a content type, 1 to 3",
    )
}

fn private_message(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "PrivateMessage", |r| {
        r.opaque("group_id", "opaque")?;
        r.u64("epoch")?;
        content_type(r)?;
        r.opaque("authenticated_data", "opaque")?;
        r.opaque("encrypted_sender_data", "opaque")?;
        r.opaque("ciphertext", "opaque")?;
        Ok(())
    })
}
