//! What is checked: a plugin, with samples of its values.

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_hooks::{
    AadItem, ContextExtension, Credential, CredentialType, Ephemeral, GroupState, KeyPackageData,
    KeyPackageExtension, LeafData, Origin, Plugin, Plugins, Profile, ProposalType,
};
use mls_trellis_self_remove::SelfRemove;

use crate::{
    Declared, Effort, Property,
    codec::Encoded,
    failure::Broken,
    sample::{Along, Mark, Moment, Notice, Owner, Plain, Removal, State, Update},
};

/// A plugin to be checked, with samples of its values.
///
/// The walks play with clients called `alice`, `bob`, `carol`, `dave`, `erin`, `frank`, `grace` and
/// `heidi`; `alice` founds the group. Samples may name them.
pub struct Subject {
    make: Box<dyn Fn() -> Arc<dyn Plugin> + Send + Sync>,
    identity: Box<dyn Fn(&str) -> Credential + Send + Sync>,
    profile: Profile,
    pub(crate) components: Vec<Declared>,
    pub(crate) states: Vec<State>,
    pub(crate) contexts: Vec<State>,
    pub(crate) updates: Vec<Update>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) drops: Vec<Removal>,
    pub(crate) along: Vec<Along>,
    plain: Vec<Plain>,
    pub(crate) effort: Effort,
}

impl Subject {
    /// A plugin, and how an instance of it is made. Every client of the walks gets its own, as it
    /// would on another machine.
    pub fn new<P: Plugin>(make: impl Fn() -> P + Send + Sync + 'static) -> Self {
        Self::of(move || Arc::new(make()))
    }

    /// As [`new`](Self::new), for a plugin that is already behind an `Arc`, as a registration makes
    /// it.
    pub fn of(make: impl Fn() -> Arc<dyn Plugin> + Send + Sync + 'static) -> Self {
        Self {
            make: Box::new(make),
            identity: Box::new(Credential::basic),
            profile: Profile::default(),
            components: Vec::new(),
            states: Vec::new(),
            contexts: Vec::new(),
            updates: Vec::new(),
            notices: Vec::new(),
            marks: Vec::new(),
            drops: Vec::new(),
            along: Vec::new(),
            plain: Vec::new(),
            effort: Effort::quick(),
        }
    }

    /// One of the plugin's components, named by [`facets!`](crate::facets!). Name all of them.
    #[must_use]
    pub fn component(mut self, declared: Declared) -> Self {
        self.components.push(declared);
        self
    }

    /// States of component `C` that a group can be founded with. Each walk takes one; without any,
    /// groups start with no state of `C`.
    #[must_use]
    pub fn states<C: GroupState>(mut self, states: impl IntoIterator<Item = C::State>) -> Self {
        self.states.extend(states.into_iter().map(|state| State {
            owner: Owner::of::<C>(),
            value: Arc::new(state.clone()),
            found: Arc::new(move |config| config.with::<C>(&state)),
        }));
        self
    }

    /// Updates of component `C`. Some may be refused in some states, and some in all.
    #[must_use]
    pub fn updates<C: GroupState>(mut self, updates: impl IntoIterator<Item = C::Update>) -> Self {
        self.updates
            .extend(updates.into_iter().map(Update::new::<C>));
        if !self.drops.iter().any(|drop| drop.owner.name == C::NAME) {
            self.drops.push(Removal {
                owner: Owner::of::<C>(),
                commit: Arc::new(|commit| commit.drop_state::<C>()),
                propose: Arc::new(|group| group.propose_drop::<C>()),
            });
        }
        self
    }

    /// Notices of component `C`.
    #[must_use]
    pub fn notices<C: Ephemeral>(mut self, notices: impl IntoIterator<Item = C::Notice>) -> Self {
        self.notices
            .extend(notices.into_iter().map(|notice| Notice {
                owner: Owner::of::<C>(),
                value: Arc::new(notice.clone()),
                commit: Arc::new(move |commit| commit.ephemeral::<C>(&notice)),
            }));
        self
    }

