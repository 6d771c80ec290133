//! `register!` works whatever its surroundings call things.

#![forbid(unsafe_code)]

use mls_trellis_registry::Registration;

use crate::fixtures::discover;

/// Everything of this module.
pub(crate) static ALL: &[&Registration] = &[
    &hostile::HOSTILE,
    &hostile::AGAIN,
    hostile::REST[0],
    hostile::REST[1],
    private::unnamed(),
];

/// Every name that the macro's expansion uses means something else here.
#[allow(dead_code, non_camel_case_types, unused_macros)]
mod hostile {
    use mls_trellis_hooks as hooks;

    struct Arc;
    struct Collected;
    struct Origin;
    struct Registration;
    struct TypeId;
    mod core {}
    mod inventory {}
    mod mls_trellis_registry {}
    mod std {}
    fn make() {}
    fn plugin_type() {}
    macro_rules! concat {
        () => {};
    }
    macro_rules! env {
        () => {};
    }
    macro_rules! file {
        () => {};
    }
    macro_rules! line {
        () => {};
    }
    macro_rules! stringify {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }

    #[derive(Default)]
    pub(crate) struct Hostile<const ID: u16>;

    impl<const ID: u16> hooks::Component for Hostile<ID> {
        const NAME: &'static str = match ID {
            0x8f10 => "hostile-0",
            0x8f11 => "hostile-1",
            0x8f12 => "hostile-2",
            _ => "hostile-3",
        };
        const DEFAULT_ID: hooks::ComponentId = hooks::ComponentId(ID);
        const DRAFT: hooks::Draft = hooks::Draft::private("hostile", "1");
    }

    impl<const ID: u16> hooks::Plugin for Hostile<ID> {
        fn install(self: ::std::sync::Arc<Self>, hooks: &mut hooks::Hooks<'_>) {
            hooks.component(self);
        }
    }

    ::mls_trellis_registry::register! { pub(crate) static HOSTILE: Hostile::<0x8f10>::default }
    ::mls_trellis_registry::register! {
        /// Two in one module, and a semicolon.
        #[allow(clippy::redundant_static_lifetimes)]
        pub(crate) static AGAIN: Hostile::<0x8f11>::default;
    }

    /// Two on one line.
    macro_rules! two {
        () => {
            ::mls_trellis_registry::register! { static TWO: Hostile::<0x8f12>::default }
            ::mls_trellis_registry::register! { static THREE: Hostile::<0x8f13>::default }
            pub(crate) static REST: [&::mls_trellis_registry::Registration; 2] = [&TWO, &THREE];
        };
    }
    two! {}
}

mod private {
    use std::sync::Arc;

    use mls_trellis_hooks::{Hooks, Observer, Plugin};
    use mls_trellis_registry::{Registration, register};

    struct Unnamed;

    impl Observer for Unnamed {}

    impl Plugin for Unnamed {
        fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
            hooks.observer("unnamed", self);
        }
    }

    register! { static UNNAMED: || Unnamed }

    pub(crate) const fn unnamed() -> &'static Registration {
        &UNNAMED
    }
}

#[test]
fn every_registration_is_found() {
    let report = discover().build().unwrap().report();
    for name in [
        "hostile-0",
        "hostile-1",
        "hostile-2",
        "hostile-3",
        "unnamed",
    ] {
        let lines = report.iter().filter(|line| line.name == name);
        assert_eq!(lines.count(), 1, "{name}");
    }
}
