//! Proposals on their own, for others or ourselves to commit later.

use mls_trellis_hooks::{
    Change, Component, ContentType, DataChange, GroupState, LeafIndex, ProposalKind, Reject,
    WireFormatId, wire,
};
use mls_trellis_store::Scope;
use openmls::{
    ciphersuite::hash_ref::ProposalRef,
    credentials::NewSignerBundle,
    group::{OutgoingWireFormatPolicy, Propose},
    messages::proposals::ProposalOrRefType,
    prelude::{LeafNodeParameters, MlsMessageOut},
};
use openmls_traits::OpenMlsProvider as _;
use tls_codec::Serialize as _;

use super::{
    Failed, Group, Live, Outgoing,
    build::{has_another_leaf, own_sent},
    commit::Draft,
    draft::{PskName, custom_proposal, fresh_psk},
    inbox::dispatch,
    join_config, kind, linked, me,
    message::{Packet, set_aad},
};
use crate::{
    Client, Error, Framing, Result, judge::kinds, owed, pool, signer::WitnessingSigner, step::Step,
};

impl Group {
    /// Proposes to update the state of component `C`.
    ///
    /// # Errors
    /// What the component would reject in a commit of this update alone.
    pub fn propose_update<C: GroupState>(&mut self, update: &C::Update) -> Result<Packet> {
        let id = linked::<C>(&self.client)?;
        let update = wire::encode(update)?;
        let draft = Draft::AppData(id, DataChange::Update(update.clone().into()));
        self.send_proposal(
            Some(draft),
            Propose::UpdateAppDataComponent {
                component_id: id.0,
                update,
            },
        )
    }

    /// Proposes to drop the state of component `C`.
    ///
    /// # Errors
    /// ADU-3 when there is none; what the component rejects.
    pub fn propose_drop<C: GroupState>(&mut self) -> Result<Packet> {
        let id = linked::<C>(&self.client)?;
        let draft = Draft::AppData(id, DataChange::Remove);
        self.send_proposal(
            Some(draft),
            Propose::RemoveAppDataComponent { component_id: id.0 },
        )
    }

    /// Proposes to add the client of this KeyPackage message.
    ///
    /// # Errors
    /// As in a commit.
    pub fn propose_add(&mut self, key_package: &[u8]) -> Result<Packet> {
        let client = self.client.clone();
        let key_package =
            self.read(|live, step| super::draft::key_package(&client, live, step, key_package))?;
        self.send_proposal(None, Propose::Add(key_package))
    }

    /// Proposes to remove the member at this position.
    ///
    /// # Errors
    /// ENG-9 when there is no such member.
    pub fn propose_remove(&mut self, leaf: LeafIndex) -> Result<Packet> {
        self.send_proposal(Some(Draft::Remove(leaf)), Propose::Remove(leaf.0))
    }

    /// Proposes to renew our keys and what our leaf says of us, with the client's credential and key of
    /// now. Another member must commit it; the key of before signs until then.
    ///
    /// # Errors
    /// When we are not a member any more, or when the client has another credential by now that could not
    /// take the place of ours.
    pub fn propose_renewal(&mut self) -> Result<Packet> {
        let client = self.client.clone();
        let parameters = client.own_leaf().parameters(&[])?;
        self.pool(None, |live, step| match has_another_leaf(&client, live) {
            true => change_over(&client, live, step, parameters),
            false => propose(live, step, Propose::Update(parameters)),
        })
    }

    /// Proposes to mix a pre-shared key of component `C` into the next epoch.
    ///
    /// # Errors
    /// When we are not a member any more.
    pub fn propose_psk<C: Component>(&mut self, psk_id: &[u8]) -> Result<Packet> {
        let id = linked::<C>(&self.client)?;
        self.propose_psk_named(&PskName::Application(id, psk_id.to_vec()))
    }

    /// Proposes to mix an external pre-shared key (RFC 9420, section 8.4) into the next epoch.
    ///
    /// # Errors
    /// When we are not a member any more.
    pub fn propose_external_psk(&mut self, psk_id: &[u8]) -> Result<Packet> {
        self.propose_psk_named(&PskName::External(psk_id.to_vec()))
    }

    fn propose_psk_named(&mut self, name: &PskName) -> Result<Packet> {
        let psk = self.read(|live, step| fresh_psk(step, live.mls.ciphersuite(), name))?;
        self.send_proposal(None, Propose::PreSharedKey(psk))
    }

    /// Proposes something of kind `K`, for others or ourselves to commit.
    ///
    /// # Errors
    /// ENG-7 when the kind is not linked, PROP-2 when a member does not support it, PROP-4 when its body
    /// cannot be sent; what the kind itself rejects.
    pub fn propose<K: ProposalKind>(&mut self, body: &K::Body) -> Result<Packet> {
        match kind::<K>(&self.client, body)? {
            Change::SelfRemove => self.propose_leave(),
            change => {
                let proposal = custom_proposal(&change)?;
                self.send_proposal(Some(Draft::Kind(change)), Propose::Custom(proposal))
            }
        }
    }

