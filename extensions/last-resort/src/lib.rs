//! The last-resort KeyPackage component.
