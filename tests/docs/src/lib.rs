//! That the documents tell the truth. The README's example is a test of this crate; what the
//! documents list is compared with the code in `tests/it`.

/// The README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

/// The guide to writing an extension. The files it shows are tests of this crate; here are its other
/// examples.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/write-an-extension.md")]
pub struct Guide;

/// The guide to embedding.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/embed.md")]
pub struct Embed;

/// The guide for hubs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/hub.md")]
pub struct Hub;

/// The guide for enterprises.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/enterprise-policy.md")]
pub struct EnterprisePolicy;

/// The guide to new revisions.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/new-revision.md")]
pub struct NewRevision;
