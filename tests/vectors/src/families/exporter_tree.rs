//! The exporter tree: one secret for each component and epoch, deleted once handed out.
//!
//! ```
//! use mls_trellis_vectors::families::exporter_tree::Tree;
//!
//! let mut tree = Tree::new(&[7; 32]);
//! let secret = tree.export(0x8001).unwrap();
//! assert_eq!(tree.export(0x8001), None); // consumed
//! assert_ne!(tree.export(0x8002), Some(secret));
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Family;
use crate::{
    Hex,
    crypto::{NH, derive_secret, expand_with_label},
};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExporterTree {
    /// The epoch's secret.
    pub epoch_secret: Hex,
    /// The root of the tree.
    pub application_export_secret: Hex,
    /// What is exported, one after the other.
    pub exports: Vec<Export>,
}

/// One call of SafeExportSecret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The component.
    pub component_id: u16,
    /// Its secret, or `null` when it was handed out before.
    pub secret: Option<Hex>,
    /// The nodes that are kept afterwards: the path from the root, in bits, and the secret.
    pub kept: BTreeMap<String, Hex>,
}

/// The secret of a component: the leaf with its number.
#[must_use]
pub fn leaf(root: &[u8], component_id: u16) -> Vec<u8> {
    let bits = (0..16).rev().map(|bit| component_id >> bit & 1 == 1);
    bits.fold(root.to_vec(), |node, right| child(&node, right))
}

fn child(node: &[u8], right: bool) -> Vec<u8> {
    let side: &[u8] = if right { b"right" } else { b"left" };
    expand_with_label(node, b"tree", side, NH as u16)
}

/// A tree that forgets.
#[derive(Clone, Debug)]
pub struct Tree(BTreeMap<String, Hex>);

impl Tree {
    /// The tree of an application_export_secret.
    #[must_use]
    pub fn new(root: &[u8]) -> Self {
        Self([(String::new(), root.into())].into())
    }

    /// SafeExportSecret: the component's secret, and its path is forgotten. `None` when it was
    /// handed out before.
    pub fn export(&mut self, component_id: u16) -> Option<Vec<u8>> {
        let leaf = format!("{component_id:016b}");
        let (mut path, mut secret) = (0..=16).rev().find_map(|depth| {
            let node = self.0.remove_entry(&leaf[..depth]);
            node.map(|(path, secret)| (path, secret.0))
        })?;
        while path.len() < leaf.len() {
            let right = leaf.as_bytes().get(path.len()) == Some(&b'1');
            let sibling = if right { '0' } else { '1' };
            let kept = child(&secret, !right);
            self.0.insert(format!("{path}{sibling}"), kept.into());
            secret = child(&secret, right);
            path.push(if right { '1' } else { '0' });
        }
        Some(secret)
    }

    /// The nodes that are kept: the path from the root, in bits, and the secret.
    #[must_use]
    pub fn kept(&self) -> &BTreeMap<String, Hex> {
        &self.0
    }
}

impl Family for ExporterTree {
    const NAME: &'static str = "exporter-tree";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 4.4";

    fn cases() -> Vec<Self> {
        let case = |first: u8, components: &[u16]| {
            let epoch_secret: Vec<u8> = (first..first + 32).collect();
            let root = derive_secret(&epoch_secret, b"application_export");
            let mut tree = Tree::new(&root);
            let exports = components.iter().map(|component_id| Export {
                component_id: *component_id,
                secret: tree.export(*component_id).map(Hex),
                kept: tree.kept().clone(),
            });
            let exports = exports.collect();
            Self {
                epoch_secret: epoch_secret.into(),
                application_export_secret: root.into(),
                exports,
            }
        };
        vec![
            case(0x20, &[0x8001]),
            // Neighbours, the ends, one that is GREASE, and one of them again.
            case(0x40, &[0x0000, 0x0001, 0x8001, 0x0a0a, 0xffff, 0x8001]),
            case(0x40, &[0xffff, 0x0001, 0x0000]),
        ]
    }
}
