//! Nothing to do with the registration.

#[inline(never)]
pub fn work(x: u32) -> u32 {
    x.wrapping_mul(0x9e37_79b9)
}
