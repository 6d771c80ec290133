//! The rules of media types and of lists of them.

use std::collections::{BTreeMap, BTreeSet};

use mls_trellis_hooks::{EpochState, Lack, MediaType, Reject, wire};

use crate::{ContentMedia, MediaTypeList, Parameter, RawMediaType};

impl MediaTypeList {
    /// A list that keeps all rules.
    ///
    /// # Errors
    /// CA-1 without media types; CA-8 and CA-9 when one of them is none.
    pub fn new(media_types: impl IntoIterator<Item = MediaType>) -> Result<Self, Reject> {
        let media_types = media_types.into_iter();
        let list = Self {
            media_types: media_types
                .map(|m| RawMediaType::new(&m))
                .collect::<Result<_, _>>()?,
        };
        list.check().map_err(misuse)?;
        Ok(list)
    }

    /// Whether a client that advertises this list can receive `wanted`.
    #[must_use]
    pub fn covers(&self, wanted: &RawMediaType) -> bool {
        self.media_types
            .iter()
            .any(|advertised| advertised.covers(wanted))
    }

    /// What the draft says of a list: CA-1, CA-7.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        if self.media_types.is_empty() {
            return Err(Reject::peer("CA-1", "the list of media types is empty"));
        }
        if self.media_types.iter().any(RawMediaType::is_nameless) {
            return Err(Reject::peer("CA-7", "a media type in the list has no name"));
        }
        Ok(())
    }

    /// What the media types stand for in a message: CA-4, CA-5, and CA-8 and CA-9 of the result.
    pub(crate) fn resolve(&self, sent: &RawMediaType) -> Result<MediaType, Reject> {
        if !sent.is_nameless() {
            return sent.named();
        }
        if !sent.parameters.is_empty() {
            return Err(Reject::peer(
                "CA-4",
                "a media type has parameters and no name",
            ));
        }
        let first = self.media_types.first();
        first
            .ok_or_else(|| Reject::peer("CA-1", "the group's list of media types is empty"))?
            .named()
    }
}

impl RawMediaType {
    /// A media type that keeps all rules.
    ///
    /// # Errors
    /// CA-8 and CA-9, when it is none.
    pub fn new(media_type: &MediaType) -> Result<Self, Reject> {
        let raw = Self::from(media_type);
        raw.check_names().map_err(misuse)?;
        Ok(raw)
    }

    /// CA-8, CA-9.
    pub(crate) fn check_names(&self) -> Result<(), Reject> {
        let mut sides = self.essence.as_slice().split(|byte| *byte == b'/');
        let sides = (sides.next(), sides.next(), sides.next());
        if !matches!(sides, (Some(left), Some(right), None) if is_name(left) && is_name(right)) {
            return Err(Reject::peer(
                "CA-8",
                format!("{self} is not of the form type/subtype"),
            ));
        }
        let mut names = BTreeSet::new();
        for Parameter { name, .. } in &self.parameters {
            let lower = name.as_slice().to_ascii_lowercase();
            if !is_token(&lower) || !names.insert(lower) {
                let name = name.as_slice().escape_ascii();
                let detail = format!("parameter {name:?} of {self} is no token, or stands twice");
                return Err(Reject::peer("CA-9", detail));
            }
        }
        Ok(())
    }

    fn named(&self) -> Result<MediaType, Reject> {
        self.check_names()?;
        // Both kinds of names are ASCII now, so nothing is lost.
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let parameters = self.parameters.iter();
        Ok(MediaType {
            essence: text(self.essence.as_slice()),
            parameters: parameters
                .map(|p| (text(p.name.as_slice()), p.value.0.clone()))
                .collect(),
        })
    }

    fn is_nameless(&self) -> bool {
        self.essence.as_slice().is_empty()
    }

    fn covers(&self, wanted: &Self) -> bool {
        let same = self
            .essence
            .as_slice()
            .eq_ignore_ascii_case(wanted.essence.as_slice());
        same && (self.parameters.is_empty() || self.parameter_set() == wanted.parameter_set())
    }

    fn parameter_set(&self) -> BTreeSet<(Vec<u8>, &[u8])> {
        let lower = |p: &Parameter| p.name.as_slice().to_ascii_lowercase();
        self.parameters
            .iter()
            .map(|p| (lower(p), p.value.as_slice()))
            .collect()
    }
}

/// What the draft only recommends or implies: CA-8 and CA-9 of the group's list, CA-11 and CA-12.
pub(crate) fn concerns(epoch: &EpochState, required: &MediaTypeList) -> Vec<Reject> {
    let names = required
        .media_types
        .iter()
        .filter_map(|m| m.check_names().err());
    let id = epoch.ids.of::<ContentMedia>();
    // Most members advertise the same: each list is judged once.
    let mut judged = BTreeMap::new();
    let lacks = epoch.leaves.iter().filter_map(|(index, leaf)| {
        let list = leaf.data(id);
        let missing = judged
            .entry(list)
            .or_insert_with(|| missing(list, required));
        (!missing.is_empty()).then(|| {
            let detail = format!(
                "{} does not advertise {}",
                leaf.identity,
                missing.join(", ")
            );
            let what = missing.iter().cloned().map(Lack::MediaType);
            Reject::incompatible("CA-11", detail).lacking(*index, what)
        })
    });
    names.chain(lacks).collect()
}

/// CA-11, CA-12: what a member with this list cannot receive of what the group requires.
fn missing(list: Option<&[u8]>, required: &MediaTypeList) -> Vec<String> {
    let advertised = list.and_then(|list| wire::decode::<MediaTypeList>(list).ok());
    let covered =
        |wanted: &RawMediaType| advertised.as_ref().is_some_and(|list| list.covers(wanted));
    let missing = required
        .media_types
        .iter()
        .filter(|wanted| !covered(wanted));
    missing.map(ToString::to_string).collect()
}

/// The same refusal of something that we were about to say.
fn misuse(reject: Reject) -> Reject {
    Reject::misuse(reject.rule().to_owned(), reject.detail())
}

/// `restricted-name` (RFC 6838, section 4.2).
fn is_name(bytes: &[u8]) -> bool {
    let first = bytes.first().is_some_and(u8::is_ascii_alphanumeric);
    let rest = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(byte);
    first && bytes.len() <= 127 && bytes.iter().all(rest)
}

/// `token` (RFC 2045, section 5.1).
fn is_token(bytes: &[u8]) -> bool {
    let special = br#"()<>@,;:\"/[]?="#;
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() && !special.contains(byte))
}
