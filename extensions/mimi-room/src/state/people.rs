//! Whose client a client is, and what its credential claims.

use mls_trellis_hooks::{Credential, CredentialType, Identity};

use crate::Claim;

/// How users and claims are read from credentials. The drafts leave it to the deployment: clients and
/// hubs of one room must be configured alike, as for the numbers of components.
pub trait People: Send + Sync + 'static {
    /// The user whose client has this identity, as it stands in the participant list.
    fn user(&self, client: &Identity) -> Identity;

    /// What a credential claims of its owner, for preauthorization.
    fn claims(&self, credential: &Credential) -> Vec<Claim>;
}

/// The default: MIMI URIs in basic credentials.
///
/// - `mimi://a.example/d/alice` and `mimi://a.example/d/alice/phone` are clients of
///   `mimi://a.example/u/alice`. Any other identity is its own user.
/// - A credential claims itself: a claim with an empty id, whose value is its content. A basic
///   credential with a MIMI URI also claims its `domain`, such as `a.example`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MimiUris;

impl People for MimiUris {
    fn user(&self, client: &Identity) -> Identity {
        let text = std::str::from_utf8(client.as_bytes()).ok();
        let parts = text.and_then(uri);
        match parts.and_then(|(domain, path)| Some((domain, path.strip_prefix("d/")?))) {
            Some((domain, client)) => {
                let name = client.split_once('/').map_or(client, |(name, _)| name);
                format!("mimi://{domain}/u/{name}").as_str().into()
            }
            None => client.clone(),
        }
    }

    fn claims(&self, credential: &Credential) -> Vec<Claim> {
        let credential_type = credential.credential_type;
        let mut claims = vec![Claim::new(credential_type, "", &credential.content)];
        let text = std::str::from_utf8(&credential.content).ok();
        let basic = text.filter(|_| credential_type == CredentialType::BASIC);
        if let Some((domain, _)) = basic.and_then(uri) {
            claims.push(Claim::new(credential_type, "domain", domain.as_bytes()));
        }
        claims
    }
}

/// Domain and path of a MIMI URI.
fn uri(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("mimi://")?.split_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_belongs_to_the_user_of_that_name_at_its_provider() {
        for (client, user) in [
            ("mimi://a.example/d/alice", "mimi://a.example/u/alice"),
            ("mimi://a.example/d/alice/phone", "mimi://a.example/u/alice"),
            ("mimi://b.example/d/alice/x/y", "mimi://b.example/u/alice"),
            ("mimi://a.example/u/alice", "mimi://a.example/u/alice"),
            ("mimi://a.example", "mimi://a.example"),
            ("alice", "alice"),
        ] {
            assert_eq!(MimiUris.user(&client.into()), user.into());
        }
        let bytes: &[u8] = b"mimi://a/d/\xff";
        assert_eq!(MimiUris.user(&bytes.into()), bytes.into());
    }

    #[test]
    fn a_credential_claims_itself_and_its_domain() {
        let claims = MimiUris.claims(&Credential::basic("mimi://a.example/d/alice"));
        let basic = CredentialType::BASIC;
        assert_eq!(
            claims,
            [
                Claim::new(basic, "", b"mimi://a.example/d/alice"),
                Claim::new(basic, "domain", b"a.example")
            ]
        );
        assert_eq!(MimiUris.claims(&Credential::basic("alice")).len(), 1);
    }
}
