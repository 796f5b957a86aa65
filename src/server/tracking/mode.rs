//! How one client tracks. It lies in the part of a client that others see: writers read it, and a command
//! that runs for a client without its session (a script's, a waiter's) finds it there too.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;

use crate::server::sync::locked;

/// It tracks.
pub const ON: u32 = 1;
/// It wants to know of all keys, or those with some prefixes, read or not.
pub const BCAST: u32 = 1 << 1;
/// Only what is read behind CLIENT CACHING YES is remembered.
pub const OPTIN: u32 = 1 << 2;
/// What is read behind CLIENT CACHING NO is not remembered.
pub const OPTOUT: u32 = 1 << 3;
/// It is not told of its own changes.
pub const NOLOOP: u32 = 1 << 4;
/// CLIENT CACHING was called for the next command.
pub const CACHING: u32 = 1 << 5;
/// The client that gets its messages is gone.
pub const BROKEN: u32 = 1 << 6;

/// Bytes that a prefix takes beside its own: its places here and in the registry, about.
const PREFIX_BYTES: usize = 128;

/// How a client tracks; as a new client it does not.
#[derive(Debug, Default)]
pub struct Mode {
    bits: AtomicU32,
    redirect: AtomicU64,
    prefixes: Mutex<BTreeSet<Bytes>>,
    memory: AtomicUsize,
}

impl Mode {
    /// All bits.
    pub fn bits(&self) -> u32 {
        self.bits.load(Ordering::Acquire)
    }

    /// Is a bit set?
    pub fn is(&self, bit: u32) -> bool {
        self.bits() & bit != 0
    }

    /// Sets or clears a bit.
    pub fn set(&self, bit: u32, on: bool) {
        if on {
            self.bits.fetch_or(bit, Ordering::AcqRel);
        } else {
            self.bits.fetch_and(!bit, Ordering::AcqRel);
        }
    }

    /// The id of the client that gets its messages, 0 for itself; none when it does not track.
    pub fn redirect(&self) -> Option<u64> {
        self.is(ON).then(|| self.redirect.load(Ordering::Acquire))
    }

    /// A command is over, and with it what CLIENT CACHING has said of it.
    pub fn end_command(&self) {
        if self.is(CACHING) {
            self.set(CACHING, false);
        }
    }

    /// Are the keys that it reads now remembered?
    pub fn remembers(&self) -> bool {
        let bits = self.bits();
        let called = bits & CACHING != 0;
        match bits & (ON | BCAST | OPTIN | OPTOUT) {
            ON => true,
            of if of == ON | OPTIN => called,
            of if of == ON | OPTOUT => !called,
            _ => false,
        }
    }

    /// Its prefixes, in order.
    pub fn prefixes(&self) -> Vec<Bytes> {
        locked(&self.prefixes).iter().cloned().collect()
    }

    /// Bytes that its prefixes take, about.
    pub fn memory(&self) -> usize {
        self.memory.load(Ordering::Relaxed)
    }

    /// Takes a new way of tracking; says which prefixes are new.
    pub(super) fn begin(&self, bits: u32, redirect: u64, prefixes: &[Bytes]) -> Vec<Bytes> {
        self.redirect.store(redirect, Ordering::Release);
        self.bits.store(ON | bits | self.bits() & CACHING, Ordering::Release);
        let mut known = locked(&self.prefixes);
        let fresh: Vec<Bytes> =
            prefixes.iter().filter(|prefix| known.insert((*prefix).clone())).cloned().collect();
        let bytes: usize = fresh.iter().map(|prefix| prefix.len() + PREFIX_BYTES).sum();
        self.memory.fetch_add(bytes, Ordering::Relaxed);
        fresh
    }

    /// Ends tracking; the prefixes it had.
    pub(super) fn end(&self) -> BTreeSet<Bytes> {
        self.bits.store(0, Ordering::Release);
        self.redirect.store(0, Ordering::Release);
        self.memory.store(0, Ordering::Relaxed);
        std::mem::take(&mut *locked(&self.prefixes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered() {
        let cases = [
            (0, false),
            (ON, true),
            (ON | NOLOOP, true),
            (ON | BCAST, false),
            (ON | OPTIN, false),
            (ON | OPTIN | CACHING, true),
            (ON | OPTOUT, true),
            (ON | OPTOUT | CACHING, false),
        ];
        for (bits, wanted) in cases {
            let mode = Mode::default();
            mode.set(bits, true);
            assert_eq!(mode.remembers(), wanted, "{bits:b}");
        }
    }

    #[test]
    fn prefixes_are_counted_once() {
        let mode = Mode::default();
        let (a, b) = (Bytes::from_static(b"a"), Bytes::from_static(b"b"));
        assert_eq!(mode.begin(BCAST, 7, &[a.clone(), a.clone()]), std::slice::from_ref(&a));
        assert_eq!(mode.begin(BCAST, 7, &[a.clone(), b.clone()]), std::slice::from_ref(&b));
        assert_eq!((mode.prefixes(), mode.memory()), (vec![a, b], 2 * (1 + PREFIX_BYTES)));
        assert_eq!((mode.redirect(), mode.end().len()), (Some(7), 2));
        assert_eq!((mode.redirect(), mode.memory()), (None, 0));
    }
}
