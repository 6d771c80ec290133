//! MIMI room components (draft-ietf-mimi-protocol).