    /// Proposes to leave; another member, or somebody who joins from outside, must commit it
    /// (draft-ietf-mls-extensions-10, section 6.3). It is always sent as a PublicMessage. A kind of
    /// proposal must be linked for SelfRemove.
    ///
    /// # Errors
    /// ENG-10 when none is linked, PROP-2 when a member does not support it, or what the kind rejects.
    pub fn propose_leave(&mut self) -> Result<Packet> {
        let scope = self.scope.clone();
        let settings = self.client.settings().clone();
        self.work(|live, step| {
            let draft = Draft::Kind(Change::SelfRemove);
            check(live, step, Some(&draft), Framing::Public).map_err(Failed::intact)?;
            set_aad(live, step, ContentType::Proposal, None).map_err(Failed::intact)?;
            let storage = step.provider.storage();
            // OpenMLS refuses to frame a SelfRemove under a policy of encrypted handshakes.
            let usual = live.mls.configuration().clone();
            let public = join_config(&settings, Framing::Public);
            live.mls.set_configuration(storage, &public)?;
            let message = live
                .mls
                .leave_group_via_self_remove(&step.provider, &step.signer)
                .map_err(Error::mls("proposing to leave"))?;
            live.mls.set_configuration(storage, &usual)?;
            packet(live, step, &scope, &message)
        })
    }

    fn send_proposal(&mut self, draft: Option<Draft>, what: Propose) -> Result<Packet> {
        self.pool(draft, |live, step| propose(live, step, what))
    }

    /// Pools a proposal that OpenMLS makes, and tells it to the others.
    fn pool(
        &mut self,
        draft: Option<Draft>,
        make: impl FnOnce(&mut Live, &Step<'_>) -> Result<Made>,
    ) -> Result<Packet> {
        let scope = self.scope.clone();
        self.work(|live, step| {
            let framing = framing(live);
            check(live, step, draft.as_ref(), framing).map_err(Failed::intact)?;
            set_aad(live, step, ContentType::Proposal, None).map_err(Failed::intact)?;
            let (message, reference) = make(live, step)?;
            let pooled = live
                .mls
                .pending_proposals()
                .map(|p| p.proposal_reference_ref());
            if pooled.filter(|pooled| **pooled == reference).count() > 1 {
                return Err(Reject::misuse(
                    "ENG-6",
                    "the same proposal, byte for byte, is in the pool already",
                )
                .into());
            }
            packet(live, step, &scope, &message)
        })
    }
}

/// A proposal of ours, and its reference.
type Made = (MlsMessageOut, ProposalRef);

fn propose(live: &mut Live, step: &Step<'_>, what: Propose) -> Result<Made> {
    let (provider, signer) = (&step.provider, &step.signer);
    let proposed = live
        .mls
        .propose(provider, signer, what, ProposalOrRefType::Reference);
    proposed.map_err(Error::mls("proposing"))
}

/// Proposes a leaf with the client's credential and key of now, if that may take the place of ours.
fn change_over(
    client: &Client,
    live: &mut Live,
    step: &Step<'_>,
    parameters: LeafNodeParameters,
) -> Result<Made> {
    let renewed = WitnessingSigner::new(client.inner.signer.as_ref(), step.witness);
    let signer_of_leaf = NewSignerBundle {
        signer: &renewed,
        credential_with_key: client.credential_with_key(),
    };
    let (provider, signer) = (&step.provider, &step.signer);
    let made =
        live.mls
            .propose_self_update_with_new_signer(provider, signer, signer_of_leaf, parameters);
    let made = made.map_err(|error| match renewed.take_fault() {
        Some(fault) => fault.into(),
        None => Error::mls("proposing")(error),
    })?;
    let queued = live.mls.pending_proposals().last();
    let queued = queued.ok_or_else(|| Reject::misuse("ENG-1", "OpenMLS pooled no proposal"))?;
    let sent = pool::sent(queued, step.plugins)?;
    let now = Some(client.now());
    pool::comer(step.plugins, &live.epoch, &me(live), now, &sent)?;
    Ok(made)
}

/// How our handshake messages of this group leave.
fn framing(live: &Live) -> Framing {
    match live.mls.configuration().wire_format_policy().outgoing() {
        OutgoingWireFormatPolicy::AlwaysPlaintext => Framing::Public,
        OutgoingWireFormatPolicy::AlwaysCiphertext => Framing::Private,
    }
}

/// Refuses what may not be sent so, or could not be committed by itself.
fn check(live: &Live, step: &Step<'_>, draft: Option<&Draft>, framing: Framing) -> Result<()> {
    let Some(change) = draft.and_then(Draft::preview) else {
        return Ok(());
    };
    let mut sent = own_sent(live, change);
    sent.by_reference = true;
    let (plugins, epoch) = (step.plugins, &live.epoch);
    let mut cx = kinds::view(epoch, &sent, &[]);
    cx.framing = Some(match framing {
        Framing::Public => WireFormatId::PUBLIC_MESSAGE,
        Framing::Private => WireFormatId::PRIVATE_MESSAGE,
    });
    kinds::may_send(plugins, &cx, &sent.body)?;
    let waiting = live.mls.pending_proposals();
    let waiting = waiting.map(|queued| pool::sent(queued, plugins));
    let waiting = waiting.collect::<Result<Vec<_>>>()?;
    Ok(pool::check(plugins, epoch, &me(live), &sent, &waiting)?)
}

/// Bytes for the Delivery Service of the proposal that was put into the pool last.
fn packet(
    live: &Live,
    step: &Step<'_>,
    scope: &Scope,
    message: &MlsMessageOut,
) -> Result<Packet, Failed> {
    let message = message.tls_serialize_detached();
    let message = message.map_err(Error::mls("encoding the proposal"))?;
    if let Some(queued) = live.mls.pending_proposals().last() {
        let sent = pool::sent(queued, step.plugins)?;
        if kinds::owed(step.plugins, &live.epoch, &sent).is_some() {
            owed::keep(step, scope, &pool::reference(queued), &message)?;
        }
    }
    let number = dispatch(step, scope, &Outgoing::Message(message.clone()))?;
    Ok(Packet { number, message })
}
