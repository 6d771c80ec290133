//! What mls-rs shows of a group, as hooks see an epoch; and why somebody is refused.

use std::error::Error;

use mls_rs_core::{
    error::IntoAnyError, extension::ExtensionList, group::GroupContext,
    identity::MemberValidationContext,
};
use mls_trellis_hooks::{
    CipherSuite, Dictionary, EpochState, ExtensionType, Plugins, RawExtension, Reject, Unverified,
    wire,
};

/// Why mls-rs is told no. It stands in `MlsError::IdentityProviderError`; `inner_dyn_error` and
/// `downcast_ref` find it there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct Refused(#[from] pub Unverified);

impl Refused {
    /// The rule that refuses; `None` when something must be fetched first.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match &self.0 {
            Unverified::Reject(reject) => Some(reject.rule()),
            Unverified::Missing(_) => None,
        }
    }
}

impl From<Reject> for Refused {
    fn from(reject: Reject) -> Self {
        Self(reject.into())
    }
}

impl IntoAnyError for Refused {
    fn into_dyn_error(self) -> Result<Box<dyn Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

/// The group for which mls-rs asks about a member, as it would be; `None` for a KeyPackage.
///
/// # Errors
/// As [`epoch_of`].
pub(crate) fn epoch(
    plugins: &Plugins,
    cx: MemberValidationContext<'_>,
) -> Result<Option<EpochState>, Reject> {
    match cx {
        MemberValidationContext::ForCommit {
            current_context,
            new_extensions,
        } => {
            let epoch = epoch_of(plugins, current_context, new_extensions)?;
            Ok(Some(EpochState {
                epoch: epoch.epoch.saturating_add(1),
                ..epoch
            }))
        }
        MemberValidationContext::ForNewGroup { current_context } => {
            let extensions = &current_context.extensions;
            epoch_of(plugins, current_context, extensions).map(Some)
        }
        _ => Ok(None),
    }
}

/// What a GroupContext with these extensions says. Nobody is in it, for mls-rs does not show members.
///
/// # Errors
/// ADD-3 when the dictionary is none.
pub(crate) fn epoch_of(
    plugins: &Plugins,
    context: &GroupContext,
    extensions: &ExtensionList,
) -> Result<EpochState, Reject> {
    let epoch = without_group(
        plugins,
        CipherSuite(context.cipher_suite.into()),
        extensions,
    )?;
    Ok(EpochState {
        group_id: context.group_id.as_slice().into(),
        epoch: context.epoch,
        ..epoch
    })
}

/// The same where only the extensions are told.
///
/// # Errors
/// ADD-3 when the dictionary is none.
pub(crate) fn without_group(
    plugins: &Plugins,
    cipher_suite: CipherSuite,
    extensions: &ExtensionList,
) -> Result<EpochState, Reject> {
    let mut epoch = EpochState {
        cipher_suite,
        ..EpochState::new(b"").with_plugins(plugins)
    };
    let mut others = Vec::new();
    for extension in extensions.iter() {
        let extension_type = ExtensionType(extension.extension_type.raw_value());
        if extension_type == ExtensionType::APP_DATA_DICTIONARY {
            let dictionary = wire::decode::<Dictionary>(&extension.extension_data);
            let dictionary = dictionary.map_err(|e| Reject::peer("ADD-3", e.to_string()))?;
            epoch.dictionary = Some(dictionary.into());
        } else {
            others.push(RawExtension {
                extension_type,
                data: extension.extension_data.as_slice().into(),
            });
        }
    }
    epoch.extensions = others.into();
    Ok(epoch)
}
