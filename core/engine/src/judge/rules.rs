//! The engine's own rules: what RFC 9420 and draft-ietf-mls-extensions-10 demand of a commit or an
//! epoch and OpenMLS leaves to the application.
//!
//! Rules that the documents state refuse; rules that they only imply are concerns, which refuse our
//! own commits and are alarms on others' (see `Invariant::concerns`).

mod proposals;

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use mls_trellis_hooks::{
    ComponentId, CredentialType, EpochState, ExtensionType, Lack, LeafIndex, LeafInfo, Place,
    Plugins, ProposalType, Reject, WireFormatId, wire,
};
pub(super) use proposals::transition;

use super::{is_list, supported};

/// A rule on an epoch, and on some of its members.
type Rule = fn(&EpochState, &EpochState) -> Result<(), Reject>;

/// Rules that every epoch must keep. Those on single members are asked of `unproven`, which is the
/// epoch with some of its members.
pub(super) fn epoch<'a>(
    epoch: &'a EpochState,
    unproven: &'a EpochState,
) -> impl Iterator<Item = Result<(), Reject>> + 'a {
    let rules: [Rule; 4] = [
        |epoch, unproven| match unproven.leaves.is_empty() {
            true => Ok(()),
            false => unique_signature_keys(epoch),
        },
        |_, unproven| required_capabilities(unproven),
        |epoch, _| epoch.required_components().map(drop),
        |epoch, _| epoch.required_aad().map(drop),
    ];
    rules.into_iter().map(move |rule| rule(epoch, unproven))
}

/// LEAF-1: no two members share a signature key (RFC 9420, section 7.3).
fn unique_signature_keys(epoch: &EpochState) -> Result<(), Reject> {
    let mut holders = BTreeMap::new();
    for (index, leaf) in epoch.leaves.iter() {
        if let Some(first) = holders.insert(&leaf.signature_key, index) {
            return Err(Reject::peer(
                "LEAF-1",
                format!("{first} and {index} have the same signature key"),
            ));
        }
    }
    Ok(())
}

/// LEAF-2: every member supports what the group requires, and the extensions of its GroupContext
/// (RFC 9420, sections 7.2, 11.1 and 13.4). A GREASE value in a leaf's capabilities is no support.
fn required_capabilities(epoch: &EpochState) -> Result<(), Reject> {
    let mut extensions = epoch.required.extensions.clone();
    extensions.extend(epoch.extensions.iter().map(|e| e.extension_type));
    extensions.extend(
        epoch
            .dictionary
            .as_ref()
            .map(|_| ExtensionType::APP_DATA_DICTIONARY),
    );
    extensions.retain(|extension| !extension.is_default());
    let mut proposals = epoch.required.proposals.clone();
    proposals.retain(|proposal| !proposal.is_default());
    let credentials = &epoch.required.credentials;
    for (index, leaf) in epoch.leaves.iter() {
        let has = &leaf.capabilities;
        let lacks_extension = |e: &&ExtensionType| e.is_grease() || !has.extensions.contains(e);
        let lacks_proposal = |p: &&ProposalType| p.is_grease() || !has.proposals.contains(p);
        let lacks_credential = |c: &&CredentialType| c.is_grease() || !has.credentials.contains(c);
        let mut lacks = Vec::new();
        lacks.extend(
            extensions
                .iter()
                .filter(lacks_extension)
                .map(|e| Lack::Extension(*e)),
        );
        lacks.extend(
            proposals
                .iter()
                .filter(lacks_proposal)
                .map(|p| Lack::Proposal(*p)),
        );
        lacks.extend(
            credentials
                .iter()
                .filter(lacks_credential)
                .map(|c| Lack::Credential(*c)),
        );
        if !lacks.is_empty() {
            return Err(Reject::incompatible(
                "LEAF-2",
                format!(
                    "{} ({index}) does not support {}",
                    leaf.identity,
                    listed(lacks.iter())
                ),
            )
            .lacking(*index, lacks));
        }
    }
    Ok(())
}

