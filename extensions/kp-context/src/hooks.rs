//! How contexts plug in.

use std::sync::Arc;

use mls_trellis_hooks::{
    AddView, AddedKeyPackage, Draft, ExtensionKind, ExtensionType, Hooks, Ids, InvitationView,
    KeyPackageExtension, Plugin, Reject,
};

use crate::{Context, ContextPair, Situation};

/// The extension, with what the application knows of its groups.
#[derive(Clone)]
pub struct KpContext {
    situation: Arc<Situations>,
}

/// What the application knows of the group of an id.
type Situations = dyn Fn(&[u8]) -> Situation + Send + Sync;

mls_trellis_registry::register! {
    /// Contexts of KeyPackages: group ids are matched, and nothing else is known of groups.
    pub static KP_CONTEXT: KpContext::default
}

impl KpContext {
    /// With what the application knows of the group of an id. It is asked whenever somebody is added,
    /// and when we are welcomed; it must answer at once, from what it has at hand.
    #[must_use]
    pub fn situated(situation: impl Fn(&[u8]) -> Situation + Send + Sync + 'static) -> Self {
        Self {
            situation: Arc::new(situation),
        }
    }

    /// What a KeyPackage is meant for; `None` when it is for any group.
    ///
    /// # Errors
    /// KPC-9 when the extension is not exactly one pair; KPC-3, KPC-4 and KPC-S4 when that is none.
    pub fn context_of(key_package: &AddedKeyPackage, ids: &Ids) -> Result<Option<Context>, Reject> {
        let pair = key_package.extension_of::<Self>(ids)?;
        pair.as_ref().map(Context::try_from).transpose()
    }

    fn matches(&self, context: &Context, group_id: &[u8]) -> bool {
        context.matches(group_id, &(self.situation)(group_id))
    }
}

impl Default for KpContext {
    fn default() -> Self {
        Self::situated(|_| Situation::default())
    }
}

impl Plugin for KpContext {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.extension(self).key_package();
    }
}

impl ExtensionKind for KpContext {
    const NAME: &'static str = "kp_context";
    const DEFAULT_TYPE: ExtensionType = ExtensionType(0xf00b);
    const DRAFT: Draft = Draft::new("draft-mahy-mls-kp-context", "00", "3");
    const MALFORMED: &'static str = "KPC-9";
    type Content = ContextPair;
}

impl KeyPackageExtension for KpContext {
    fn check_added(&self, cx: &AddView<'_>, pair: &ContextPair) -> Result<(), Reject> {
        let context = Context::try_from(pair)?;
        match context.is_group(&cx.epoch.group_id) {
            Some(false) => Err(Reject::policy(
                "KPC-5",
                format!(
                    "the KeyPackage of {} is meant for {context}",
                    cx.key_package.leaf.identity
                ),
            )),
            _ => Ok(()),
        }
    }

    fn advise(&self, cx: &AddView<'_>, pair: &ContextPair) -> Result<(), Reject> {
        // What everybody can tell is said by `check_added`.
        match Context::try_from(pair) {
            Ok(context) if context.is_group(&cx.epoch.group_id).is_none() => {
                match self.matches(&context, &cx.epoch.group_id) {
                    true => Ok(()),
                    false => Err(Reject::policy(
                        "KPC-8",
                        format!(
                            "the KeyPackage of {} is meant for {context}, which is not here",
                            cx.key_package.leaf.identity
                        ),
                    )),
                }
            }
            _ => Ok(()),
        }
    }

    fn check_invitation(&self, cx: &InvitationView<'_>, pair: &ContextPair) -> Result<(), Reject> {
        let context = Context::try_from(pair)?;
        match self.matches(&context, &cx.epoch.group_id) {
            true => Ok(()),
            false => Err(Reject::policy(
                "KPC-7",
                format!("our KeyPackage is meant for {context}, and was used for another group"),
            )),
        }
    }
}
