//! Joining a group, by Welcome or from outside.

use std::{collections::BTreeSet, sync::Arc};

use mls_trellis_hooks::{
    Actor, AddedKeyPackage, Change, ComponentId, DataChange, Door, EpochState, InvitationView,
    LeafIndex, Plugins, Reject, Sent, WireFormatId,
};
use mls_trellis_store::{Row, Scope};
use openmls::{
    group::{JoinBuilder, MlsGroup, ProcessedWelcome},
    messages::{
        Welcome,
        group_info::VerifiableGroupInfo,
        proposals::{AppDataUpdateProposal, PreSharedKeyProposal},
    },
    prelude::{MlsMessageBodyIn, PublicMessageIn},
    treesync::RatchetTreeIn,
};
use openmls_traits::OpenMlsProvider as _;
use tls_codec::Serialize as _;

use super::{
    Group, Live, Outgoing, Sealed,
    draft::fresh_psk,
    epoch_of,
    inbox::{deliver, dispatch},
    join_config, write_numbers,
};
use crate::{
    Client, Error, Event, Result,
    assess::assess,
    client::{ExternalJoin, NUMBERS},
    event::Alarm,
    hub,
    incoming::{app_data_updates, group_info_in, message_in, safe_aad, unverified},
    judge::{self, Transition, kinds},
    mls,
    pool::ByReference,
    roster,
    step::Step,
    tree::TreeFrom,
};

impl Group {
    pub(crate) fn welcome(client: &Client, message: &[u8], tree: &TreeFrom<'_>) -> Result<Self> {
        let welcome = welcome_in(message)?;
        let config = join_config(client.settings(), client.settings().framing);

        // The group's id, and with it the scope to guard, is known only once the Welcome is opened;
        // whatever is written on the way is dropped with the step if the guard fails.
        let mut joined = None;
        let live = client.step(None, |step| {
            let processed = ProcessedWelcome::new_from_welcome(&step.provider, &config, welcome)
                .map_err(Error::mls("opening the Welcome"))?;
            let tree = tree.tree(client.plugins(), processed.unverified_group_info())?;
            let own = own_key_package(client, &processed)?;
            let mut builder =
                JoinBuilder::new(&step.provider, processed).skip_lifetime_validation();
            if let Some(tree) = tree {
                builder = builder.with_ratchet_tree(tree);
            }
            let staged = builder
                .build()
                .map_err(Error::mls("checking the Welcome"))?;
            let inviter = LeafIndex(staged.welcome_sender_index().u32());
            let mls = staged
                .into_group(&step.provider)
                .map_err(Error::mls("joining by Welcome"))?;
            joined = Some(reserve(client, step, mls.group_id().as_slice())?);
            let live = enter(client, step, mls, Door::Welcome)?;
            if let Some(key_package) = &own {
                let cx = InvitationView {
                    epoch: &live.epoch,
                    inviter,
                    key_package,
                };
                judge::invitation(client.plugins(), &cx)?;
            }
            Ok(live)
        })?;
        let (lease, scope, version) = joined.ok_or(Error::NoSuchGroup)?;
        Ok(Self::new(client, lease, scope, version + 1, live))
    }

    pub(crate) fn external(join: ExternalJoin<'_>) -> Result<(Self, Sealed)> {
        let client = join.client;
        let info = group_info_in(join.group_info)?;
        let tree = match &join.tree {
            Ok(tree) => tree.tree(client.plugins(), &info)?,
            Err(reject) => return Err(reject.clone().into()),
        };
        let mut joined = None;
        let (live, sealed) = client.step(None, |step| {
            let (lease, scope, version) = reserve(client, step, info.group_id().as_slice())?;
            let (before, mls, mut sealed) = external_commit(&join, step, info, tree)?;
            let live = enter(client, step, mls, Door::ExternalCommit)?;
            judge_external(&join, step, &before, &live.epoch)?;
            sealed.number = dispatch(step, &scope, &Outgoing::Commit(sealed.commit.clone()))?;
            joined = Some((lease, scope, version));
            Ok((live, sealed))
        })?;
        let (lease, scope, version) = joined.ok_or(Error::NoSuchGroup)?;
        Ok((Self::new(client, lease, scope, version + 1, live), sealed))
    }
}

/// The KeyPackage of ours that a Welcome was made for, as plugins see it.
fn own_key_package(
    client: &Client,
    processed: &ProcessedWelcome,
) -> Result<Option<AddedKeyPackage>> {
    let own = processed.own_key_package().map(|key_package| {
        let bytes = key_package.tls_serialize_detached();
        let bytes = bytes.map_err(Error::mls("reading our key package"))?;
        let own: mls::KeyPackage =
            mls::decode(&bytes).map_err(Error::malformed("our key package"))?;
        Ok(roster::key_package_info(&own, client.plugins())?)
    });
    own.transpose()
}

