//! Kinds that ask other kinds, for credentials with credentials inside.

use std::fmt;

use super::{SignatureKey, Unverified, Verified, VerifyView};
use crate::{Credential, CredentialEntry, CredentialType, Identity, Plugins, Reject};

/// How deep credentials may stand inside of others, whatever their kinds say.
const DEEPEST: u8 = 4;

/// The kinds of credentials that are linked, as a kind sees them.
///
/// Whoever asks through this goes one step deeper, and a kind cannot go back: so credentials that
/// hold each other come to an end (CRED-4).
#[derive(Clone, Copy)]
pub struct Kinds<'a> {
    plugins: Option<&'a Plugins>,
    depth: u8,
}

impl<'a> Kinds<'a> {
    /// No kinds. For views made by hand.
    #[must_use]
    pub fn none() -> Self {
        Self {
            plugins: None,
            depth: 0,
        }
    }

    /// All kinds of that table, seen from outside of any credential.
    #[must_use]
    pub fn of(plugins: &'a Plugins) -> Self {
        Self {
            plugins: Some(plugins),
            depth: 0,
        }
    }

    /// Whether a kind is linked for that type.
    #[must_use]
    pub fn has(&self, credential_type: CredentialType) -> bool {
        self.plugins
            .is_some_and(|plugins| plugins.credential(credential_type).is_some())
    }

    /// The name of the kind that is linked for that type.
    #[must_use]
    pub fn name(&self, credential_type: CredentialType) -> Option<&'static str> {
        let entry = self.plugins?.credential(credential_type)?;
        Some(entry.name)
    }

    /// Whether the kind that sees this was asked by another kind: its credential stands inside of
    /// another one.
    #[must_use]
    pub fn is_inner(&self) -> bool {
        self.depth > 1
    }

    /// Who a credential speaks of, as its own kind reads it.
    ///
    /// # Errors
    /// CRED-1 when no plugin is linked for its type; CRED-4; what its kind rejects.
    pub fn identify(&self, credential: &Credential) -> Result<Identity, Reject> {
        let (entry, kinds) = self.deeper(credential)?;
        entry.kind.identify(&credential.content, &kinds)
    }

    /// The user whose client a credential speaks of, if its kind tells users from clients.
    #[must_use]
    pub fn user(&self, credential: &Credential) -> Option<Identity> {
        let (entry, kinds) = self.deeper(credential).ok()?;
        entry.kind.user(&credential.content, &kinds)
    }

    pub(super) fn deeper(
        &self,
        credential: &Credential,
    ) -> Result<(&'a CredentialEntry, Self), Reject> {
        let credential_type = credential.credential_type;
        let plugins = self.plugins;
        let entry = plugins.and_then(|plugins| plugins.credential(credential_type));
        let entry = entry.ok_or_else(|| {
            Reject::incompatible(
                "CRED-1",
                format!("credential type {credential_type}, for which no plugin is linked"),
            )
        })?;
        if self.depth >= DEEPEST {
            return Err(Reject::peer(
                "CRED-4",
                format!("credentials stand more than {DEEPEST} deep inside of each other"),
            ));
        }
        let depth = self.depth + 1;
        Ok((entry, Self { plugins, depth }))
    }
}

impl fmt::Debug for Kinds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self
            .plugins
            .iter()
            .flat_map(|plugins| plugins.credentials());
        f.debug_list()
            .entries(types.map(|entry| entry.credential_type))
            .finish()
    }
}

