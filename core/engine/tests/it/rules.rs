//! Rules of draft-ietf-mls-extensions-10, each by its id: what the draft states is refused, what it
//! implies is refused when we would send it and alarms when another does. And the engine's own.

mod dictionary;
mod engine;
mod ephemeral;
mod grease;
mod messages;
mod negotiation;
mod psk;
mod raw_extensions;
mod updates;
mod wire_formats;