/// LEAF-3: a newcomer lists what it uses and the types of all credentials in the group, and everybody
/// lists the type of its credential (RFC 9420, sections 7.2 and 7.3). OpenMLS refuses an Add for it, so
/// no commit that is judged here can break it.
pub(super) fn newcomer(epoch: &EpochState, newcomer: LeafIndex) -> Vec<Reject> {
    let Some(leaf) = epoch.leaf(newcomer) else {
        return Vec::new();
    };
    let in_use = epoch.leaves.values().map(|l| l.credential.credential_type);
    let mut lacks = credentials(leaf, &in_use.collect());
    let uses = leaf.extensions.iter().map(|e| e.extension_type);
    let dictionary = leaf.dictionary.as_ref();
    let mut uses: BTreeSet<_> = uses
        .chain(dictionary.map(|_| ExtensionType::APP_DATA_DICTIONARY))
        .collect();
    uses.retain(|extension| !extension.is_default());
    let unlisted = uses.difference(&leaf.capabilities.extensions);
    lacks.extend(unlisted.map(|extension| Lack::Extension(*extension)));
    if !leaf
        .capabilities
        .cipher_suites
        .contains(&epoch.cipher_suite)
    {
        lacks.push(Lack::CipherSuite(epoch.cipher_suite));
    }
    let own = BTreeSet::from([leaf.credential.credential_type]);
    let others = epoch.leaves.iter().filter(|(other, _)| **other != newcomer);
    let others = others.map(|(index, leaf)| (*index, leaf.as_ref(), credentials(leaf, &own)));
    iter::once((newcomer, leaf, lacks))
        .chain(others)
        .filter(|(_, _, lacks)| !lacks.is_empty())
        .map(|(index, leaf, lacks)| {
            let what = listed(lacks.iter());
            let detail = format!("{} ({index}) does not list {what}", leaf.identity);
            Reject::incompatible("LEAF-3", detail).lacking(index, lacks)
        })
        .collect()
}

/// Which of these types of credentials a leaf does not list.
fn credentials(leaf: &LeafInfo, wanted: &BTreeSet<CredentialType>) -> Vec<Lack> {
    let lacks = wanted.difference(&leaf.capabilities.credentials);
    lacks.map(|c| Lack::Credential(*c)).collect()
}

/// What the drafts only imply; as for [`epoch`].
pub(super) fn epoch_concerns(
    plugins: &Plugins,
    epoch: &EpochState,
    unproven: &EpochState,
) -> Vec<Reject> {
    let mut concerns = Vec::new();
    members_support_components(unproven, &mut concerns);
    members_support_wire_formats(unproven, &mut concerns);
    wire_format_lists(epoch, unproven, &mut concerns);
    entries_are_required(plugins, epoch, &mut concerns);
    no_grease_in_group(epoch, &mut concerns);
    concerns
}

/// NEG-2, NEG-5, NEG-6 and NEG-3: every member lists what the GroupContext requires.
fn members_support_components(epoch: &EpochState, concerns: &mut Vec<Reject>) {
    let required = epoch
        .required_components()
        .ok()
        .flatten()
        .unwrap_or_default();
    let aad = epoch.required_aad().ok().flatten().unwrap_or_default();
    for (index, leaf) in epoch.leaves.iter() {
        let missing = listed(required.difference(&leaf.components()));
        if !missing.is_empty() {
            let reject = Reject::incompatible(
                "NEG-2",
                format!(
                    "{} ({index}) does not support component {missing}",
                    leaf.identity
                ),
            );
            concerns.push(
                reject.lacking(
                    *index,
                    required
                        .difference(&leaf.components())
                        .map(|id| Lack::Component(*id)),
                ),
            );
        }
        let missing = listed(aad.difference(&leaf.aad_components()));
        if !missing.is_empty() {
            let reject = Reject::incompatible(
                "NEG-3",
                format!(
                    "{} ({index}) does not understand AAD items of {missing}",
                    leaf.identity
                ),
            );
            concerns.push(
                reject.lacking(
                    *index,
                    aad.difference(&leaf.aad_components())
                        .map(|id| Lack::AadItem(*id)),
                ),
            );
        }
    }
}

/// WF-2 and WF-3: every member lists the wire formats that the GroupContext requires.
fn members_support_wire_formats(epoch: &EpochState, concerns: &mut Vec<Reject>) {
    let Some(data) = epoch.extension(ExtensionType::REQUIRED_WIRE_FORMATS) else {
        return;
    };
    let required = match wire::decode::<Vec<WireFormatId>>(data) {
        Ok(list) => list
            .into_iter()
            .filter(|f| !f.is_default())
            .collect::<BTreeSet<_>>(),
        Err(e) => {
            concerns.push(Reject::peer("WF-4", format!("required_wire_formats: {e}")));
            return;
        }
    };
    for (index, leaf) in epoch.leaves.iter() {
        let missing = listed(required.difference(&leaf.wire_formats()));
        if !missing.is_empty() {
            let reject = Reject::incompatible(
                "WF-2",
                format!(
                    "{} ({index}) does not support wire format {missing}",
                    leaf.identity
                ),
            );
            concerns.push(
                reject.lacking(
                    *index,
                    required
                        .difference(&leaf.wire_formats())
                        .map(|format| Lack::WireFormat(*format)),
                ),
            );
        }
    }
}

