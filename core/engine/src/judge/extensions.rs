//! Raw extensions of linked kinds: valid where they stand, and where they may stand.
//!
//! Where the group has agreed on an extension, what its kind rejects is refused. Elsewhere others need
//! not know it, so it is a concern (RFC 9420, section 13.4, lets members lack what is not required).

use mls_trellis_hooks::{
    Actor, AddView, AddedKeyPackage, Change, EpochState, ExtensionEntry, InvitationView, LeafInfo,
    Plugins, RawExtension, Reject,
};

use super::Transition;

/// Rules on an epoch. Those on single members are asked of `unproven`.
pub(super) fn epoch(
    plugins: &Plugins,
    epoch: &EpochState,
    unproven: &EpochState,
) -> Result<(), Reject> {
    for (entry, extension) in linked(plugins, &epoch.extensions) {
        if let Some(facet) = &entry.group_context {
            facet.check_context(epoch, extension.data.as_slice())?;
        }
    }
    for (entry, reject) in in_leaves(plugins, unproven) {
        if entry.leaf.is_some() && entry.is_agreed_in(epoch) {
            return Err(reject);
        }
    }
    for entry in plugins.extensions().filter(|e| e.is_agreed_in(epoch)) {
        if let Some(invariant) = &entry.invariant {
            let holds = invariant.holds(epoch);
            holds.map_err(|reject| reject.in_plugin(entry.name))?;
        }
    }
    Ok(())
}

/// What an epoch must live with and we do not cause; as for [`epoch`].
pub(super) fn epoch_concerns(
    plugins: &Plugins,
    epoch: &EpochState,
    unproven: &EpochState,
) -> Vec<Reject> {
    let misplaced = linked(plugins, &epoch.extensions)
        .filter(|(entry, _)| entry.group_context.is_none())
        .map(|(entry, _)| misplaced(entry, "a GroupContext"));
    let mut concerns: Vec<_> = misplaced.collect();
    concerns.extend(in_leaves(plugins, unproven).map(|(_, reject)| reject));
    for entry in plugins.extensions().filter(|e| e.is_agreed_in(epoch)) {
        let own = entry.invariant.iter().flat_map(|i| i.concerns(epoch));
        concerns.extend(own.map(|reject| reject.in_plugin(entry.name)));
    }
    concerns
}

/// Rules on the KeyPackages that a commit adds, and the judges of kinds on which the group has agreed.
pub(super) fn transition(plugins: &Plugins, t: &Transition<'_>) -> Result<Vec<Reject>, Reject> {
    let mut concerns = Vec::new();
    for sent in t.proposals {
        let Change::Add(added) = &sent.body else {
            continue;
        };
        for (entry, reject, local) in in_key_package(plugins, t.before, &sent.from, added) {
            let reject = reject.culprit_at(sent.position);
            let agreed = entry.is_agreed_in(t.before) || entry.is_agreed_in(t.after);
            match agreed && !local && entry.key_package.is_some() {
                true => return Err(reject),
                false => concerns.push(reject),
            }
        }
    }
    for entry in plugins.extensions() {
        let agreed = entry.is_agreed_in(t.before) || entry.is_agreed_in(t.after);
        if let Some(judge) = entry.judge.as_ref().filter(|_| agreed) {
            let cx = t.view(mls_trellis_hooks::ComponentId::RESERVED);
            judge.judge(&cx).map_err(|r| r.in_plugin(entry.name))?;
            let own = judge.concerns(&cx).into_iter();
            concerns.extend(own.map(|r| r.in_plugin(entry.name)));
        }
    }
    Ok(concerns)
}

/// Whether we would add this KeyPackage by ourselves.
pub(crate) fn may_add(
    plugins: &Plugins,
    epoch: &EpochState,
    from: &Actor,
    added: &AddedKeyPackage,
) -> Result<(), Reject> {
    match in_key_package(plugins, epoch, from, added)
        .into_iter()
        .next()
    {
        Some((_, reject, _)) => Err(reject),
        None => Ok(()),
    }
}

/// Whether our KeyPackage was meant for the group that we are welcomed to.
pub(crate) fn invitation(plugins: &Plugins, cx: &InvitationView<'_>) -> Result<(), Reject> {
    for (entry, extension) in linked(plugins, &cx.key_package.extensions) {
        if let Some(facet) = &entry.key_package {
            facet.check_invitation(cx, extension.data.as_slice())?;
        }
    }
    Ok(())
}

/// What kinds reject of a KeyPackage, and whether only this client can tell.
fn in_key_package<'p>(
    plugins: &'p Plugins,
    epoch: &EpochState,
    from: &Actor,
    added: &AddedKeyPackage,
) -> Vec<(&'p ExtensionEntry, Reject, bool)> {
    let cx = AddView {
        epoch,
        from,
        key_package: added,
    };
    let mut rejects = Vec::new();
    for (entry, extension) in linked(plugins, &added.extensions) {
        let data = extension.data.as_slice();
        let Some(facet) = &entry.key_package else {
            rejects.push((entry, misplaced(entry, "a KeyPackage"), false));
            continue;
        };
        let rejected = facet.check_added(&cx, data).err();
        rejects.extend(rejected.map(|reject| (entry, reject, false)));
        let rejected = facet.advise(&cx, data).err();
        rejects.extend(rejected.map(|reject| (entry, reject, true)));
    }
    rejects
}

/// What kinds reject of the leaves.
fn in_leaves<'a>(
    plugins: &'a Plugins,
    epoch: &'a EpochState,
) -> impl Iterator<Item = (&'a ExtensionEntry, Reject)> {
    let leaves = epoch.leaves.values();
    leaves.flat_map(|leaf| in_leaf(plugins, leaf))
}

fn in_leaf<'a>(
    plugins: &'a Plugins,
    leaf: &'a LeafInfo,
) -> impl Iterator<Item = (&'a ExtensionEntry, Reject)> {
    linked(plugins, &leaf.extensions).filter_map(|(entry, extension)| {
        let checked = match &entry.leaf {
            Some(facet) => facet.check_leaf(leaf, extension.data.as_slice()),
            None => Err(misplaced(entry, &format!("the leaf of {}", leaf.identity))),
        };
        Some((entry, checked.err()?))
    })
}

/// The extensions whose kinds are linked.
fn linked<'p, 'e>(
    plugins: &'p Plugins,
    extensions: &'e [RawExtension],
) -> impl Iterator<Item = (&'p ExtensionEntry, &'e RawExtension)> {
    extensions.iter().filter_map(|extension| {
        let entry = plugins.extension(extension.extension_type)?;
        Some((entry, extension))
    })
}

/// EXT-1: an extension stands only where its kind has a place.
fn misplaced(entry: &ExtensionEntry, place: &str) -> Reject {
    Reject::peer(
        "EXT-1",
        format!("extension {} stands in {place}", entry.name),
    )
    .in_plugin(entry.name)
}
