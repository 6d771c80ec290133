//! What the kinds of plugins with a number have in common: one number each, and each number once.

use std::collections::BTreeMap;

use super::{Origin, PluginError};

/// An entry that goes by a number.
pub(super) trait Numbered {
    type Number: Copy + Ord;

    fn number(&self) -> Self::Number;

    /// Its name, and where it was registered.
    fn label(&self) -> (&'static str, Origin);

    /// Why it must not go by its number, if so.
    fn misplaced(&self) -> Option<PluginError>;

    /// Two entries go by one number.
    fn twice(first: &Self, second: &Self) -> PluginError;
}

/// An entry whose number a profile can move.
pub(super) trait Movable: Numbered {
    fn go_by(&mut self, number: Self::Number);

    /// The profile moves what is not there.
    fn not_linked(name: String, number: Self::Number) -> PluginError;
}

/// In the order of their numbers; of those with one number, in that of their origins.
pub(super) fn sorted<E: Numbered>(mut found: Vec<E>) -> Vec<E> {
    found.sort_by_key(|entry| (entry.number(), entry.label().1));
    found
}

/// The first of each name.
pub(super) fn distinct<E: Numbered>(mut found: Vec<E>, errors: &mut Vec<PluginError>) -> Vec<E> {
    let mut names = BTreeMap::<&str, Origin>::new();
    found.retain(|entry| {
        let (name, second) = entry.label();
        let first = names.insert(name, second);
        errors.extend(first.map(|first| PluginError::SameName {
            name,
            first,
            second,
        }));
        first.is_none()
    });
    found
}

/// Gives the first entry of each name the number that a profile assigns to it.
pub(super) fn moved<E: Movable>(
    mut found: Vec<E>,
    assigned: &BTreeMap<String, E::Number>,
    errors: &mut Vec<PluginError>,
) -> Vec<E> {
    let mut unused = assigned.clone();
    for entry in &mut found {
        if let Some(number) = unused.remove(entry.label().0) {
            entry.go_by(number);
        }
    }
    let absent = unused.into_iter();
    errors.extend(absent.map(|(name, number)| E::not_linked(name, number)));
    found
}

/// The entries by their numbers.
pub(super) fn table<E: Numbered>(
    found: Vec<E>,
    errors: &mut Vec<PluginError>,
) -> BTreeMap<E::Number, E> {
    let mut table = BTreeMap::new();
    for entry in found {
        errors.extend(entry.misplaced());
        match table.get(&entry.number()) {
            Some(first) => errors.push(E::twice(first, &entry)),
            None => drop(table.insert(entry.number(), entry)),
        }
    }
    table
}
