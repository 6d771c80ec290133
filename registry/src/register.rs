//! What a plugin crate says about itself.

use std::{any::TypeId, sync::Arc};

use mls_trellis_hooks::{Origin, Plugin};

/// A plugin as its crate registered it: how to make one, and where it comes from.
///
/// Made by [`register!`](crate::register); constant, so that it can stand in a static table.
///
/// ```
/// # use std::sync::Arc;
/// # use mls_trellis_hooks::{Hooks, Plugin};
/// # #[derive(Default)]
/// # struct Nothing;
/// # impl Plugin for Nothing {
/// #     fn install(self: Arc<Self>, _: &mut Hooks<'_>) {}
/// # }
/// use mls_trellis_registry::{Registration, register};
///
/// register! { static NOTHING: Nothing::default }
///
/// static TABLE: &[&Registration] = &[&NOTHING];
/// assert!(TABLE[0].name().ends_with("::NOTHING"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    name: &'static str,
    plugin_type: TypeId,
    make: fn() -> Arc<dyn Plugin>,
    origin: Origin,
}

impl Registration {
    /// For [`register!`](crate::register), which keeps `make` and `plugin_type` in step.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(
        name: &'static str,
        plugin_type: TypeId,
        make: fn() -> Arc<dyn Plugin>,
        origin: Origin,
    ) -> Self {
        Self {
            name,
            plugin_type,
            make,
            origin,
        }
    }

    /// The path of the static.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where the plugin was registered.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Makes an instance with default settings.
    #[must_use]
    pub fn make(&self) -> Arc<dyn Plugin> {
        (self.make)()
    }

    /// The Rust type of the plugin.
    pub(crate) const fn plugin_type(&self) -> TypeId {
        self.plugin_type
    }

    /// Whether both are the same registration. A static may be copied, so its address does not tell.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (self.origin, self.name) == (other.origin, other.name)
    }
}

/// What the linker collects. A type of its own, so that only [`register!`](crate::register) submits.
#[derive(Debug)]
pub struct Collected(pub &'static Registration);

inventory::collect!(Collected);

/// Every registration in the program, in the linker's order, which differs between builds.
pub(crate) fn collected() -> impl Iterator<Item = &'static Registration> {
    inventory::iter::<Collected>().map(|collected| collected.0)
}

/// Makes an instance and forgets its type.
#[must_use]
pub fn make<P: Plugin>(make: impl FnOnce() -> P) -> Arc<dyn Plugin> {
    Arc::new(make())
}

/// The type that a function makes, without calling it.
#[must_use]
pub const fn plugin_type<P: Plugin, F: FnOnce() -> P>(_: &F) -> TypeId {
    TypeId::of::<P>()
}

/// Registers a plugin under a name of its own.
///
/// Takes a static's name and what makes the plugin: a function's path or a closure that captures
/// nothing. Write it in a module of the plugin crate, not in a function. The crate needs no
/// dependency besides `mls-trellis-registry`, and may forbid unsafe code.
///
/// ```
/// #![forbid(unsafe_code)]
///
/// use std::sync::Arc;
/// use mls_trellis_hooks::{Component, ComponentId, Draft, Hooks, Plugin};
///
/// /// A poll that everybody may start.
/// #[derive(Default)]
/// pub struct Poll {
///     most_choices: usize,
/// }
///
/// impl Component for Poll {
///     const NAME: &'static str = "poll";
///     const DEFAULT_ID: ComponentId = ComponentId(0x8201);
///     const DRAFT: Draft = Draft::private("poll", "1");
/// }
///
/// impl Plugin for Poll {
///     fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
///         hooks.component(self);
///     }
/// }
///
/// mls_trellis_registry::register! {
///     /// Polls, with default settings.
///     pub static POLL: Poll::default
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! register {
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $make:expr $(;)?) => {
        $(#[$attribute])*
        #[doc = ::core::concat!("Registers `", ::core::stringify!($make), "`.")]
        $vis static $name: $crate::Registration = $crate::Registration::__new(
            ::core::concat!(::core::module_path!(), "::", ::core::stringify!($name)),
            $crate::__private::plugin_type(&$make),
            || $crate::__private::make($make),
            $crate::__private::Origin {
                crate_name: ::core::env!("CARGO_PKG_NAME"),
                crate_version: ::core::env!("CARGO_PKG_VERSION"),
                file: ::core::file!(),
                line: ::core::line!(),
            },
        );
        // Beside the static, in the same module: whoever refers to the one links the other.
        $crate::__private::inventory::submit! {
            $crate::__private::Collected(&$name)
        }
    };
}
