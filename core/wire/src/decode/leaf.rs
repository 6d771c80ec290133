//! LeafNode, KeyPackage, UpdatePath and the ratchet tree (RFC 9420 §5.3, §7, §10, §12.4.3.3).

use crate::label::{self, closed};
use crate::node::Place;
use crate::reader::{ITEM, Reader, Result};

use super::{codes, extension, hpke_ciphertext};

const BASIC: u16 = 0x0001;
const X509: u16 = 0x0002;

const SOURCE_KEY_PACKAGE: u8 = 1;
const SOURCE_COMMIT: u8 = 3;

const NODE_LEAF: u8 = 1;

pub(crate) fn key_package(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "KeyPackage", |r| {
        r.code("version", "ProtocolVersion", label::protocol_version)?;
        r.code("cipher_suite", "CipherSuite", label::cipher_suite)?;
        r.opaque("init_key", "HPKEPublicKey")?;
        leaf_node(r, "leaf_node")?;
        extension::extensions(r, "extensions", Place::KeyPackage)?;
        r.opaque("signature", "opaque")?;
        Ok(())
    })
}

pub(crate) fn leaf_node(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "LeafNode", |r| {
        r.opaque("encryption_key", "HPKEPublicKey")?;
        r.opaque("signature_key", "SignaturePublicKey")?;
        credential(r, "credential")?;
        capabilities(r, "capabilities")?;
        let expected = "a leaf node source, 1 to 3";
        let label = closed::leaf_node_source;
        match r.select("leaf_node_source", "LeafNodeSource", label, expected)? {
            SOURCE_KEY_PACKAGE => r.structure("lifetime", "Lifetime", |r| {
                r.u64("not_before")?;
                r.u64("not_after")?;
                Ok(())
            })?,
            SOURCE_COMMIT => {
                r.opaque("parent_hash", "opaque")?;
            }
            _ => {}
        }
        extension::extensions(r, "extensions", Place::LeafNode)?;
        r.opaque("signature", "opaque")?;
        Ok(())
    })
}

/// A credential of an unknown type is read as one `opaque<V>`, which is what every known draft
/// sends.
pub(crate) fn credential(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "Credential", |r| {
        match r.code("credential_type", "CredentialType", label::credential_type)? {
            BASIC => r.opaque("identity", "opaque").map(drop),
            X509 => r.list("certificates", "Certificate", |r| {
                r.structure(ITEM, "Certificate", |r| {
                    r.opaque("cert_data", "opaque").map(drop)
                })
            }),
            _ => r.opaque("credential", "opaque").map(drop),
        }
    })
}

pub(crate) fn update_path(r: &mut Reader<'_>) -> Result {
    leaf_node(r, "leaf_node")?;
    r.list("nodes", "UpdatePathNode", |r| {
        r.structure(ITEM, "UpdatePathNode", |r| {
            r.opaque("encryption_key", "HPKEPublicKey")?;
            r.list("encrypted_path_secret", "HPKECiphertext", |r| {
                hpke_ciphertext(r, ITEM)
            })
        })
    })
}

/// `optional<Node> ratchet_tree<V>`.
pub(crate) fn ratchet_tree(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.list(name, "optional<Node>", |r| {
        r.optional(ITEM, "Node", |r| {
            let expected = "a node type, 1 or 2";
            match r.select("node_type", "NodeType", closed::node_type, expected)? {
                NODE_LEAF => leaf_node(r, "leaf_node"),
                _ => parent_node(r, "parent_node"),
            }
        })
    })
}

fn parent_node(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "ParentNode", |r| {
        r.opaque("encryption_key", "HPKEPublicKey")?;
        r.opaque("parent_hash", "opaque")?;
        r.list("unmerged_leaves", "uint32", |r| r.u32(ITEM).map(drop))
    })
}

fn capabilities(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "Capabilities", |r| {
        codes(r, "versions", "ProtocolVersion", label::protocol_version)?;
        codes(r, "cipher_suites", "CipherSuite", label::cipher_suite)?;
        codes(r, "extensions", "ExtensionType", label::extension_type)?;
        codes(r, "proposals", "ProposalType", label::proposal_type)?;
        codes(r, "credentials", "CredentialType", label::credential_type)
    })
}
