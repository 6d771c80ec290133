//! Polls in an MLS group: the worked example of the guide to writing an extension.
