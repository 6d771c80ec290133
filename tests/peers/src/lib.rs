//! Groups of Trellis and of other implementations; there is nothing here but tests.
