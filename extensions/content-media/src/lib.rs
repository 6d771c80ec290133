//! Content advertisement and ApplicationFraming (draft-ietf-mls-extensions-10, section 6.2).
