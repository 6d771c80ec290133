//! MLS groups with typed extension hooks over stock OpenMLS.
