//! What becomes of our own commit.

use mls_trellis_hooks::{LeafIndex, Reject};
use openmls_traits::OpenMlsProvider as _;

use super::{
    Failed, Group, Live, Outgoing, Sealed, check_membership, epoch_of,
    inbox::{deliver, dispatch, recall, store_pending},
    retain::retain,
};
use crate::{
    Client, Delivered, EpochChange, Error, Event, Result, observe, owed, step::Step, traffic,
};

impl Group {
    /// Merges our sealed commit: the Delivery Service has taken it.
    ///
    /// # Errors
    /// ENG-15 when it is not the commit that is sealed now.
    pub fn accept(&mut self, sealed: &Sealed) -> Result<EpochChange> {
        self.accept_number(sealed.number).map(|(_, change)| change)
    }

    /// The sealed commit, if there is one: after a restart, hand it to the Delivery Service again,
    /// which will say whether it was taken.
    ///
    /// # Errors
    /// [`Error::Store`] when the group had to be loaded and could not be.
    pub fn sealed(&mut self) -> Result<Option<Sealed>> {
        let pending = self.live()?.pending.as_ref();
        Ok(pending.map(|pending| Sealed {
            number: pending.number,
            epoch: pending.change.epoch,
            commit: pending.commit.clone(),
            welcome: pending.welcome.clone(),
            group_info: pending.group_info.clone(),
        }))
    }

    /// Gives up our sealed commit. Its proposals by reference stay in the pool.
    ///
    /// # Errors
    /// ENG-15 when it is not the commit that is sealed now.
    pub fn discard(&mut self, sealed: &Sealed) -> Result<()> {
        let scope = self.scope.clone();
        let number = sealed.number;
        self.work(|live, step| {
            is_pending(live, number)?;
            live.mls.clear_pending_commit(step.provider.storage())?;
            recall(step, &scope, number)?;
            store_pending(step, &scope, None)?;
            (live.pending, live.after) = (None, None);
            Ok(())
        })
    }

    pub(super) fn accept_number(&mut self, number: u64) -> Result<(Delivered, EpochChange)> {
        let client = self.client.clone();
        let scope = self.scope.clone();
        self.live()?;
        let before = self.epoch.clone();
        let merged = self.work(|live, step| {
            is_pending(live, number)?;
            let pending = live.pending.take();
            retain(live, step, &scope, client.now())?;
            live.mls
                .merge_pending_commit(&step.provider)
                .map_err(Error::mls("merging our commit"))?;
            let own = LeafIndex(live.mls.own_leaf_index().u32());
            enter(&client, live)?;
            recall(step, &scope, number)?;
            store_pending(step, &scope, None)?;
            owed::forget(step, &scope)?;
            let Some(pending) = pending else {
                return Err(no_such_commit().into());
            };
            if let Some(welcome) = pending.welcome {
                dispatch(step, &scope, &Outgoing::Welcome(welcome))?;
            }
            let notices = &pending.change.notices;
            let past_epochs = client.settings().past_epochs;
            traffic::conclude(step, &scope, &before, own, notices, past_epochs)?;
            let delivered = deliver(step, &scope, Event::Epoch(pending.change.clone()))?;
            Ok((delivered, pending.change))
        })?;
        observe::epoch_changed(client.plugins(), &before, &self.epoch, &merged.1);
        Ok(merged)
    }
}

/// Takes the epoch after a merge from what was judged before it, and makes sure that OpenMLS agrees.
fn enter(client: &Client, live: &mut Live) -> Result<()> {
    live.epoch = match live.after.take() {
        Some(after) => after,
        None => epoch_of(client, &live.mls)?,
    };
    check_membership(live, &live.epoch)
}

fn is_pending(live: &Live, number: u64) -> Result<(), Failed> {
    match &live.pending {
        Some(pending) if pending.number == number => Ok(()),
        _ => Err(Failed::intact(no_such_commit())),
    }
}

fn no_such_commit() -> Reject {
    Reject::misuse(
        "ENG-15",
        "this commit is not sealed (any more): it was accepted, discarded, or lost against another",
    )
}

/// Forgets our pending commit because another's was merged. Returns whether there was one.
pub(super) fn lose(
    live: &mut Live,
    step: &Step<'_>,
    scope: &mls_trellis_store::Scope,
) -> Result<bool, Failed> {
    live.after = None;
    let Some(pending) = live.pending.take() else {
        return Ok(false);
    };
    recall(step, scope, pending.number)?;
    store_pending(step, scope, None)?;
    Ok(true)
}
