//! What a message says: parts within parts.

use mls_trellis_hooks::MediaType;

/// A part, with what it is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedPart {
    /// What it is meant for.
    pub disposition: Disposition,
    /// Language tags (RFC 5646), separated by commas; may be empty.
    pub language: String,
    /// The part itself.
    pub part: Part,
}

/// What a part consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing. In a new version of a message it deletes the message.
    Null,
    /// Content.
    Single(SinglePart),
    /// Content elsewhere.
    External(Box<ExternalPart>),
    /// Several parts.
    Multi(MultiPart),
}

/// Content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinglePart {
    /// Its media type, as text.
    pub content_type: String,
    /// The content itself.
    pub content: Vec<u8>,
}

/// Content that is fetched from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExternalPart {
    /// Its media type, as text.
    pub content_type: String,
    /// Where it is.
    pub url: String,
    /// Until when, in seconds of Unix time; zero for always.
    pub expires: u32,
    /// How many bytes; zero for unknown.
    pub size: u64,
    /// With which AEAD it is encrypted, by its number in the registry; zero for none.
    pub enc_alg: u16,
    /// The key.
    pub key: Vec<u8>,
    /// The nonce.
    pub nonce: Vec<u8>,
    /// The additional data.
    pub aad: Vec<u8>,
    /// With which algorithm of named information it is hashed; zero for none.
    pub hash_alg: u8,
    /// The hash of what is at the URL.
    pub content_hash: Vec<u8>,
    /// What it is, in words.
    pub description: String,
    /// What to call a file of it.
    pub filename: String,
}

/// Several parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiPart {
    /// What to do with them.
    pub semantics: Semantics,
    /// The parts, two at least.
    pub parts: Vec<NestedPart>,
}

/// What to do with several parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// Process one of them.
    ChooseOne,
    /// Process all of them together, or none.
    SingleUnit,
    /// Process as many as possible.
    ProcessAll,
}

/// What a part is meant for, by its number in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disposition(pub u8);

impl Disposition {
    /// Nothing in particular.
    pub const UNSPECIFIED: Self = Self(0);
    /// To be rendered, as is usual.
    pub const RENDER: Self = Self(1);
    /// A reaction to another message.
    pub const REACTION: Self = Self(2);
    /// A profile.
    pub const PROFILE: Self = Self(3);
    /// To be rendered among the messages.
    pub const INLINE: Self = Self(4);
    /// An icon.
    pub const ICON: Self = Self(5);
    /// To be downloaded.
    pub const ATTACHMENT: Self = Self(6);
    /// A session of several media, or how to join one.
    pub const SESSION: Self = Self(7);
    /// A preview that the sender made.
    pub const PREVIEW: Self = Self(8);

    /// The same, or [`RENDER`](Self::RENDER) when this build does not know it (MCT-9).
    #[must_use]
    pub fn known(self) -> Self {
        match self.0 {
            0..=8 => self,
            _ => Self::RENDER,
        }
    }
}

impl NestedPart {
    /// A part to be rendered.
    #[must_use]
    pub fn render(content_type: &str, content: impl Into<Vec<u8>>) -> Self {
        Self::single(Disposition::RENDER, content_type, content)
    }

    /// Plain text to be rendered.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::render("text/plain;charset=utf-8", text)
    }

    /// One reaction, or several, each a part of its own (MCT-7).
    #[must_use]
    pub fn reactions(reactions: &[&str]) -> Self {
        let part =
            |text: &&str| Self::single(Disposition::REACTION, "text/plain;charset=utf-8", *text);
        match reactions {
            [one] => part(one),
            _ => Self {
                disposition: Disposition::REACTION,
                language: String::new(),
                part: Part::Multi(MultiPart {
                    semantics: Semantics::ProcessAll,
                    parts: reactions.iter().map(part).collect(),
                }),
            },
        }
    }

    /// No part, in place of one that was meant for the same.
    #[must_use]
    pub fn nothing(disposition: Disposition) -> Self {
        Self {
            disposition,
            language: String::new(),
            part: Part::Null,
        }
    }

    fn single(disposition: Disposition, content_type: &str, content: impl Into<Vec<u8>>) -> Self {
        Self {
            disposition,
            language: String::new(),
            part: Part::Single(SinglePart {
                content_type: content_type.to_owned(),
                content: content.into(),
            }),
        }
    }

    /// The parts to process, with their indices, for a client that understands these media types:
    /// of [`ChooseOne`](Semantics::ChooseOne) the first that can be processed, of
    /// [`SingleUnit`](Semantics::SingleUnit) all or none (MCT-7). `None` when there is nothing that
    /// can be processed.
    pub fn chosen(&self, understands: &dyn Fn(&str) -> bool) -> Option<Vec<(usize, &Self)>> {
        self.choose(&mut 0, understands)
    }

    /// `index` is that of this part, and of the part after it on return: parts are numbered from
    /// zero, a part before those inside of it.
    fn choose(
        &self,
        index: &mut usize,
        understands: &dyn Fn(&str) -> bool,
    ) -> Option<Vec<(usize, &Self)>> {
        let own = *index;
        *index += 1;
        let content_type = match &self.part {
            Part::Null => return Some(Vec::new()),
            Part::Single(single) => &single.content_type,
            Part::External(external) => &external.content_type,
            Part::Multi(multi) => {
                let parts = multi.parts.iter();
                // All are asked, for each moves the index.
                let parts: Vec<_> = parts.map(|part| part.choose(index, understands)).collect();
                return multi.semantics.apply(parts);
            }
        };
        understands(content_type).then(|| vec![(own, self)])
    }
}

impl Semantics {
    /// What is processed of several parts, each of which is what can be processed of it.
    fn apply<T>(self, parts: Vec<Option<Vec<T>>>) -> Option<Vec<T>> {
        match self {
            Self::ChooseOne => parts.into_iter().flatten().next(),
            Self::SingleUnit => {
                let parts: Option<Vec<_>> = parts.into_iter().collect();
                parts.map(|parts| parts.into_iter().flatten().collect())
            }
            Self::ProcessAll => {
                let understood: Vec<_> = parts.into_iter().flatten().collect();
                let any = !understood.is_empty();
                any.then(|| understood.into_iter().flatten().collect())
            }
        }
    }
}

/// What every client of MIMI can receive (MCT-6): to be advertised by whoever links this crate and
/// can show text and Markdown.
#[must_use]
pub fn media_types() -> [MediaType; 3] {
    [
        MediaType::new("application/mimi-content"),
        MediaType::new("text/plain").with_parameter("charset", "utf-8"),
        MediaType::new("text/markdown").with_parameter("variant", "GFM-MIMI"),
    ]
}
