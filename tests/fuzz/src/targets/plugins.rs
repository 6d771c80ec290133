//! What plugins read: through the table, so that a new plugin is fuzzed without being named here.

use std::sync::{Arc, LazyLock};

use mls_trellis_hooks::{
    AadView, Actor, ComponentEntry, ComponentId, ContentType, EpochState, ExtensionEntry, FoldView,
    Invariant, LeafIndex, LeafInfo, Plugins, ProposalView, Sent, erased::ErasedState, wire::Opaque,
};

use crate::{Target, vectors};

/// The first byte picks something that reads bytes, and the rest is what it reads.
pub(crate) const PLUGINS: Target = Target {
    name: "plugins",
    run,
    seeds,
};

/// Something that reads bytes; whether they were what it reads.
type Reader = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

static READERS: LazyLock<Vec<Reader>> =
    LazyLock::new(|| readers(&mls_trellis_bundle::plugins().unwrap()));

const ALICE: Actor = Actor::Member(LeafIndex(0));

fn run(data: &[u8]) {
    if let Some((which, bytes)) = data.split_first() {
        let which = usize::from(*which) % READERS.len();
        let answer = READERS[which](bytes);
        assert_eq!(READERS[which](bytes), answer, "asked again");
    }
}

/// Every string of the vectors, for whoever can read it.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = (0..)
        .zip(READERS.iter())
        .map(|(at, _)| vec![at, 0])
        .collect();
    for bytes in vectors::strings() {
        let read = (0..).zip(READERS.iter()).filter(|(_, reads)| reads(&bytes));
        seeds.extend(read.map(|(at, _)| [&[at], bytes.as_slice()].concat()));
    }
    seeds
}

fn readers(plugins: &Plugins) -> Vec<Reader> {
    let components = plugins
        .components()
        .flat_map(|entry| of_component(entry, plugins));
    let others = of_extensions(plugins)
        .into_iter()
        .chain(of_messages(plugins));
    components.chain(others).collect()
}

fn of_component(entry: &ComponentEntry, plugins: &Plugins) -> Vec<Reader> {
    let mut readers: Vec<Reader> = Vec::new();
    let mut reader = |reads: Reader| readers.push(reads);
    let (id, epoch) = (entry.id, epoch(plugins));
    if let Some(state) = entry.group_state.clone() {
        let folds = Folds {
            id,
            name: entry.name,
            state: state.clone(),
            invariant: entry.invariant.clone(),
            epoch: epoch.clone(),
        };
        let update = state.clone();
        reader(Box::new(move |data| folds.all(data)));
        reader(Box::new(move |data| state.show_state(data).is_some()));
        reader(Box::new(move |data| update.show_update(data).is_some()));
    }
    if let Some(ephemeral) = entry.ephemeral.clone() {
        reader(Box::new(move |data| ephemeral.show_notice(data).is_some()));
    }
    if let Some(leaf) = entry.leaf_data.clone() {
        reader(Box::new(move |data| {
            let checked = leaf.check_leaf(&LeafInfo::basic("alice"), data).is_ok();
            assert!(!checked || leaf.show_leaf(data).is_some());
            checked
        }));
    }
    if let Some(mark) = entry.key_package_data.clone() {
        reader(Box::new(move |data| {
            let keeps = mark.keep_after_join(data);
            assert!(!keeps || mark.show_mark(data).is_some());
            mark.show_mark(data).is_some()
        }));
    }
    if let Some(item) = entry.aad_item.clone() {
        let epoch = epoch.clone();
        reader(Box::new(move |data| {
            let view = AadView {
                id,
                content_type: ContentType::Application,
                epoch: &epoch,
                application_data: None,
                claims: None,
            };
            item.check_item(&view, &ALICE, data).is_ok()
        }));
    }
    if let Some(framing) = entry.payload_framing.clone() {
        reader(Box::new(move |data| framing.unwrap(&epoch, data).is_ok()));
    }
    readers
}

