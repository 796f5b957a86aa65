//! The 24 access bits of an entry, in the two readings Redis gives them: an LRU clock (seconds,
//! wrapping after 194 days) or an LFU pair (minutes of the last decay, logarithmic counter).
//!
//! ```text
//! LRU   [ 24 bits: seconds                                  ]
//! LFU   [ 16 bits: minutes of last decay ][ 8 bits: counter ]
//! ```

/// Mask of the access bits.
pub const ACCESS_MASK: u32 = (1 << 24) - 1;

/// Counter that a new key starts with under LFU, so that it is not the first to be evicted.
pub const LFU_INITIAL: u8 = 5;

/// The LRU reading of now.
pub fn lru_clock(now_ms: i64) -> u32 {
    (now_ms.div_euclid(1000) as u32) & ACCESS_MASK
}

/// Seconds since the access that left `bits`, as OBJECT IDLETIME reports them.
pub fn lru_idle_seconds(bits: u32, now_ms: i64) -> u32 {
    lru_clock(now_ms).wrapping_sub(bits) & ACCESS_MASK
}

/// Access bits which say "idle for so many seconds" now (RESTORE IDLETIME, RDB).
pub fn lru_from_idle(idle_seconds: u32, now_ms: i64) -> u32 {
    lru_clock(now_ms).wrapping_sub(idle_seconds) & ACCESS_MASK
}

fn minutes(now_ms: i64) -> u32 {
    (now_ms.div_euclid(60_000) as u32) & 0xffff
}

/// LFU access bits with the given counter, decayed as of now.
pub fn lfu_bits(counter: u8, now_ms: i64) -> u32 {
    minutes(now_ms) << 8 | u32::from(counter)
}

/// The LFU counter as of now: one less for each `decay_minutes` since the last decay (0: never).
pub fn lfu_counter(bits: u32, now_ms: i64, decay_minutes: u32) -> u8 {
    let elapsed = minutes(now_ms).wrapping_sub(bits >> 8) & 0xffff;
    let periods = elapsed.checked_div(decay_minutes).unwrap_or(0);
    (bits as u8).saturating_sub(u8::try_from(periods).unwrap_or(u8::MAX))
}

/// The counter after one more access: it grows with probability 1 / ((counter - initial) *
/// `log_factor` + 1). `random` is any uniformly distributed 64-bit number.
pub fn lfu_increment(counter: u8, log_factor: u32, random: u64) -> u8 {
    if counter == u8::MAX {
        return counter;
    }
    let above = f64::from(counter.saturating_sub(LFU_INITIAL));
    let chance = 1.0 / (above * f64::from(log_factor) + 1.0);
    let drawn = (random >> 11) as f64 / (1u64 << 53) as f64;
    if drawn < chance { counter + 1 } else { counter }
}

/// LFU access bits after an access now.
pub fn lfu_touch(bits: u32, now_ms: i64, decay_minutes: u32, log_factor: u32, random: u64) -> u32 {
    let counter = lfu_counter(bits, now_ms, decay_minutes);
    lfu_bits(lfu_increment(counter, log_factor, random), now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_survives_the_wrap() {
        let wrap_ms = (1i64 << 24) * 1000;
        let before = lru_clock(wrap_ms - 5_000);
        assert_eq!(lru_idle_seconds(before, wrap_ms + 3_000), 8);
        assert_eq!(lru_idle_seconds(lru_from_idle(100, wrap_ms), wrap_ms), 100);
    }

    #[test]
    fn counter_decays_by_period() {
        let bits = lfu_bits(10, 0);
        assert_eq!(lfu_counter(bits, 3 * 60_000, 1), 7);
        assert_eq!(lfu_counter(bits, 3 * 60_000, 2), 9);
        assert_eq!(lfu_counter(bits, 3 * 60_000, 0), 10);
        assert_eq!(lfu_counter(bits, 60 * 60_000, 1), 0);
    }

    #[test]
    fn counter_grows_more_slowly_the_higher_it_is() {
        assert_eq!(lfu_increment(LFU_INITIAL, 10, u64::MAX / 2), LFU_INITIAL + 1);
        assert_eq!(lfu_increment(100, 10, u64::MAX / 2), 100);
        assert_eq!(lfu_increment(100, 10, 0), 101);
        assert_eq!(lfu_increment(255, 0, 0), 255);
    }
}
