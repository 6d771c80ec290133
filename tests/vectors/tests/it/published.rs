//! The files as they are published.

use std::{env, fs, path::PathBuf};

use mls_trellis_vectors::{
    File,
    families::{
        Family, app_data_update::AppDataUpdate, app_ephemeral::AppEphemeral,
        application_framing::ApplicationFraming, application_psk::ApplicationPsk,
        component_label::ComponentLabel, credential_binding::CredentialBinding,
        exporter_tree::ExporterTree, kp_context::KpContext, participant_list::ParticipantList,
        safe_aad::SafeAad, safe_encrypt::SafeEncrypt, safe_sign::SafeSign,
        targeted_message::TargetedMessage, wire_formats::WireFormats,
    },
};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

fn read(name: &str) -> String {
    let path = path(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The published vectors of one kind.
pub(crate) fn published<F: Family>() -> Vec<F> {
    let file = File::from_json(&read(&format!("{}.json", F::NAME))).unwrap();
    assert_eq!(
        (file.family.as_str(), file.source.as_str()),
        (F::NAME, F::SOURCE)
    );
    assert!(!file.cases.is_empty());
    file.cases
}

/// Asserts that the file of a kind is what the reference computes, and that its page is there.
fn is_published<F: Family>() -> &'static str {
    let name = format!("{}.json", F::NAME);
    let expected = F::file().to_json().unwrap();
    if env::var_os("TRELLIS_BLESS").is_some_and(|value| value == "1") {
        fs::write(path(&name), &expected).unwrap();
    }
    assert!(
        read(&name) == expected,
        "{name} is not what the reference computes; set TRELLIS_BLESS=1 and look at the difference"
    );
    let page = read(&format!("{}.md", F::NAME));
    assert!(
        page.contains(F::SOURCE),
        "{}.md does not name its source",
        F::NAME
    );
    F::NAME
}

#[test]
fn every_file_is_what_the_reference_computes() {
    let kinds = [
        is_published::<AppDataUpdate>(),
        is_published::<AppEphemeral>(),
        is_published::<ApplicationFraming>(),
        is_published::<ApplicationPsk>(),
        is_published::<ComponentLabel>(),
        is_published::<CredentialBinding>(),
        is_published::<ExporterTree>(),
        is_published::<KpContext>(),
        is_published::<ParticipantList>(),
        is_published::<SafeAad>(),
        is_published::<SafeEncrypt>(),
        is_published::<SafeSign>(),
        is_published::<TargetedMessage>(),
        is_published::<WireFormats>(),
    ];
    // No file stands there that nobody checks.
    let mut files: Vec<_> = fs::read_dir(path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut expected: Vec<_> = kinds
        .iter()
        .flat_map(|kind| [format!("{kind}.json"), format!("{kind}.md")])
        .collect();
    expected.push("README.md".into());
    expected.sort();
    assert_eq!(files, expected);
}