/// ENG-4: an entry of the dictionary belongs to a required component, or members that lack the
/// component are stuck at its first update. ADD-9: it belongs into a GroupContext at all.
fn entries_are_required(plugins: &Plugins, epoch: &EpochState, concerns: &mut Vec<Reject>) {
    let Some(dictionary) = &epoch.dictionary else {
        return;
    };
    let required = epoch
        .required_components()
        .ok()
        .flatten()
        .unwrap_or_default();
    for id in dictionary.keys().filter(|id| !is_list(**id)) {
        if !required.contains(id) {
            concerns.push(Reject::incompatible(
                "ENG-4",
                format!("the group has an entry of component {id} without requiring the component"),
            ));
        }
        if let Some(entry) = plugins.component(*id)
            && !entry.places().contains(&Place::GroupContext)
        {
            concerns.push(
                Reject::peer(
                    "ADD-9",
                    format!("component {id} has no place in a GroupContext"),
                )
                .in_plugin(entry.name),
            );
        }
    }
}

/// WF-4 and WF-5: extensions with wire formats are lists, and stand where they belong.
fn wire_format_lists(epoch: &EpochState, unproven: &EpochState, concerns: &mut Vec<Reject>) {
    let here = epoch.extension(ExtensionType::SUPPORTED_WIRE_FORMATS);
    concerns.extend(
        here.map(|_| Reject::peer("WF-5", "supported_wire_formats stands in a GroupContext")),
    );
    for (index, leaf) in unproven.leaves.iter() {
        let whose = format!("the leaf of {} ({index})", leaf.identity);
        let misplaced = leaf
            .extension(ExtensionType::REQUIRED_WIRE_FORMATS)
            .is_some();
        if misplaced {
            let detail = format!("required_wire_formats stands in {whose}");
            concerns.push(Reject::peer("WF-5", detail));
        }
        let Some(data) = leaf.extension(ExtensionType::SUPPORTED_WIRE_FORMATS) else {
            continue;
        };
        if let Err(e) = wire::decode::<Vec<WireFormatId>>(data) {
            let detail = format!("supported_wire_formats of {whose}: {e}");
            concerns.push(Reject::peer("WF-4", detail));
        }
    }
}

/// NEG-8 and CID-3: nobody supports a GREASE or reserved value, so nothing may require one.
fn no_grease_in_group(epoch: &EpochState, concerns: &mut Vec<Reject>) {
    let lists = [epoch.required_components(), epoch.required_aad()];
    let listed = lists
        .into_iter()
        .flat_map(|list| list.ok().flatten().unwrap_or_default());
    let entries = epoch.dictionary.iter().flat_map(|d| d.keys().copied());
    for id in listed.chain(entries).collect::<BTreeSet<_>>() {
        if id.is_grease() || id == ComponentId::RESERVED {
            concerns.push(Reject::peer(
                "NEG-8",
                format!("the group names {id}, which no client can support"),
            ));
        }
    }
}

/// Whether we could follow the group: refuse to join rather than be cut off later.
pub(super) fn can_follow(plugins: &Plugins, epoch: &EpochState) -> Result<(), Reject> {
    let supported = supported(plugins);
    let required = epoch.required_components()?.unwrap_or_default();
    let missing = listed(required.difference(&supported));
    if !missing.is_empty() {
        return Err(Reject::incompatible(
            "NEG-4",
            format!("the group requires component {missing}, for which no plugin is linked"),
        ));
    }
    for id in epoch.dictionary.iter().flat_map(|d| d.keys()) {
        let known = plugins
            .component(*id)
            .is_some_and(|e| e.group_state.is_some());
        if !known && !is_list(*id) {
            return Err(Reject::incompatible(
                "ADD-10",
                format!(
                    "the group has an entry of component {id}, which no linked plugin keeps state for"
                ),
            ));
        }
    }
    if let Some(data) = epoch.extension(ExtensionType::REQUIRED_WIRE_FORMATS) {
        let formats = wire::decode::<Vec<WireFormatId>>(data)
            .map_err(|e| Reject::peer("WF-4", format!("required_wire_formats: {e}")))?;
        let known = |f: &&WireFormatId| f.is_default() || plugins.wire_format(**f).is_some();
        let missing = listed(formats.iter().filter(|f| !known(f)));
        if !missing.is_empty() {
            return Err(Reject::incompatible(
                "WF-7",
                format!("the group requires wire format {missing}, which is not linked"),
            ));
        }
    }
    Ok(())
}

fn listed<T: std::fmt::Display>(values: impl Iterator<Item = T>) -> String {
    values.map(|v| v.to_string()).collect::<Vec<_>>().join(", ")
}
