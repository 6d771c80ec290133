//! Rules on a commit's list of proposals.

use mls_trellis_hooks::{
    Actor, Change, EpochState, ExtensionType, Plugins, ProposalType, Reject, Sent, wire,
};

use super::super::Transition;

/// Rules on the proposal list and on what changed.
pub(in super::super) fn transition(
    plugins: &Plugins,
    t: &Transition<'_>,
) -> Result<Vec<Reject>, Reject> {
    let replaced = dictionary_by_update_only(t)?;
    reinit_alone(t)?;
    resync_alone(t)?;
    let mut concerns = key_package_marks(plugins, t);
    concerns.extend(reinit(t));
    concerns.extend(replaced);
    Ok(concerns)
}

/// ADU-7: where AppDataUpdate is required, nothing else changes the dictionary. Elsewhere another may
/// do so, past the components; and whoever drops the requirement prepares it.
fn dictionary_by_update_only(t: &Transition<'_>) -> Result<Option<Reject>, Reject> {
    let required = |epoch: &EpochState| {
        let proposals = &epoch.required.proposals;
        proposals.contains(&ProposalType::APP_DATA_UPDATE)
    };
    let current = t.before.dictionary.as_ref();
    let current = current.and_then(|dictionary| wire::encode(dictionary.as_ref()).ok());
    let replaces = |sent: &&Sent<Change>| match &sent.body {
        Change::GroupContextExtensions(extensions) => {
            let mut found = extensions.iter();
            let proposed = found.find(|e| e.extension_type == ExtensionType::APP_DATA_DICTIONARY);
            proposed.map(|extension| extension.data.as_slice()) != current.as_deref()
        }
        _ => false,
    };
    if let Some(sent) = t.proposals.iter().find(replaces) {
        let reject = Reject::peer(
            "ADU-7",
            "a GroupContextExtensions proposal changes the dictionary instead of an AppDataUpdate",
        )
        .culprit_at(sent.position);
        return match required(t.before) || required(t.after) {
            true => Err(reject),
            false => Ok(Some(reject)),
        };
    }
    Ok((required(t.before) && !required(t.after)).then(|| {
        Reject::peer(
            "ADU-7",
            "AppDataUpdate is no longer required, so that the dictionary can be replaced as a whole",
        )
    }))
}

/// ADU-15: a ReInit shares its commit with nothing else.
fn reinit_alone(t: &Transition<'_>) -> Result<(), Reject> {
    let reinit = t.proposals.iter().any(|sent| sent.body == Change::ReInit);
    if reinit && t.proposals.len() > 1 {
        return Err(Reject::peer(
            "ADU-15",
            "a ReInit shares a commit with other proposals",
        ));
    }
    Ok(())
}

/// CRED-3, for whoever joins from outside: an external commit removes one earlier leaf of theirs at most
/// (RFC 9420, section 12.2). Whether it was theirs is asked with the credentials.
fn resync_alone(t: &Transition<'_>) -> Result<(), Reject> {
    if !matches!(t.committer, Actor::Joiner(_)) {
        return Ok(());
    }
    let removes = |sent: &&Sent<Change>| matches!(sent.body, Change::Remove(_));
    match t.proposals.iter().filter(removes).nth(1) {
        Some(second) => {
            let reject = Reject::peer("CRED-3", "an external commit removes more than one member");
            Err(reject.culprit_at(second.position))
        }
        None => Ok(()),
    }
}

/// ENG-11: a ReInit closes the group (RFC 9420, section 11.2), and we cannot follow into the next one.
fn reinit(t: &Transition<'_>) -> Option<Reject> {
    let sent = t
        .proposals
        .iter()
        .find(|sent| sent.body == Change::ReInit)?;
    let reject = Reject::incompatible(
        "ENG-11",
        "the group is closed and continues as another, which this engine cannot follow: \
         join the other one by its Welcome",
    );
    Some(reject.culprit_at(sent.position))
}

/// What components say of KeyPackages that the commit adds.
fn key_package_marks(plugins: &Plugins, t: &Transition<'_>) -> Vec<Reject> {
    let mut concerns = Vec::new();
    for sent in t.proposals {
        let Change::Add(added) = &sent.body else {
            continue;
        };
        for (id, data) in added
            .dictionary
            .iter()
            .flat_map(|dictionary| dictionary.iter())
        {
            let Some(entry) = plugins.component(*id) else {
                continue;
            };
            let checked = match &entry.key_package_data {
                Some(facet) => facet.check_mark(added, data.as_slice()),
                None => Err(Reject::peer(
                    "ADD-9",
                    format!("component {id} has no place in a KeyPackage"),
                )
                .in_plugin(entry.name)),
            };
            concerns.extend(checked.err().map(|r| r.culprit_at(sent.position)));
        }
    }
    concerns
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mls_trellis_hooks::{LeafIndex, LeafInfo};

    use super::*;

    #[test]
    fn cred_3_an_external_commit_removes_one_leaf_at_most() {
        let joiner = Actor::Joiner(Arc::new(LeafInfo::basic("alice")));
        let member = Actor::Member(LeafIndex(2));
        let epoch = EpochState::new(b"room");
        let rule = |committer: &Actor, removed: &[u32]| {
            let remove = |(position, index): (usize, &u32)| Sent {
                from: committer.clone(),
                by_reference: false,
                position,
                body: Change::Remove(LeafIndex(*index)),
            };
            let proposals: Vec<_> = removed.iter().enumerate().map(remove).collect();
            let refused = transition(
                &Plugins::default(),
                &Transition {
                    committer,
                    proposals: &proposals,
                    path: None,
                    before: &epoch,
                    after: &epoch,
                },
            );
            let reject = refused.err()?;
            Some((reject.rule().to_owned(), reject.culprit()))
        };
        assert_eq!(rule(&joiner, &[0]), None);
        assert_eq!(rule(&joiner, &[0, 1]), Some(("CRED-3".into(), Some(1))));
        assert_eq!(rule(&member, &[0, 1]), None);
    }
}