fn of_extensions(plugins: &Plugins) -> Vec<Reader> {
    let reader = |entry: &ExtensionEntry| -> Reader {
        let (kind, context) = (entry.kind.clone(), entry.group_context.clone());
        let (leaf, epoch) = (entry.leaf.clone(), epoch(plugins));
        Box::new(move |data| {
            let leaf = leaf
                .as_ref()
                .map(|leaf| leaf.check_leaf(&LeafInfo::basic("alice"), data));
            let context = context
                .as_ref()
                .map(|context| context.check_context(&epoch, data));
            let shown = kind.show(data).is_some();
            // What is valid somewhere can be read.
            assert!(shown || ![leaf, context].contains(&Some(Ok(()))));
            shown
        })
    };
    plugins.extensions().map(reader).collect()
}

/// Formats, wire formats and proposals.
fn of_messages(plugins: &Plugins) -> Vec<Reader> {
    let mut readers: Vec<Reader> = Vec::new();
    for entry in plugins.formats() {
        let format = entry.format.clone();
        readers.push(Box::new(move |data| {
            let claims = format.claims(data).is_ok();
            assert!(!claims || format.show(data).is_some());
            claims
        }));
    }
    for entry in plugins.wire_formats() {
        let (kind, number) = (entry.kind.clone(), entry.format);
        readers.push(Box::new(move |data| kind.peek(number, data).is_ok()));
    }
    for entry in plugins.proposals() {
        let (kind, epoch) = (entry.kind.clone(), epoch(plugins));
        readers.push(Box::new(move |data| {
            let view = ProposalView {
                epoch: &epoch,
                from: &ALICE,
                by_reference: true,
                framing: None,
                waiting: &[],
            };
            let _ = kind.concerns(&view, data);
            let may = kind.may_send(&view, data).is_ok();
            assert!(!may || kind.show_body(data).is_some());
            may
        }));
    }
    readers
}

/// Three members, one of them with two clients.
fn epoch(plugins: &Plugins) -> EpochState {
    let names = (0..).zip(["alice", "bob", "bob", "carol"]);
    let empty = EpochState::new(b"room").with_plugins(plugins);
    names.fold(empty, |epoch, (index, name)| {
        epoch.with_leaf(LeafIndex(index), LeafInfo::basic(name))
    })
}

/// A component's state, folded again and again.
struct Folds {
    id: ComponentId,
    name: &'static str,
    state: Arc<dyn ErasedState>,
    invariant: Option<Arc<dyn Invariant>>,
    epoch: EpochState,
}

impl Folds {
    /// One length byte, so many bytes of state, and updates with a length byte each. What comes out of
    /// a fold is a state, goes into the next, and may be asked whether it can be dropped.
    fn all(&self, data: &[u8]) -> bool {
        let (state, mut rest) = piece(data);
        let mut state = (!state.is_empty()).then(|| state.to_vec());
        let mut folded = false;
        while !rest.is_empty() {
            let (update, after) = piece(rest);
            rest = after;
            if let Some(next) = self.one(state.as_deref(), update) {
                state = Some(next);
                folded = true;
            }
        }
        folded
    }

    fn one(&self, state: Option<&[u8]>, update: &[u8]) -> Option<Vec<u8>> {
        let component = &self.state;
        let (who, body) = update.split_first()?;
        let from = Actor::Member(LeafIndex(u32::from(*who) % 4));
        let before = match state {
            Some(state) => self.epoch.clone().with_data(self.id, state.to_vec()),
            None => self.epoch.clone(),
        };
        let view = FoldView {
            id: self.id,
            before: &before,
            committer: &from,
        };
        let sent = Sent {
            from: from.clone(),
            by_reference: false,
            position: 0,
            body: Opaque::from(body),
        };
        let next = match component.fold(&view, state, &[sent]) {
            Ok(next) => next,
            Err(reject) => {
                assert_eq!(reject.plugin(), self.name);
                return None;
            }
        };
        assert_eq!(component.check_state(&next), Ok(()), "{}", self.name);
        let _ = component.may_remove(&view, &from, &next);
        let after = before.clone().with_data(self.id, next.clone());
        let _ = self
            .invariant
            .as_ref()
            .map(|invariant| invariant.holds(&after));
        Some(next)
    }
}

/// What a length byte says, and what follows.
fn piece(data: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = data.split_first().unwrap_or((&0, &[]));
    rest.split_at(usize::from(*length).min(rest.len()))
}