impl VerifyView<'_> {
    /// The verdict of a credential's own kind. `Missing` is to be passed on, so that the application
    /// learns what to fetch.
    ///
    /// # Errors
    /// CRED-1 when no plugin is linked for its type; CRED-4; what its kind rejects or misses.
    pub fn verify(
        &self,
        credential: &Credential,
        key: &SignatureKey<'_>,
    ) -> Result<Verified, Unverified> {
        let (entry, kinds) = self.kinds.deeper(credential)?;
        let cx = VerifyView { kinds, ..*self };
        entry.kind.verify(&credential.content, key, &cx)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{CipherSuite, CredentialKind, Door, Draft, Hooks, Origin, Plugin};

    /// A credential with one of its own kind inside, endlessly; or one that says who it is.
    struct Onion;

    impl CredentialKind for Onion {
        const NAME: &'static str = "onion";
        const TYPE: CredentialType = CredentialType(0xf00a);
        const DRAFT: Draft = Draft::private("onion", "1");

        fn identify(&self, content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject> {
            match content {
                b"endless" => kinds.identify(&onion(b"endless")),
                b"inside?" => Ok([u8::from(kinds.is_inner())][..].into()),
                layers => kinds.identify(&onion(layers.get(1..).unwrap_or_default())),
            }
        }

        fn verify(
            &self,
            content: &[u8],
            key: &SignatureKey<'_>,
            cx: &VerifyView<'_>,
        ) -> Result<Verified, Unverified> {
            match content {
                b"endless" => cx.verify(&onion(b"endless"), key),
                b"missing" => Err(Unverified::Missing(vec!["water".into()])),
                b"inside?" => Ok(Verified::new(self.identify(content, &cx.kinds)?)),
                layers => cx.verify(&onion(layers.get(1..).unwrap_or_default()), key),
            }
        }
    }

    impl Plugin for Onion {
        fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
            hooks.credential(self);
        }
    }

    fn onion(content: &[u8]) -> Credential {
        Credential {
            credential_type: Onion::TYPE,
            content: content.into(),
        }
    }

    fn verify(content: &[u8]) -> Result<Verified, Unverified> {
        let plugins = plugins();
        let cx = VerifyView {
            kinds: Kinds::of(&plugins),
            ..VerifyView::new(Door::Add)
        };
        let key = SignatureKey {
            cipher_suite: CipherSuite(1),
            bytes: b"key",
        };
        cx.verify(&onion(content), &key)
    }

    fn plugins() -> Plugins {
        let builder = Plugins::builder().add(Arc::new(Onion), Origin::here());
        builder.build().unwrap()
    }

    #[test]
    fn cred_4_credentials_inside_of_each_other_come_to_an_end() {
        let plugins = plugins();
        let identity = Kinds::of(&plugins).identify(&onion(b"endless"));
        assert_eq!(identity.unwrap_err().rule(), "CRED-4");
        match verify(b"endless") {
            Err(Unverified::Reject(reject)) => assert_eq!(reject.rule(), "CRED-4"),
            other => panic!("{other:?}"),
        }
        assert!(verify(b"...inside?").is_ok());
        assert!(verify(b"....inside?").is_err());
    }

    #[test]
    fn a_kind_knows_whether_another_asked_it() {
        let plugins = plugins();
        let kinds = Kinds::of(&plugins);
        assert_eq!(kinds.identify(&onion(b"inside?")).unwrap().as_bytes(), [0]);
        assert_eq!(kinds.identify(&onion(b".inside?")).unwrap().as_bytes(), [1]);
        assert_eq!(verify(b"inside?").unwrap().identity.as_bytes(), [0]);
        assert_eq!(verify(b".inside?").unwrap().identity.as_bytes(), [1]);
    }

    #[test]
    fn what_is_missing_inside_passes_through() {
        let needs = vec!["water".to_owned()];
        assert_eq!(verify(b"..missing"), Err(Unverified::Missing(needs)));
    }

    #[test]
    fn cred_1_no_kind_no_verdict() {
        let stranger = Credential::basic("alice");
        for kinds in [Kinds::none(), Kinds::of(&plugins())] {
            assert!(!kinds.has(stranger.credential_type));
            assert_eq!(kinds.identify(&stranger).unwrap_err().rule(), "CRED-1");
        }
    }
}
