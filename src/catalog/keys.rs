//! Which arguments of a request are keys, and what must be locked to run it.
//!
//! Requests come as a count and a way to read an argument, so that the catalog needs to know no
//! protocol. What [`keys`] finds is what the command itself will touch: where the declared
//! specifications and the command's own parsing could differ (two STORE options, a key called
//! "streams"), a finder parses the way the command does. So the keys found can be locked in advance.

use super::model::{BeginSearch, Command, FindKeys, Finder, KeySpec, Touches, key_flags::*};

/// A key among the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Its place: 1 for the first argument behind the command's name.
    pub at: usize,
    /// Bits of [`super::key_flags`]: what happens to it.
    pub flags: u16,
}

/// The channels among a command's arguments: from the first on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// How many there are; all arguments when it is not said.
    pub most: Option<usize>,
    /// They are patterns.
    pub patterns: bool,
}

/// The channels that a command publishes to or subscribes to.
pub fn channels(command: &Command) -> Option<Channels> {
    let (most, patterns) = match command.full_name {
        "publish" | "spublish" => (Some(1), false),
        "subscribe" | "ssubscribe" => (None, false),
        "psubscribe" => (None, true),
        _ => return None,
    };
    Some(Channels { most, patterns })
}

/// Appends the keys of a request to `found`. None are appended when the arguments are such that the
/// command will fail before it touches any key.
pub fn keys<'a>(command: &Command, argc: usize, word: impl Fn(usize) -> &'a [u8], found: &mut Vec<KeyRef>) {
    let request = Request { argc, word };
    match command.finder {
        Finder::Specs => request.by_specs(command.key_specs, found),
        Finder::Set => request.set(found),
        Finder::Bitfield => request.bitfield(found),
        Finder::Sort => request.sort(found),
        Finder::SortRo => found.push(KeyRef { at: 1, flags: RO | ACCESS }),
        Finder::Migrate => request.migrate(found),
        Finder::Georadius => request.georadius(command.key_specs, found),
        Finder::Xread => request.xread(found),
        Finder::Delex => request.delex(found),
    }
}

/// The keys of a request that may run: as [`keys`], and where a list of keys is empty that may be (PFMERGE of
/// its target alone) still the key at a fixed place, which COMMAND GETKEYS does not answer.
pub fn keys_to_lock<'a>(
    command: &Command,
    argc: usize,
    word: impl Fn(usize) -> &'a [u8],
    found: &mut Vec<KeyRef>,
) {
    let mark = found.len();
    keys(command, argc, word, found);
    if found.len() == mark
        && let Some(spec) = command.key_specs.first()
        && let (BeginSearch::Index(at), FindKeys::Range { .. }) = (spec.begin, spec.find)
        && let Some(at) = usize::try_from(at).ok().filter(|at| *at < argc)
    {
        found.push(KeyRef { at, flags: spec.flags });
    }
}

/// What running this request touches: never [`Touches::ListedOrEverything`].
#[inline]
pub fn touches<'a>(command: &Command, argc: usize, word: impl Fn(usize) -> &'a [u8]) -> Touches {
    match command.touches {
        Touches::ListedOrEverything => {
            let foreign = |at| is(word(at), b"by") || is(word(at), b"get");
            if (2..argc).any(foreign) { Touches::Everything } else { Touches::Listed }
        }
        fixed => fixed,
    }
}

fn is(word: &[u8], lower: &[u8]) -> bool {
    word.eq_ignore_ascii_case(lower)
}

/// A request as the catalog sees it.
struct Request<F> {
    argc: usize,
    word: F,
}

impl<'a, F: Fn(usize) -> &'a [u8]> Request<F> {
    fn by_specs(&self, specs: &[KeySpec], found: &mut Vec<KeyRef>) {
        let mark = found.len();
        for spec in specs.iter().filter(|spec| spec.flags & NOT_KEY == 0) {
            match self.begin(spec.begin) {
                Begin::At(first) if self.run(first, spec, found).is_some() => {}
                Begin::Absent => {}
                _ => return found.truncate(mark),
            }
        }
    }

    /// Where the run of a specification begins.
    fn begin(&self, begin: BeginSearch) -> Begin {
        let (word, from) = match begin {
            BeginSearch::Index(at) => return usize::try_from(at).map_or(Begin::Invalid, Begin::At),
            BeginSearch::Keyword(word, from) => (word, from),
            BeginSearch::Unknown => return Begin::Invalid,
        };
        let matches = |at: &usize| (self.word)(*at).eq_ignore_ascii_case(word.as_bytes());
        let from_end = self.argc.saturating_sub(usize::from(from.unsigned_abs()));
        let place = match from {
            1.. => (usize::from(from.unsigned_abs())..self.argc).find(matches),
            _ => (1..=from_end).rev().find(matches),
        };
        place.map_or(Begin::Absent, |at| Begin::At(at + 1))
    }

