//! The types of the directives whose value is more than one word: save points, output limits,
//! event classes, addresses, the master, percentiles.

use super::memory;
use super::value::{Field, Kind, Lines, Origin, Refusal, loose_int, single, text, wrong_count};

/// Most addresses `bind` takes, as in Redis.
const BIND_ADDRESSES_MAX: usize = 16;

/// Joins parts with single blanks.
fn joined<T>(parts: &[T], each: impl Fn(&T) -> String) -> Vec<u8> {
    parts.iter().map(each).collect::<Vec<_>>().join(" ").into_bytes()
}

/// One empty word stands for no words: `save ""`, `bind ""`.
fn is_nothing(words: &[&[u8]]) -> bool {
    matches!(words, [word] if word.is_empty())
}

/// A snapshot is taken once this many seconds have passed since the last one, if at least this many
/// changes were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// Seconds since the last successful snapshot, 1 or more.
    pub seconds: u64,
    /// Changes since then.
    pub changes: u64,
}

impl SavePoint {
    fn parse(pair: &[&[u8]]) -> Option<Self> {
        let [seconds, changes] = pair else { return None };
        let seconds = u64::try_from(loose_int(seconds)?).ok().filter(|n| *n >= 1)?;
        Some(Self { seconds, changes: u64::try_from(loose_int(changes)?).ok()? })
    }

    fn text(&self) -> String {
        format!("{} {}", self.seconds, self.changes)
    }
}

impl Field for Vec<SavePoint> {
    fn take(&mut self, _: &Kind, words: &[&[u8]], origin: Origin) -> Result<(), Refusal> {
        if is_nothing(words) {
            self.clear();
            return Ok(());
        }
        let points: Option<Vec<_>> = words.chunks(2).map(SavePoint::parse).collect();
        let points = points.ok_or("Invalid save parameters")?;
        if origin != Origin::Again {
            self.clear();
        }
        self.extend(points);
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        joined(self, SavePoint::text)
    }

    /// Always written: leaving the lines out would bring the defaults back.
    fn lines(&self, _: &Kind, name: &str, _: &Self) -> Lines {
        if self.is_empty() {
            return Lines::Write(vec![(format!("{name} \"\"").into_bytes(), true)]);
        }
        Lines::Write(self.iter().map(|p| (format!("{name} {}", p.text()).into_bytes(), true)).collect())
    }
}

/// How much may wait to be sent to a client before it is cut off. Zeros mean no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputLimit {
    /// Bytes that cut the client off at once.
    pub hard: u64,
    /// Bytes that cut it off when exceeded for `soft_seconds` on end.
    pub soft: u64,
    /// Seconds for the soft limit.
    pub soft_seconds: u64,
}

/// `client-output-buffer-limit`: one limit per class of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimits {
    /// Clients of no other class, MONITOR included.
    pub normal: OutputLimit,
    /// Replicas.
    pub replica: OutputLimit,
    /// Clients with at least one subscription.
    pub pubsub: OutputLimit,
}

impl Default for OutputLimits {
    fn default() -> Self {
        let megabytes =
            |hard: u64, soft: u64| OutputLimit { hard: hard << 20, soft: soft << 20, soft_seconds: 60 };
        Self { normal: OutputLimit::default(), replica: megabytes(256, 64), pubsub: megabytes(32, 8) }
    }
}

impl OutputLimit {
    fn parse(words: [&[u8]; 3]) -> Option<Self> {
        let [hard, soft, seconds] = words;
        Some(Self {
            hard: memory::parse(hard)?,
            soft: memory::parse(soft)?,
            soft_seconds: u64::try_from(loose_int(seconds)?).ok()?,
        })
    }
}

impl OutputLimits {
    fn class(&mut self, name: &[u8]) -> Option<&mut OutputLimit> {
        match name.to_ascii_lowercase().as_slice() {
            b"normal" => Some(&mut self.normal),
            b"slave" | b"replica" => Some(&mut self.replica),
            b"pubsub" => Some(&mut self.pubsub),
            _ => None,
        }
    }

    fn each(&self) -> [(&'static str, OutputLimit); 3] {
        [("normal", self.normal), ("replica", self.replica), ("pubsub", self.pubsub)]
    }
}

impl Field for OutputLimits {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let mut wanted = *self;
        for chunk in words.chunks(4) {
            let [name, hard, soft, seconds] = chunk else {
                return Err("Wrong number of arguments in buffer limit configuration.".into());
            };
            let class =
                wanted.class(name).ok_or("Invalid client class specified in buffer limit configuration.")?;
            *class = OutputLimit::parse([hard, soft, seconds])
                .ok_or("Error in hard, soft or soft_seconds setting in buffer limit configuration.")?;
        }
        *self = wanted;
        Ok(())
    }

