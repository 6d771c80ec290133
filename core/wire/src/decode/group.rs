//! GroupContext, GroupInfo, Welcome and their parts (RFC 9420 §8.1, §8.4, §12.4.3).

use crate::label::{self, closed};
use crate::node::Place;
use crate::reader::{ITEM, Reader, Result};

use super::{extension, hpke_ciphertext};

const EXTERNAL: u8 = 1;
const RESUMPTION: u8 = 2;

pub(crate) fn group_context(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "GroupContext", |r| {
        r.code("version", "ProtocolVersion", label::protocol_version)?;
        r.code("cipher_suite", "CipherSuite", label::cipher_suite)?;
        r.opaque("group_id", "opaque")?;
        r.u64("epoch")?;
        r.opaque("tree_hash", "opaque")?;
        r.opaque("confirmed_transcript_hash", "opaque")?;
        extension::extensions(r, "extensions", Place::GroupContext)
    })
}

pub(crate) fn group_info(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "GroupInfo", |r| {
        group_context(r, "group_context")?;
        extension::extensions(r, "extensions", Place::GroupInfo)?;
        r.opaque("confirmation_tag", "MAC")?;
        r.u32("signer")?;
        r.opaque("signature", "opaque")?;
        Ok(())
    })
}

pub(crate) fn welcome(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "Welcome", |r| {
        r.code("cipher_suite", "CipherSuite", label::cipher_suite)?;
        r.list("secrets", "EncryptedGroupSecrets", |r| {
            r.structure(ITEM, "EncryptedGroupSecrets", |r| {
                r.opaque("new_member", "KeyPackageRef")?;
                hpke_ciphertext(r, "encrypted_group_secrets")
            })
        })?;
        r.opaque("encrypted_group_info", "opaque")?;
        Ok(())
    })
}

pub(crate) fn group_secrets(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "GroupSecrets", |r| {
        r.secret("joiner_secret", "opaque")?;
        r.optional("path_secret", "PathSecret", |r| {
            r.secret("path_secret", "opaque")
        })?;
        r.list("psks", "PreSharedKeyID", |r| pre_shared_key_id(r, ITEM))
    })
}

/// RFC 9420 §8.4, with `application(3)` of draft-ietf-mls-extensions-10 §4.5.
pub(crate) fn pre_shared_key_id(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "PreSharedKeyID", |r| {
        let expected = "a PSK type, 1 to 3";
        let psk_type = r
            .select("psktype", "PSKType", closed::psk_type, expected)
            .map_err(|error| error.rule("APSK-9"))?;
        match psk_type {
            EXTERNAL => {
                r.opaque("psk_id", "opaque")?;
            }
            RESUMPTION => {
                let expected = "a resumption PSK usage, 1 to 3";
                r.select(
                    "usage",
                    "ResumptionPSKUsage",
                    closed::resumption_usage,
                    expected,
                )?;
                r.opaque("psk_group_id", "opaque")?;
                r.u64("psk_epoch")?;
            }
            _ => {
                r.code("component_id", "ComponentID", label::component)?;
                r.opaque("psk_id", "opaque")?;
            }
        }
        r.opaque("psk_nonce", "opaque")?;
        Ok(())
    })
}
