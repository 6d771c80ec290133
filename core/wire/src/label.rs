//! Names of code points: RFC 9420 §17 and draft-ietf-mls-extensions-10 §7.
//!
//! Each function gives `None` for a value without a name, which is then shown as hex only. The
//! numbers of the draft are the suggested ones.
//!
//! ```
//! use mls_trellis_wire::label;
//!
//! assert_eq!(label::extension_type(0x0006), Some("app_data_dictionary"));
//! assert_eq!(label::component(0x8a8a), None); // private use, not GREASE
//! ```

/// Version of the protocol (RFC 9420 §6).
pub fn protocol_version(value: u16) -> Option<&'static str> {
    (value == 0x0001).then_some("mls10")
}

/// Wire format of an MLSMessage (RFC 9420 §17.2; 0x0006 from draft-ietf-mls-targeted-messages).
pub fn wire_format(value: u16) -> Option<&'static str> {
    Some(match value {
        0x0001 => "mls_public_message",
        0x0002 => "mls_private_message",
        0x0003 => "mls_welcome",
        0x0004 => "mls_group_info",
        0x0005 => "mls_key_package",
        0x0006 => "mls_targeted_message",
        _ => return None,
    })
}

/// Cipher suite (RFC 9420 §17.1).
pub fn cipher_suite(value: u16) -> Option<&'static str> {
    Some(match value {
        0x0001 => "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
        0x0002 => "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
        0x0003 => "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
        0x0004 => "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448",
        0x0005 => "MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
        0x0006 => "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448",
        0x0007 => "MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
        _ => return registry_grease(value),
    })
}

/// Extension type (RFC 9420 §17.3, draft §7.1).
pub fn extension_type(value: u16) -> Option<&'static str> {
    Some(match value {
        0x0001 => "application_id",
        0x0002 => "ratchet_tree",
        0x0003 => "required_capabilities",
        0x0004 => "external_pub",
        0x0005 => "external_senders",
        0x0006 => "app_data_dictionary",
        0x0007 => "supported_wire_formats",
        0x0008 => "required_wire_formats",
        0x000a => "last_resort",
        _ => return registry_grease(value),
    })
}

/// Proposal type (RFC 9420 §17.4, draft §7.2).
pub fn proposal_type(value: u16) -> Option<&'static str> {
    Some(match value {
        0x0001 => "add",
        0x0002 => "update",
        0x0003 => "remove",
        0x0004 => "psk",
        0x0005 => "reinit",
        0x0006 => "external_init",
        0x0007 => "group_context_extensions",
        0x0008 => "app_data_update",
        0x0009 => "app_ephemeral",
        0x000a => "self_remove",
        _ => return registry_grease(value),
    })
}

/// Credential type (RFC 9420 §17.5).
pub fn credential_type(value: u16) -> Option<&'static str> {
    Some(match value {
        0x0001 => "basic",
        0x0002 => "x509",
        _ => return registry_grease(value),
    })
}

/// Component id (draft §7.5).
pub fn component(value: u16) -> Option<&'static str> {
    Some(match value {
        0x0001 => "app_components",
        0x0002 => "safe_aad",
        0x0003 => "content_media_types",
        0x0004 => "last_resort_key_package",
        0x0005 => "app_ack",
        _ if value < 0x8000 && is_grease(value) => "GREASE",
        _ => return None,
    })
}

/// 0x0A0A to 0xEAEA, RFC 9420 §13.5; 0xFAFA is private use.
fn registry_grease(value: u16) -> Option<&'static str> {
    (value < 0xf000 && is_grease(value)).then_some("GREASE")
}

fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// Enumerations of one octet. They are closed: a value without a name is an error of decoding.
pub(crate) mod closed {
    pub(crate) fn content_type(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "application",
            2 => "proposal",
            3 => "commit",
            _ => return None,
        })
    }

    pub(crate) fn sender_type(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "member",
            2 => "external",
            3 => "new_member_proposal",
            4 => "new_member_commit",
            _ => return None,
        })
    }

    pub(crate) fn leaf_node_source(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "key_package",
            2 => "update",
            3 => "commit",
            _ => return None,
        })
    }

    pub(crate) fn node_type(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "leaf",
            2 => "parent",
            _ => return None,
        })
    }

    pub(crate) fn proposal_or_ref(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "proposal",
            2 => "reference",
            _ => return None,
        })
    }

    pub(crate) fn psk_type(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "external",
            2 => "resumption",
            3 => "application",
            _ => return None,
        })
    }

    pub(crate) fn resumption_usage(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "application",
            2 => "reinit",
            3 => "branch",
            _ => return None,
        })
    }

    pub(crate) fn update_operation(value: u8) -> Option<&'static str> {
        Some(match value {
            1 => "update",
            2 => "remove",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gr_grease_values_are_named_in_their_registry_only() {
        let named = |f: fn(u16) -> Option<&'static str>| {
            (0..=u16::MAX)
                .filter(|v| f(*v) == Some("GREASE"))
                .collect::<Vec<_>>()
        };
        let expected: Vec<u16> = (0..15).map(|n| 0x0a0a + n * 0x1010).collect();
        for registry in [cipher_suite, extension_type, proposal_type, credential_type] {
            assert_eq!(named(registry), expected);
        }
        assert_eq!(named(component), expected.get(..8).unwrap_or_default());
        assert_eq!(named(wire_format), Vec::<u16>::new());
    }
}