    /// Entries of component `C` in KeyPackages.
    #[must_use]
    pub fn marks<C: KeyPackageData>(mut self, marks: impl IntoIterator<Item = C::Mark>) -> Self {
        self.marks.extend(marks.into_iter().map(|mark| Mark {
            owner: Owner::of::<C>(),
            value: Arc::new(mark.clone()),
            publish: Arc::new(move |options| options.mark::<C>(&mark)),
        }));
        self
    }

    /// Extensions of kind `E` in KeyPackages.
    #[must_use]
    pub fn key_package_extensions<E: KeyPackageExtension>(
        mut self,
        contents: impl IntoIterator<Item = E::Content>,
    ) -> Self {
        self.marks.extend(contents.into_iter().map(|content| Mark {
            owner: Owner::kind::<E>(),
            value: Arc::new(content.clone()),
            publish: Arc::new(move |options| options.with_extension::<E>(&content)),
        }));
        self
    }

    /// Extensions of kind `E` in the GroupContext. Each walk founds its group with one of them.
    #[must_use]
    pub fn context_extensions<E: ContextExtension>(
        mut self,
        contents: impl IntoIterator<Item = E::Content>,
    ) -> Self {
        self.contexts
            .extend(contents.into_iter().map(|content| State {
                owner: Owner::kind::<E>(),
                value: Arc::new(content.clone()),
                found: Arc::new(move |config| config.with_extension::<E>(&content)),
            }));
        self
    }

    /// Entries of component `C` in leaves, besides what it publishes by itself.
    #[must_use]
    pub fn leaves<C: LeafData>(mut self, leaves: impl IntoIterator<Item = C::Leaf>) -> Self {
        self.plain.extend(leaves.into_iter().map(|leaf| Plain {
            owner: Owner::of::<C>(),
            place: "leaf entry",
            value: Arc::new(leaf),
        }));
        self
    }

    /// SafeAAD items of component `C`.
    #[must_use]
    pub fn items<C: AadItem>(mut self, items: impl IntoIterator<Item = C::Item>) -> Self {
        self.plain.extend(items.into_iter().map(|item| Plain {
            owner: Owner::of::<C>(),
            place: "AAD item",
            value: Arc::new(item),
        }));
        self
    }

    /// Updates of component `C` that a commit needs when it adds the client of that name.
    #[must_use]
    pub fn with_add<C: GroupState>(
        self,
        updates: impl Fn(&str) -> Vec<C::Update> + Send + Sync + 'static,
    ) -> Self {
        self.along::<C>(Moment::Add, updates)
    }

    /// Updates of component `C` that a commit needs when it removes the client of that name.
    #[must_use]
    pub fn with_remove<C: GroupState>(
        self,
        updates: impl Fn(&str) -> Vec<C::Update> + Send + Sync + 'static,
    ) -> Self {
        self.along::<C>(Moment::Remove, updates)
    }

    /// Updates of component `C` that the client of that name must bring along when it joins from
    /// outside.
    #[must_use]
    pub fn with_join<C: GroupState>(
        self,
        updates: impl Fn(&str) -> Vec<C::Update> + Send + Sync + 'static,
    ) -> Self {
        self.along::<C>(Moment::Join, updates)
    }

    /// The credential of the client of that name. The default is a basic one, for which the kit
    /// links a kind of its own unless the plugin brings one.
    #[must_use]
    pub fn identities(
        mut self,
        identity: impl Fn(&str) -> Credential + Send + Sync + 'static,
    ) -> Self {
        self.identity = Box::new(identity);
        self
    }

    /// The numbers to use instead of the defaults.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// How much is tried. The default is [`Effort::quick`].
    #[must_use]
    pub fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    fn along<C: GroupState>(
        mut self,
        moment: Moment,
        updates: impl Fn(&str) -> Vec<C::Update> + Send + Sync + 'static,
    ) -> Self {
        self.along.push(Along {
            moment,
            updates: Box::new(move |name| {
                updates(name).into_iter().map(Update::new::<C>).collect()
            }),
        });
        self
    }
}

