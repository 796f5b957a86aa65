//! What SSCAN, HSCAN and ZSCAN have in common: cursor, options, and steps until enough was found.

use crate::resp::{Args, Reply, glob};
use crate::server::commands::parse;
use crate::server::fault::{self, Fault};

/// Steps made before a scan ends although it has not found as many as asked for, per one asked.
const STEPS_PER_WANTED: usize = 10;

/// Options behind the cursor.
pub struct Options<'a> {
    pattern: Option<&'a [u8]>,
    wanted: usize,
    /// Fields only (HSCAN).
    pub no_values: bool,
}

impl<'a> Options<'a> {
    /// Reads the options; `hash` says that NOVALUES is one.
    pub fn parse(args: Args<'a>, hash: bool) -> Result<Options<'a>, Fault> {
        let mut options = Options { pattern: None, wanted: 10, no_values: false };
        let mut i = 3;
        while i < args.len() {
            let (word, value) = (args.at(i), args.get(i + 1));
            i += 2;
            match value {
                Some(value) if parse::is(word, "count") => {
                    let count = parse::int(value)?;
                    options.wanted = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(fault::SYNTAX)?;
                }
                Some(value) if parse::is(word, "match") => {
                    options.pattern = Some(value).filter(|p| !glob::matches_all(p));
                }
                _ if hash && parse::is(word, "novalues") => {
                    options.no_values = true;
                    i -= 1;
                }
                _ => return Err(fault::SYNTAX),
            }
        }
        Ok(options)
    }

    /// Whether an element passes the pattern.
    pub fn passes(&self, element: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, element))
    }

    /// Makes steps until enough was found, and replies. `step` makes one from a cursor on, writes what it
    /// finds, counts it, and returns the next cursor and the count.
    pub fn run(&self, cursor: u64, reply: &mut Reply, mut step: impl FnMut(u64, &mut Reply) -> (u64, usize)) {
        // The cursor comes first in the reply, but is known last.
        let mut found = Reply::new(Vec::new(), reply.proto());
        let (mut at, mut count, mut steps) = (cursor, 0, self.wanted.saturating_mul(STEPS_PER_WANTED));
        loop {
            let (next, more) = step(at, &mut found);
            (at, count, steps) = (next, count + more, steps - 1);
            if at == 0 || count >= self.wanted || steps == 0 {
                break;
            }
        }
        reply.array(2);
        reply.bulk(at.to_string().as_bytes());
        reply.array(count);
        reply.raw(found.as_bytes());
    }
}

/// The reply of a scan over nothing.
pub fn empty(reply: &mut Reply) {
    reply.array(2);
    reply.bulk(b"0");
    reply.array(0);
}
