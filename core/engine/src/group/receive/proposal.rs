//! Receiving a proposal: it waits in the pool.

use mls_trellis_hooks::{Change, Sent, WireFormatId};
use openmls::{group::QueuedProposal, prelude::Sender};
use openmls_traits::OpenMlsProvider as _;

use super::{Receiver, nothing_to_do};
use crate::{
    Event, Proposed, Received, Result,
    describe::{who, words},
    event::Alarm,
    group::{Failed, Live, inbox::deliver, me},
    judge::kinds,
    owed, pool,
};

impl Receiver<'_> {
    /// A proposal: keep it, for others may commit it, and say whether we would.
    pub(super) fn proposal(
        &self,
        live: &mut Live,
        queued: QueuedProposal,
        aside: &mut Option<Received>,
    ) -> Result<Received, Failed> {
        let reference = pool::reference(&queued);
        if live
            .mls
            .pending_proposals()
            .any(|known| pool::reference(known) == reference)
        {
            let own = *queued.sender() == Sender::Member(live.mls.own_leaf_index());
            *aside = Some(match own {
                true => Received::OwnEcho,
                false => Received::Duplicate,
            });
            return Err(self.failed(nothing_to_do()));
        }
        let plugins = self.step.plugins;
        let (sent, refused) = self
            .weigh(live, &queued)
            .map_err(|error| self.failed(error))?;
        if kinds::owed(plugins, &live.epoch, &sent).is_some() {
            owed::keep(self.step, self.scope, &reference, self.bytes)?;
        }
        let proposed = Proposed {
            from: who(&sent.from, &live.epoch),
            what: words(&sent.body, &live.epoch),
            reference,
            refused,
        };
        live.mls
            .store_pending_proposal(self.step.provider.storage(), queued)?;
        let delivered = deliver(self.step, self.scope, Event::Proposal(proposed.clone()))?;
        Ok(Received::Proposal(delivered, proposed))
    }

    /// The proposal as plugins see it, and why we would not commit it.
    ///
    /// # Errors
    /// What its kind rejects.
    fn weigh(&self, live: &Live, queued: &QueuedProposal) -> Result<(Sent<Change>, Option<Alarm>)> {
        let plugins = self.step.plugins;
        let sent = pool::sent(queued, plugins)?;
        let mut cx = kinds::view(&live.epoch, &sent, &[]);
        cx.framing = Some(match self.public {
            true => WireFormatId::PUBLIC_MESSAGE,
            false => WireFormatId::PRIVATE_MESSAGE,
        });
        kinds::may_send(plugins, &cx, &sent.body)?;
        let waiting = live.mls.pending_proposals();
        let waiting = waiting.map(|queued| pool::sent(queued, plugins));
        let waiting = waiting.collect::<Result<Vec<_>>>()?;
        let now = Some(self.now);
        let refused = pool::refusal(plugins, &live.epoch, &me(live), now, &sent, &waiting);
        Ok((sent, refused))
    }
}
