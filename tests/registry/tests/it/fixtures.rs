//! A component, a kind of credential and a free-standing rule, each with a setting that shows which
//! instance one has.

use std::sync::Arc;

use mls_trellis_hooks::{
    CommitView, Component, ComponentId, CredentialKind, CredentialType, Draft, Hooks, Identity,
    Judge, Kinds, LeafData, Plugin, PluginErrors, Plugins, Reject, SignatureKey, Unverified,
    Verified, VerifyView,
};
use mls_trellis_registry::{Registration, Registry, register};

/// Everything of this module that may stand in one table.
pub(crate) static ALL: &[&Registration] = &[&LEAF, &KIND, &RULE];

/// Everything that is linked, without what is wrong on purpose.
pub(crate) fn discover() -> Registry {
    Registry::discover().without(&LEAF_AGAIN)
}

/// Puts a number into every leaf.
#[derive(Default)]
pub(crate) struct Leaf(pub(crate) u32);

impl Component for Leaf {
    const NAME: &'static str = "fixture-leaf";
    const DEFAULT_ID: ComponentId = ComponentId(0x8f01);
    const DRAFT: Draft = Draft::private("fixture-leaf", "1");
}

impl LeafData for Leaf {
    type Leaf = u32;

    fn publish(&self) -> Option<u32> {
        Some(self.0)
    }
}

impl Plugin for Leaf {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).leaf_data();
    }
}

pub(crate) const LINE_BEFORE_LEAF: u32 = line!();
register! { pub(crate) static LEAF: Leaf::default }
register! {
    /// A second registration of the same type, which is an error.
    pub(crate) static LEAF_AGAIN: || Leaf(99)
}

/// What the leaves of a client with these plugins say.
pub(crate) fn leaf_number(plugins: &Plugins) -> Option<u32> {
    let leaf = plugins.component(Leaf::DEFAULT_ID)?.leaf_data.as_ref()?;
    let data = leaf.publish()?.try_into().ok()?;
    Some(u32::from_be_bytes(data))
}

/// Says the same of everybody.
pub(crate) struct Kind(pub(crate) &'static str);

impl CredentialKind for Kind {
    const NAME: &'static str = "fixture-kind";
    const TYPE: CredentialType = CredentialType(0xf0f1);
    const DRAFT: Draft = Draft::private("fixture-kind", "1");

    fn identify(&self, _: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        Ok(self.0.as_bytes().into())
    }

    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Verified::new(self.identify(content, &cx.kinds)?))
    }
}

impl Plugin for Kind {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

register! { pub(crate) static KIND: || Kind("default") }

/// Refuses every commit, under a name of its own.
pub(crate) struct Rule(pub(crate) &'static str);

impl Judge for Rule {
    fn judge(&self, _: &CommitView<'_>) -> Result<(), Reject> {
        Err(Reject::peer("RULE", self.0))
    }
}

impl Plugin for Rule {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.judge(self.0, self);
    }
}

register! { pub(crate) static RULE: || Rule("fixture-rule") }

/// A component that is nothing but its name and number, given by hand.
pub(crate) struct Named<const ID: u16, const PUBLISHED: bool>;

impl<const ID: u16, const PUBLISHED: bool> Component for Named<ID, PUBLISHED> {
    const NAME: &'static str = "fixture-named";
    const DEFAULT_ID: ComponentId = ComponentId(ID);
    const DRAFT: Draft = if PUBLISHED {
        Draft::new("draft-example-fixture", "00", "")
    } else {
        Draft::private("fixture-named", "1")
    };
}

impl<const ID: u16, const PUBLISHED: bool> Plugin for Named<ID, PUBLISHED> {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self);
    }
}

/// The errors of a table that must not be built.
pub(crate) fn refused(registry: Registry) -> PluginErrors {
    registry.build().expect_err("the table must not be built")
}