    /// CONFIG GET says `slave` where REWRITE says `replica`, as Redis does.
    fn show(&self, _: &Kind) -> Vec<u8> {
        joined(&self.each(), |(name, l)| {
            let name = if *name == "replica" { "slave" } else { name };
            format!("{name} {} {} {}", l.hard, l.soft, l.soft_seconds)
        })
    }

    fn lines(&self, _: &Kind, name: &str, default: &Self) -> Lines {
        let pairs = self.each().into_iter().zip(default.each());
        let line = |((class, l), (_, d)): ((&str, OutputLimit), (&str, OutputLimit))| {
            let (hard, soft) = (memory::format(l.hard), memory::format(l.soft));
            (format!("{name} {class} {hard} {soft} {}", l.soft_seconds).into_bytes(), l != d)
        };
        Lines::Write(pairs.map(line).collect())
    }
}

/// `notify-keyspace-events`: which events are published, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(pub u32);

impl Events {
    /// `K`: to `__keyspace@<db>__:<key>`.
    pub const KEYSPACE: u32 = 1 << 0;
    /// `E`: to `__keyevent@<db>__:<event>`.
    pub const KEYEVENT: u32 = 1 << 1;
    /// `g`: DEL, EXPIRE, RENAME and the like.
    pub const GENERIC: u32 = 1 << 2;
    /// `$`: strings.
    pub const STRING: u32 = 1 << 3;
    /// `l`: lists.
    pub const LIST: u32 = 1 << 4;
    /// `s`: sets.
    pub const SET: u32 = 1 << 5;
    /// `h`: hashes.
    pub const HASH: u32 = 1 << 6;
    /// `z`: sorted sets.
    pub const ZSET: u32 = 1 << 7;
    /// `x`: a key has expired.
    pub const EXPIRED: u32 = 1 << 8;
    /// `e`: a key was evicted.
    pub const EVICTED: u32 = 1 << 9;
    /// `t`: streams.
    pub const STREAM: u32 = 1 << 10;
    /// `m`: a key was asked for that does not exist. Not part of `A`.
    pub const KEY_MISS: u32 = 1 << 11;
    /// `d`: module types.
    pub const MODULE: u32 = 1 << 13;
    /// `n`: a key was created. Not part of `A`.
    pub const NEW: u32 = 1 << 14;
    /// `A`: everything but misses and creations.
    pub const ALL: u32 = Self::GENERIC
        | Self::STRING
        | Self::LIST
        | Self::SET
        | Self::HASH
        | Self::ZSET
        | Self::EXPIRED
        | Self::EVICTED
        | Self::STREAM
        | Self::MODULE;

    /// The letters of single classes, in the order in which they are printed.
    const LETTERS: &'static [(u8, u32)] = &[
        (b'g', Self::GENERIC),
        (b'$', Self::STRING),
        (b'l', Self::LIST),
        (b's', Self::SET),
        (b'h', Self::HASH),
        (b'z', Self::ZSET),
        (b'x', Self::EXPIRED),
        (b'e', Self::EVICTED),
        (b't', Self::STREAM),
        (b'd', Self::MODULE),
        (b'n', Self::NEW),
        (b'K', Self::KEYSPACE),
        (b'E', Self::KEYEVENT),
        (b'm', Self::KEY_MISS),
    ];

    /// Whether an event of this class is published anywhere.
    pub fn wants(self, class: u32) -> bool {
        self.0 & class != 0 && self.0 & (Self::KEYSPACE | Self::KEYEVENT) != 0
    }

    fn of_letter(letter: u8) -> Option<u32> {
        if letter == b'A' {
            return Some(Self::ALL);
        }
        Self::LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, bit)| *bit)
    }
}

impl Field for Events {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let bits = single(words)?.iter().try_fold(0, |bits, letter| Some(bits | Self::of_letter(*letter)?));
        self.0 = bits.ok_or("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")?;
        Ok(())
    }

    /// `A` stands for its classes when all are on. Redis 7.2 then forgets `n`; we print it, so that
    /// CONFIG REWRITE does not lose it.
    fn show(&self, _: &Kind) -> Vec<u8> {
        let all = self.0 & Self::ALL == Self::ALL;
        let shown = |(_, bit): &&(u8, u32)| self.0 & bit != 0 && !(all && Self::ALL & bit != 0);
        let mut out = if all { vec![b'A'] } else { Vec::new() };
        out.extend(Self::LETTERS.iter().filter(shown).map(|(letter, _)| *letter));
        out
    }

    fn lines(&self, kind: &Kind, name: &str, default: &Self) -> Lines {
        let letters = String::from_utf8_lossy(&self.show(kind)).into_owned();
        Lines::Write(vec![(format!("{name} \"{letters}\"").into_bytes(), self != default)])
    }
}

