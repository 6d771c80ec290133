//! What every plugin must do, checked by the kit.

use mls_trellis_kit::{Subject, check, facets};
use my_extension::{MY_EXTENSION, MyExtension, Note, Write};

#[test]
fn it_conforms() {
    let write = |text: &str| Write { text: text.into() };
    let subject = Subject::of(|| MY_EXTENSION.make())
        .component(facets!(MyExtension))
        .states::<MyExtension>([Note::new("Back at noon").unwrap()])
        .updates::<MyExtension>([write("Back at one"), write("")]);
    let report = check(&subject).unwrap();
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
}
