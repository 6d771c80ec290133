//! How OpenMLS is to run a group.

use openmls::{group::MlsGroupJoinConfig, prelude::SenderRatchetConfiguration};

use crate::{Framing, Settings};

/// How OpenMLS is to run a group of this client.
pub(super) fn join_config(settings: &Settings, framing: Framing) -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(wire_format_policy(framing))
        .padding_size(settings.padding)
        .max_past_epochs(settings.past_epochs)
        .sender_ratchet_configuration(sender_ratchet(settings))
        .use_ratchet_tree_extension(true)
        .build()
}

pub(super) fn sender_ratchet(settings: &Settings) -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(settings.out_of_order, settings.skipped)
}

/// Either framing is always accepted; only what we send differs.
pub(super) fn wire_format_policy(framing: Framing) -> openmls::group::WireFormatPolicy {
    match framing {
        Framing::Public => openmls::group::MIXED_PLAINTEXT_WIRE_FORMAT_POLICY,
        Framing::Private => openmls::group::MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY,
    }
}