/// The addresses to listen on. `*` is every IPv4 address, `::*` every IPv6 one; a leading `-` makes
/// an address optional.
impl Field for Vec<String> {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        if words.len() > BIND_ADDRESSES_MAX {
            return Err("Too many bind addresses specified.".into());
        }
        if is_nothing(words) {
            self.clear();
            return Ok(());
        }
        let addresses: Result<Vec<_>, _> = words.iter().map(|word| text(word).map(str::to_owned)).collect();
        *self = addresses?;
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        self.join(" ").into_bytes()
    }

    /// At the default the directive disappears from the file, as in Redis.
    fn lines(&self, _: &Kind, name: &str, default: &Self) -> Lines {
        if self == default {
            return Lines::Write(Vec::new());
        }
        let value = if self.is_empty() { "\"\"".to_owned() } else { self.join(" ") };
        Lines::Write(vec![(format!("{name} {value}").into_bytes(), true)])
    }
}

/// The master's host and port; none when this server is a master itself.
impl Field for Option<(String, u16)> {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let [host, port] = words else { return Err(wrong_count()) };
        if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
            *self = None;
            return Ok(());
        }
        let port = loose_int(port).and_then(|port| u16::try_from(port).ok());
        *self = Some((text(host)?.to_owned(), port.ok_or("Invalid master port")?));
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        self.as_ref().map(|(host, port)| format!("{host} {port}").into_bytes()).unwrap_or_default()
    }

    fn lines(&self, kind: &Kind, name: &str, _: &Self) -> Lines {
        let line = [name.as_bytes(), b" ", &self.show(kind)].concat();
        Lines::Write(if self.is_some() { vec![(line, true)] } else { Vec::new() })
    }
}

/// The out-of-memory scores of a master, a replica, and a child process.
impl Field for [i32; 3] {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let words: &[&[u8]; 3] = words.try_into().map_err(|_| wrong_count())?;
        let mut wanted = *self;
        for (place, word) in wanted.iter_mut().zip(words) {
            let score = loose_int(word).and_then(|n| i32::try_from(n).ok());
            let score = score.filter(|n| (-2000..=2000).contains(n));
            *place = score.ok_or("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")?;
        }
        *self = wanted;
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        joined(self, i32::to_string)
    }
}

/// Percentiles between 0 and 100.
impl Field for Vec<f64> {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        if is_nothing(words) {
            self.clear();
            return Ok(());
        }
        let mut wanted = Vec::with_capacity(words.len());
        for word in words {
            let value: Option<f64> = text(word).ok().and_then(|word| word.parse().ok());
            let value = value.filter(|v| !v.is_nan());
            let value = value.ok_or("Invalid latency-tracking-info-percentiles parameters")?;
            if !(0.0..=100.0).contains(&value) {
                return Err(
                    "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".into()
                );
            }
            wanted.push(value);
        }
        *self = wanted;
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        joined(self, |value| {
            let text = format!("{value:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        })
    }

    /// Always written: leaving it out would bring the defaults back.
    fn lines(&self, kind: &Kind, name: &str, _: &Self) -> Lines {
        let value = if self.is_empty() { b"\"\"".to_vec() } else { self.show(kind) };
        Lines::Write(vec![([name.as_bytes(), b" ", &value].concat(), true)])
    }
}

/// Directives that stand in a file any number of times: the words after the name, line by line.
/// `Debug` shows only how many: a user's line has passwords in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FileLines(pub Vec<Vec<Vec<u8>>>);

impl std::fmt::Debug for FileLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileLines({})", self.0.len())
    }
}

impl Field for FileLines {
    fn take(&mut self, kind: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        if let Kind::Line(fewest, most, _) = *kind
            && !(fewest..=most).contains(&words.len())
        {
            return Err("Bad directive or wrong number of arguments".into());
        }
        self.0.push(words.iter().map(|word| word.to_vec()).collect());
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        format!("{} lines", self.0.len()).into_bytes()
    }

    fn lines(&self, _: &Kind, _: &str, _: &Self) -> Lines {
        Lines::Leave
    }
}

/// The `user` lines. CONFIG REWRITE puts the users as they are now in their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserLines(pub FileLines);

impl Field for UserLines {
    fn take(&mut self, kind: &Kind, words: &[&[u8]], origin: Origin) -> Result<(), Refusal> {
        self.0.take(kind, words, origin)
    }

    fn show(&self, kind: &Kind) -> Vec<u8> {
        self.0.show(kind)
    }

    fn lines(&self, _: &Kind, name: &str, _: &Self) -> Lines {
        let line = |words: &Vec<Vec<u8>>| ([name.as_bytes(), b" ", &words.join(&b' ')].concat(), true);
        Lines::Write(self.0.0.iter().map(line).collect())
    }
}
