//! Joining from outside.

use mls_trellis_hooks::{Component, ComponentId, GroupState, Ids, Reject, TreeSource, wire};

use super::Client;
use crate::{Group, Result, Sealed, group::PskName, tree::TreeFrom};

/// An external commit in the making (RFC 9420, section 12.4.3.2).
///
/// OpenMLS lets an external commit carry updates of components and pre-shared keys, inline, and the
/// SelfRemove proposals of others by reference; nothing else.
pub struct ExternalJoin<'a> {
    pub(crate) client: &'a Client,
    pub(crate) group_info: &'a [u8],
    pub(crate) tree: Result<TreeFrom<'a>, Reject>,
    pub(crate) updates: Vec<(ComponentId, Result<Vec<u8>>)>,
    pub(crate) psks: Vec<PskName>,
    pub(crate) proposals: Vec<Vec<u8>>,
}

impl<'a> ExternalJoin<'a> {
    pub(super) fn new(client: &'a Client, group_info: &'a [u8]) -> Self {
        Self {
            client,
            group_info,
            tree: Ok(TreeFrom::Inside),
            updates: Vec::new(),
            psks: Vec::new(),
            proposals: Vec::new(),
        }
    }

    /// Uses this ratchet tree, when the GroupInfo has none inside.
    #[must_use]
    pub fn ratchet_tree(mut self, ratchet_tree: &'a [u8]) -> Self {
        self.tree = Ok(TreeFrom::Bytes(ratchet_tree));
        self
    }

    /// Finds the ratchet tree by what came beside the GroupInfo, as source `S` says.
    ///
    /// If it is elsewhere, [`seal`](Self::seal) answers [`Error::Missing`](crate::Error::Missing) with
    /// the location: fetch it and hand it in.
    #[must_use]
    pub fn tree_beside<S: TreeSource>(mut self, hint: &'a [u8]) -> Self {
        self.tree = TreeFrom::beside::<S>(self.client.plugins(), hint);
        self
    }

    /// Updates component `C` in the same commit.
    #[must_use]
    pub fn update<C: GroupState>(mut self, update: &C::Update) -> Self {
        let update = wire::encode(update).map_err(Into::into);
        self.updates.push((self.ids().of::<C>(), update));
        self
    }

    /// Mixes a pre-shared key of component `C` into the new epoch.
    #[must_use]
    pub fn psk<C: Component>(mut self, psk_id: &[u8]) -> Self {
        let id = self.ids().of::<C>();
        self.psks.push(PskName::Application(id, psk_id.to_vec()));
        self
    }

    /// Mixes an external pre-shared key (RFC 9420, section 8.4) into the new epoch.
    #[must_use]
    pub fn external_psk(mut self, psk_id: &[u8]) -> Self {
        self.psks.push(PskName::External(psk_id.to_vec()));
        self
    }

    /// Commits a member's proposal along with the join: one of the messages that came with the
    /// GroupInfo ([`Group::owed`](crate::Group::owed), [`PublicGroup::owed`](crate::PublicGroup::owed)).
    ///
    /// OpenMLS lets an external commit name SelfRemoves only, and checks all of the message but its
    /// membership tag, for which a joiner has no key.
    #[must_use]
    pub fn bring(mut self, message: &[u8]) -> Self {
        self.proposals.push(message.to_vec());
        self
    }

    /// Joins. The group is in the new epoch at once; the commit must reach the Delivery Service, and
    /// if it loses there the group must be deleted and joined again.
    ///
    /// # Errors
    /// As [`Client::join`]; nothing is kept then. PROP-5 when a proposal that is brought along is not
    /// one of a member in this epoch; what its kind rejects. ENG-20 when the client has the group already: load
    /// it, or delete it first.
    pub fn seal(self) -> Result<(Group, Sealed)> {
        Group::external(self)
    }

    fn ids(&self) -> &Ids {
        self.client.plugins().ids()
    }
}
