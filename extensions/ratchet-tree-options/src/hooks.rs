//! How tree options plug in.

use std::sync::Arc;

use mls_trellis_hooks::{
    ContextExtension, Draft, EpochState, ExtensionKind, ExtensionType, Hooks, Plugin, Reject,
    TreeAt, TreeSource, TreeView,
};

use crate::{DomainList, RatchetTreeOption};

/// The tree options, and the extension that says where trees may be fetched from.
#[derive(Clone, Copy, Debug, Default)]
pub struct RatchetTreeOptions;

/// The extension `ratchet_tree_source_domains` of the GroupContext.
#[derive(Clone, Copy, Debug, Default)]
pub struct SourceDomains;

mls_trellis_registry::register! {
    /// Where ratchet trees are.
    pub static RATCHET_TREE_OPTIONS: RatchetTreeOptions::default
}

impl Plugin for RatchetTreeOptions {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.extension(Arc::new(SourceDomains)).group_context();
        hooks.tree_source(self);
    }
}

impl ExtensionKind for SourceDomains {
    const NAME: &'static str = "ratchet_tree_source_domains";
    const DEFAULT_TYPE: ExtensionType = ExtensionType(0xf4c0);
    const DRAFT: Draft = Draft::new("draft-ietf-mls-ratchet-tree-options", "01", "3");
    const MALFORMED: &'static str = "RTO-9";
    type Content = DomainList;
}

impl ContextExtension for SourceDomains {
    fn check_context(&self, _: &EpochState, list: &DomainList) -> Result<(), Reject> {
        list.check()
    }
}

impl TreeSource for RatchetTreeOptions {
    const NAME: &'static str = "ratchet_tree_options";
    const DRAFT: Draft = Draft::new("draft-ietf-mls-ratchet-tree-options", "01", "3");
    const MALFORMED: &'static str = "RTO-1";
    type Hint = RatchetTreeOption;

    fn locate(&self, cx: &TreeView<'_>, option: &RatchetTreeOption) -> Result<TreeAt, Reject> {
        option.locate(cx)
    }
}
