//! A property that does not hold, before it is known for whom and after which steps.

use crate::Property;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) property: Property,
    pub(crate) what: String,
    pub(crate) steps: Vec<String>,
}

impl Broken {
    pub(crate) fn new(property: Property, what: impl Into<String>) -> Self {
        Self {
            property,
            what: what.into(),
            steps: Vec::new(),
        }
    }

    /// With what leads there.
    pub(crate) fn after(mut self, steps: Vec<String>) -> Self {
        self.steps = steps;
        self
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".into())
}
