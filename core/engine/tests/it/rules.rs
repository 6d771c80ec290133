//! Rules of the drafts, each by its id.