/// Takes the lease on a group that is about to be joined, and guards the step by its version.
fn reserve(
    client: &Client,
    step: &Step<'_>,
    group_id: &[u8],
) -> Result<(crate::client::Lease, Scope, u64)> {
    let scope = Scope::group(group_id);
    let lease = client.lease(&scope)?;
    let version = client.inner.store.version(&scope)?;
    // OpenMLS would leave what it knew of the old group between the new one's rows.
    let numbers = Row::new(scope.clone(), NUMBERS, b"");
    if client.inner.store.get(&numbers)?.is_some() {
        return Err(Reject::misuse(
            "ENG-20",
            "the client has this group already: load it, or delete it to join again",
        )
        .into());
    }
    step.buffer.guard(scope.clone(), version);
    Ok((lease, scope, version))
}

/// Judges the group that was entered, inside the step that entered it.
fn enter(client: &Client, step: &Step<'_>, mls: MlsGroup, door: Door) -> Result<Live> {
    let plugins = client.plugins();
    let epoch = epoch_of(client, &mls)?;
    judge::can_follow(plugins, &epoch)?;
    let own = LeafIndex(mls.own_leaf_index().u32());
    let judged = judge::verify_all(plugins, door, &epoch, Some(own)).map_err(unverified)?;
    let assessed = assess(plugins, &epoch, &judged.admitted, client.now());
    let mut alarms = judged.concerns;
    alarms.extend(assessed.permit()?);
    let scope = Scope::group(mls.group_id().as_slice());
    alarms.extend(judge::entry(plugins, &epoch, own)?);
    if !alarms.is_empty() {
        deliver(
            step,
            &scope,
            Event::Joined(alarms.iter().map(Alarm::from).collect()),
        )?;
    }
    write_numbers(client, step, &scope)?;
    Ok(Live {
        mls,
        epoch,
        pending: None,
        after: None,
    })
}

fn external_commit(
    join: &ExternalJoin<'_>,
    step: &Step<'_>,
    info: VerifiableGroupInfo,
    tree: Option<RatchetTreeIn>,
) -> Result<(EpochState, MlsGroup, Sealed)> {
    let client = join.client;
    let provider = &step.provider;
    let settings = client.settings();
    // Judged before anything is built: what the joiner adds is folded on this epoch.
    let before = hub::epoch_in(client.plugins(), &info, tree.clone())?;
    judge::can_follow(client.plugins(), &before)?;
    let leaving = leaving(join, &before)?;
    let proposals = leaving.iter().map(|(_, message)| self_remove_in(message));
    let mut builder = MlsGroup::external_commit_builder()
        .with_proposals(proposals.collect::<Result<_>>()?)
        .with_config(join_config(settings, settings.framing))
        .skip_lifetime_validation();
    if let Some(tree) = tree {
        builder = builder.with_ratchet_tree(tree);
    }
    let mut builder = builder
        .build_group(provider, info, client.credential_with_key())
        .map_err(Error::mls("reading the GroupInfo"))?
        .leaf_node_parameters(client.own_leaf().parameters(&[])?);

    let suite = crate::client::cipher_suite(before.cipher_suite)?;
    let mut updates = Vec::new();
    for (id, update) in &join.updates {
        let update = match update {
            Ok(update) => update.clone(),
            Err(error) => return Err(Error::malformed("the update")(error)),
        };
        builder = builder
            .add_app_data_update_proposal(AppDataUpdateProposal::update(id.0, update.clone()));
        updates.push((*id, update));
    }
    for name in &join.psks {
        let psk = fresh_psk(step, suite, name)?;
        builder = builder.add_psk_proposal(PreSharedKeyProposal::new(psk));
    }
    let changes = fold_updates(client, &before, &updates)?;

    let mut builder = builder
        .load_psks(provider.storage())
        .map_err(Error::mls("loading pre-shared keys"))?;
    builder.with_app_data_dictionary_updates(app_data_updates(&changes));
    let (group, bundle) = builder
        .use_ratchet_tree_extension(settings.tree_inside)
        .create_group_info(settings.publish_group_info)
        .build(provider.rand(), provider.crypto(), &step.signer, |_| true)
        .map_err(Error::mls("building the external commit"))?
        .finalize(provider)
        .map_err(Error::mls("joining from outside"))?;
    let epoch = group.epoch().as_u64();
    let (commit, _, group_info) = bundle.into_messages();
    let encode = Error::mls("encoding the external commit");
    let commit = commit.tls_serialize_detached().map_err(encode)?;
    let group_info = group_info
        .map(|info| info.tls_serialize_detached())
        .transpose();
    Ok((
        before,
        group,
        Sealed {
            number: 0,
            epoch,
            commit,
            welcome: None,
            group_info: group_info.map_err(Error::mls("encoding the GroupInfo"))?,
        },
    ))
}

