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
    let legacy = extensions.any(|e| e.extension_type == ExtensionType::LEGACY_LAST_RESORT);
    marker || legacy
}

/// Which of some KeyPackages of one client a committer adds: the first that is for one use, or else
/// the first. `None` when there are none. The keys of a last-resort one open every Welcome that was
/// made for it, and it shows that several groups have one member.
///
/// ```
/// use std::sync::Arc;
/// use mls_trellis_hooks::{AddedKeyPackage, ComponentId, Ids, LeafInfo};
/// use mls_trellis_last_resort::choose;
///
/// let once = AddedKeyPackage {
///     leaf: Arc::new(LeafInfo::basic("alice")),
///     dictionary: None,
///     extensions: Vec::new(),
/// };
/// let mut again = once.clone();
/// again.dictionary = Some([(ComponentId(0x0004), b"".into())].into_iter().collect());
/// assert_eq!(choose([&again, &once], &Ids::default()), Some(1));
/// assert_eq!(choose([&again], &Ids::default()), Some(0));
/// ```
#[must_use]
pub fn choose<'a>(
    key_packages: impl IntoIterator<Item = &'a AddedKeyPackage>,
    ids: &Ids,
) -> Option<usize> {
    let mut reserve = None;
    for (index, key_package) in key_packages.into_iter().enumerate() {
        if !is_last_resort(key_package, ids) {
            return Some(index);
        }
        reserve = reserve.or(Some(index));
    }
    reserve
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
