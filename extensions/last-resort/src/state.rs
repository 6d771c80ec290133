//! What the marker means, and where it may stand.

use mls_trellis_hooks::{
    AddedKeyPackage, ComponentId, EpochState, ExtensionType, Ids, LeafInfo, Reject,
};

use crate::LastResort;

/// Whether the KeyPackage may be used more than once: it has the component's marker (LR-4) or the
/// older extension 0x000a (LR-8), or both (LR-9).
///
/// `ids` are the numbers in force, which every epoch tells.
///
/// ```
/// use std::sync::Arc;
/// use mls_trellis_hooks::{AddedKeyPackage, ComponentId, Ids, LeafInfo};
/// use mls_trellis_last_resort::is_last_resort;
///
/// let marker = (ComponentId(0x0004), b"".into());
/// let added = AddedKeyPackage {
///     leaf: Arc::new(LeafInfo::basic("alice")),
///     dictionary: Some([marker].into_iter().collect()),
///     extensions: Vec::new(),
/// };
/// assert!(is_last_resort(&added, &Ids::default()));
/// ```
#[must_use]
pub fn is_last_resort(added: &AddedKeyPackage, ids: &Ids) -> bool {
    let id = ids.of::<LastResort>();
    let marker = added
        .dictionary
        .iter()
        .any(|dictionary| dictionary.contains_key(&id));
    let mut extensions = added.extensions.iter();
    marker || extensions.any(|e| e.extension_type == ExtensionType::LEGACY_LAST_RESORT)
}

/// LR-3: the marker stands in a dictionary, so the leaf lists dictionaries as supported.
pub(crate) fn dictionary_is_supported(leaf: &LeafInfo) -> Result<(), Reject> {
    let supported = &leaf.capabilities.extensions;
    if !supported.contains(&ExtensionType::APP_DATA_DICTIONARY) {
        return Err(Reject::peer(
            "LR-3",
            format!(
                "the KeyPackage of {} has a dictionary, and its leaf does not support any",
                leaf.identity
            ),
        ));
    }
    Ok(())
}

/// LR-2: every place of the epoch where the marker has no business.
pub(crate) fn misplaced(epoch: &EpochState, id: ComponentId) -> Vec<Reject> {
    let group = epoch.data(id).map(|_| "the GroupContext".to_owned());
    let marked = epoch
        .leaves
        .iter()
        .filter(|(_, leaf)| leaf.data(id).is_some());
    let leaves = marked.map(|(index, leaf)| format!("the leaf of {} ({index})", leaf.identity));
    let places = group.into_iter().chain(leaves);
    let reject = |place| {
        Reject::peer(
            "LR-2",
            format!("{place} says that it is a last-resort KeyPackage"),
        )
    };
    places.map(reject).collect()
}