/// Judges our own external commit as every member will.
fn judge_external(
    join: &ExternalJoin<'_>,
    step: &Step<'_>,
    before: &EpochState,
    after: &EpochState,
) -> Result<()> {
    let plugins = join.client.plugins();
    let signed = step.witness.take_commit()?;
    let path = signed
        .path_leaf()
        .map(|leaf| roster::leaf_info(leaf, plugins))
        .transpose()?;
    let path = path.map(Arc::new);
    let joiner = path.clone().map(Actor::Joiner).ok_or_else(|| {
        Reject::misuse("ENG-1", "OpenMLS built an external commit without a path")
    })?;
    let pool = self_removes(&signed, &leaving(join, before)?);
    let proposals = roster::resolve(&signed, &joiner, &pool, plugins)?;
    let transition = Transition {
        committer: &joiner,
        proposals: &proposals,
        path: path.as_ref(),
        before,
        after,
    };
    // What assessors say of us was heard when the group was entered.
    let judged = judge::transition(plugins, &transition).map_err(unverified)?;
    match judged.concerns.into_iter().next() {
        Some(concern) => Err(concern.into()),
        None => Ok(()),
    }
}

/// The SelfRemoves that we were handed, with whose they are: one for each leaf. One of our own old leaf
/// is left out, for our commit removes that leaf anyway.
fn leaving<'j>(
    join: &'j ExternalJoin<'_>,
    before: &EpochState,
) -> Result<Vec<(LeafIndex, &'j [u8])>> {
    let mut leaving = Vec::new();
    let mut seen = BTreeSet::new();
    for message in &join.proposals {
        let leaf = leaves(join.client.plugins(), before, message)?;
        let ours = before
            .leaf(leaf)
            .is_some_and(|info| join.client.owns(&info.signature_key));
        if !ours && seen.insert(leaf) {
            leaving.push((leaf, message.as_slice()));
        }
    }
    Ok(leaving)
}

/// Whose SelfRemove a message is. OpenMLS verifies the signature when it takes it along.
fn leaves(plugins: &Plugins, before: &EpochState, message: &[u8]) -> Result<LeafIndex> {
    let refuse = |why: &str| Reject::peer("PROP-5", format!("what we were to bring along {why}"));
    let content = mls::public_content(message).ok_or_else(|| refuse("is no PublicMessage"))?;
    if content.group_id.as_slice() != &before.group_id[..] || content.epoch != before.epoch {
        return Err(refuse("is for another group or epoch").into());
    }
    let leaf = match (content.sender, &content.body) {
        (mls::Sender::Member(leaf), mls::Body::Proposal(mls::Proposal::SelfRemove)) => leaf,
        _ => return Err(refuse("is not the SelfRemove of a member").into()),
    };
    if before.data(ComponentId::SAFE_AAD).is_some() {
        safe_aad(&content.authenticated_data.0)?;
    }
    let sent = Sent {
        from: Actor::Member(LeafIndex(leaf)),
        by_reference: true,
        position: 0,
        body: Change::SelfRemove,
    };
    let mut cx = kinds::view(before, &sent, &[]);
    cx.framing = Some(WireFormatId::PUBLIC_MESSAGE);
    kinds::acceptable(plugins, &cx, &sent.body)?;
    Ok(LeafIndex(leaf))
}

/// What our external commit names by reference: these SelfRemoves and nothing else. Which reference is
/// whose does not matter, they all do the same to the membership.
fn self_removes(signed: &mls::Commit, leaving: &[(LeafIndex, &[u8])]) -> ByReference {
    let references = (0..signed.proposals.len()).filter_map(|at| signed.reference_at(at));
    references
        .zip(leaving)
        .map(|(reference, (leaf, _))| {
            (reference, (Actor::Member(*leaf), mls::Proposal::SelfRemove))
        })
        .collect()
}

/// Folds what we bring along, as the one who joins.
fn fold_updates(
    client: &Client,
    before: &EpochState,
    updates: &[(ComponentId, Vec<u8>)],
) -> Result<judge::DictionaryChanges> {
    let joiner = Actor::Joiner(client.own_leaf_info()?.into());
    let proposals: Vec<_> = updates
        .iter()
        .enumerate()
        .map(|(position, (component, update))| Sent {
            from: joiner.clone(),
            by_reference: false,
            position,
            body: Change::AppData {
                component: *component,
                change: DataChange::Update(update.clone().into()),
            },
        })
        .collect();
    Ok(judge::fold(client.plugins(), before, &joiner, &proposals)?)
}

fn welcome_in(message: &[u8]) -> Result<Welcome> {
    match message_in(message, "the Welcome")? {
        MlsMessageBodyIn::Welcome(welcome) => Ok(welcome),
        _ => Err(Error::malformed("the Welcome")(
            "the message is something else",
        )),
    }
}

fn self_remove_in(message: &[u8]) -> Result<PublicMessageIn> {
    match message_in(message, "the proposal")? {
        MlsMessageBodyIn::PublicMessage(message) => Ok(message),
        _ => Err(Reject::peer("PROP-5", "a joiner reads PublicMessages only").into()),
    }
}