impl Subject {
    /// A table with a new instance of the plugin.
    pub(crate) fn plugins(&self) -> Result<Plugins, Broken> {
        let origin = Origin {
            crate_name: "the plugin",
            crate_version: "",
            file: "checked",
            line: 0,
        };
        let plugin = (self.make)();
        let table = || {
            Plugins::builder()
                .profile(self.profile.clone())
                .add(plugin.clone(), origin)
        };
        let broken = |e| Broken::new(Property::Setup, format!("{e}"));
        // Somebody must be there, and be able to leave.
        let alone = table().build().map_err(broken)?;
        let mut table = table();
        if alone.credential(CredentialType::BASIC).is_none() {
            table = table.add(Arc::new(Basic), Origin::here());
        }
        if alone.proposal(ProposalType::SELF_REMOVE).is_none() {
            table = table.add(Arc::new(SelfRemove), Origin::here());
        }
        table.build().map_err(broken)
    }

    pub(crate) fn credential(&self, name: &str) -> Credential {
        (self.identity)(name)
    }

    /// What the plugin is called in reports.
    pub(crate) fn name(&self) -> String {
        let names = match self.plugins() {
            Ok(plugins) => plugins.report(),
            Err(_) => Vec::new(),
        };
        let own = names
            .iter()
            .filter(|line| line.origin.crate_name == "the plugin");
        let names: Vec<_> = own.map(|line| line.name).collect();
        match names.is_empty() {
            true => "(without a name)".into(),
            false => names.join(" + "),
        }
    }

    pub(crate) fn declared(&self, name: &str) -> Option<&Declared> {
        self.components
            .iter()
            .find(|declared| declared.name == name)
    }

    /// Updates that go along with a moment.
    pub(crate) fn along_with(&self, moment: Moment, name: &str) -> Vec<Update> {
        let those = self.along.iter().filter(|along| along.moment == moment);
        those.flat_map(|along| (along.updates)(name)).collect()
    }

    /// Every sample: whose it is, what it is, and itself.
    pub(crate) fn values(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, &dyn Encoded)> {
        let states = self
            .states
            .iter()
            .chain(&self.contexts)
            .map(|s| (s.owner.name, "state", s.value.as_ref()));
        let updates = self
            .updates
            .iter()
            .map(|u| (u.owner.name, "update", u.value.as_ref()));
        let notices = self
            .notices
            .iter()
            .map(|n| (n.owner.name, "notice", n.value.as_ref()));
        let marks = self
            .marks
            .iter()
            .map(|m| (m.owner.name, "mark", m.value.as_ref()));
        let plain = self
            .plain
            .iter()
            .map(|p| (p.owner.name, p.place, p.value.as_ref()));
        states
            .chain(updates)
            .chain(notices)
            .chain(marks)
            .chain(plain)
    }

    /// A facet without samples would pass untried.
    pub(crate) fn check_samples(&self, plugins: &Plugins) -> Result<(), Broken> {
        for entry in plugins.components() {
            let lacks = |facet: bool, samples: usize| facet && samples == 0;
            let name = entry.name;
            let updates = self.updates.iter().filter(|u| u.owner.name == name).count();
            let notices = self.notices.iter().filter(|n| n.owner.name == name).count();
            let marks = self.marks.iter().filter(|m| m.owner.name == name).count();
            let missing = [
                (lacks(entry.group_state.is_some(), updates), "updates"),
                (lacks(entry.ephemeral.is_some(), notices), "notices"),
                (lacks(entry.key_package_data.is_some(), marks), "marks"),
            ];
            if let Some((_, what)) = missing.iter().find(|(missing, _)| *missing) {
                return Err(Broken::new(
                    Property::Setup,
                    format!(
                        "there are no samples of {what} of component {name}; add `.{what}(..)`"
                    ),
                ));
            }
        }
        Ok(())
    }
}