    /// Appends the run that begins at `first`; `None` when it does not fit the request.
    fn run(&self, first: usize, spec: &KeySpec, found: &mut Vec<KeyRef>) -> Option<()> {
        let (first, last, step) = match spec.find {
            FindKeys::Range { last, step, limit } => (first, self.last(first, last, limit)?, step),
            FindKeys::Keynum { count, first: offset, step } => {
                let count_at = first.checked_add_signed(isize::from(count))?;
                let keys = self.number(count_at).filter(|&n| n > 0)?;
                let first = first.checked_add_signed(isize::from(offset))?;
                let step_by = usize::from(step.unsigned_abs());
                (first, first.checked_add((keys - 1).checked_mul(step_by)?)?, step)
            }
            FindKeys::Unknown => return None,
        };
        if first > last || last >= self.argc {
            return None;
        }
        let places = (first..=last).step_by(usize::from(step.unsigned_abs()).max(1));
        found.extend(places.map(|at| KeyRef { at, flags: spec.flags }));
        Some(())
    }

    /// Absolute place of the last argument of a range.
    fn last(&self, first: usize, last: i16, limit: i16) -> Option<usize> {
        match (last, usize::from(limit.unsigned_abs())) {
            (0.., _) => Some(first + usize::from(last.unsigned_abs())),
            (_, 0) => self.argc.checked_sub(usize::from(last.unsigned_abs())),
            (_, limit) => (first + self.argc.checked_sub(first)? / limit).checked_sub(1),
        }
    }

    fn number(&self, at: usize) -> Option<usize> {
        if at >= self.argc {
            return None;
        }
        std::str::from_utf8((self.word)(at)).ok()?.parse().ok()
    }

    fn set(&self, found: &mut Vec<KeyRef>) {
        let reads = (3..self.argc).any(|at| is((self.word)(at), b"get"));
        found.push(KeyRef { at: 1, flags: if reads { RW | ACCESS | UPDATE } else { OW | UPDATE } });
    }

    fn delex(&self, found: &mut Vec<KeyRef>) {
        let flags = if self.argc > 2 { RW | DELETE } else { RM | DELETE };
        found.push(KeyRef { at: 1, flags });
    }

    fn bitfield(&self, found: &mut Vec<KeyRef>) {
        let mut at = 2;
        let mut writes = false;
        while at < self.argc && !writes {
            let (operation, rest) = ((self.word)(at), self.argc - at - 1);
            match () {
                () if is(operation, b"get") && rest >= 2 => at += 3,
                () if is(operation, b"overflow") && rest >= 1 => at += 2,
                () => writes = true,
            }
        }
        found.push(KeyRef { at: 1, flags: if writes { RW | ACCESS | UPDATE } else { RO | ACCESS } });
    }

    fn sort(&self, found: &mut Vec<KeyRef>) {
        let mut store = None;
        let mut at = 2;
        while at < self.argc {
            let option = (self.word)(at);
            if is(option, b"limit") {
                at += 2;
            } else if is(option, b"get") || is(option, b"by") {
                at += 1;
            } else if is(option, b"store") && at + 1 < self.argc {
                store = Some(at + 1);
                at += 1;
            }
            at += 1;
        }
        found.push(KeyRef { at: 1, flags: RO | ACCESS });
        found.extend(store.map(|at| KeyRef { at, flags: OW | UPDATE }));
    }

    fn migrate(&self, found: &mut Vec<KeyRef>) {
        let flags = RW | ACCESS | DELETE;
        let mut at = 6;
        while at < self.argc {
            let option = (self.word)(at);
            if is(option, b"keys") {
                if (self.word)(3).is_empty() {
                    found.extend((at + 1..self.argc).map(|at| KeyRef { at, flags }));
                }
                return;
            }
            at += match () {
                () if is(option, b"auth") => 2,
                () if is(option, b"auth2") => 3,
                () => 1,
            };
        }
        found.push(KeyRef { at: 3, flags });
    }

    fn georadius(&self, specs: &[KeySpec], found: &mut Vec<KeyRef>) {
        let mut store = None;
        let mut at = 5;
        while at < self.argc {
            let option = (self.word)(at);
            if (is(option, b"store") || is(option, b"storedist")) && at + 1 < self.argc {
                store = Some(at + 1);
                at += 1;
            }
            at += 1;
        }
        let flags = |i: usize| specs.get(i).map_or(0, |spec| spec.flags);
        found.push(KeyRef { at: 1, flags: flags(0) });
        found.extend(store.map(|at| KeyRef { at, flags: flags(1) }));
    }

    fn xread(&self, found: &mut Vec<KeyRef>) {
        let mut at = 1;
        while at < self.argc {
            let option = (self.word)(at);
            at += match () {
                () if is(option, b"block") || is(option, b"count") => 2,
                () if is(option, b"group") => 3,
                () if is(option, b"noack") => 1,
                () if is(option, b"streams") => break,
                () => return,
            };
        }
        let behind = self.argc.saturating_sub(at + 1);
        if behind.is_multiple_of(2) {
            found.extend((at + 1..at + 1 + behind / 2).map(|at| KeyRef { at, flags: RO | ACCESS }));
        }
    }
}

/// Result of looking for the place where keys begin.
enum Begin {
    At(usize),
    /// The option with the keys is not there.
    Absent,
    Invalid,
}
