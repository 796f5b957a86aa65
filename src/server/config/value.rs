//! What a directive's value can be: one [`Kind`] per shape, and for every Rust type a setting can
//! have the four things all directives need.
//!
//! ```text
//!   words of a line --take--> typed field --show--> CONFIG GET
//!                                         --lines-> CONFIG REWRITE
//! ```
//!
//! The texts of refusals are Redis's, because operators and test suites grep for them.

use std::borrow::Cow;
use std::path::PathBuf;

use nix::errno::Errno;

use crate::resp::{number, quote};

use super::memory;

/// Why a value was refused, in Redis's words.
pub type Refusal = Cow<'static, str>;

/// Extra condition on a text value, beyond being a text.
pub type Check = fn(&str) -> Result<(), &'static str>;

/// The unit of a plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number of things.
    Count,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Bytes, written without a unit.
    Bytes,
    /// Hundredths of something.
    Percent,
    /// A TCP port.
    Port,
    /// Times per second.
    Hertz,
    /// Minutes.
    Minutes,
}

/// The shape of a directive's value: what is accepted, in which bounds, and how it is written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `yes` or `no`.
    YesNo,
    /// A whole number between two bounds, both allowed.
    Int(i64, i64, Unit),
    /// A file mode in octal, up to this one.
    Octal(u32),
    /// Bytes with an optional unit (`1k` = 1000, `1kb` = 1024, ... `gb`), between two bounds.
    Memory(u64, u64),
    /// Bytes as above, or a percentage of `maxmemory` up to 100%.
    MemoryOrPercent,
    /// A text, possibly empty.
    Text(Check),
    /// A text; empty means "not set".
    OptionalText(Check),
    /// A password: any bytes; empty means "not set".
    Secret,
    /// A folder that exists.
    Folder,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Any of these words.
    AnyOf(&'static [&'static str]),
    /// One word with a grammar of its own, shown to people like this.
    Word(&'static str),
    /// Several words with a grammar of their own, shown to people like this.
    Words(&'static str),
    /// A directive that may stand in a file many times and is no setting: fewest and most arguments.
    Line(usize, usize, &'static str),
}

/// Where a value comes from: `save` adds to what the file said before, but replaces it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The first line for this directive in the file, or on the command line.
    First,
    /// A later line for the same directive.
    Again,
    /// CONFIG SET.
    Command,
}

/// What CONFIG REWRITE shall do with a directive.
#[derive(Debug, PartialEq, Eq)]
pub enum Lines {
    /// Lines in the file stay as they are.
    Leave,
    /// Write these; `true` marks a line that must exist even if the file has none for the directive.
    /// Lines of the file beyond these go; with none at all the directive disappears from the file.
    Write(Vec<(Vec<u8>, bool)>),
}

/// A type that a setting can have.
pub trait Field: Clone + PartialEq {
    /// Takes the value from the words after the directive's name; on refusal nothing has changed.
    fn take(&mut self, kind: &Kind, words: &[&[u8]], origin: Origin) -> Result<(), Refusal>;

    /// The value as CONFIG GET prints it.
    fn show(&self, kind: &Kind) -> Vec<u8>;

    /// The lines that CONFIG REWRITE writes for it.
    fn lines(&self, kind: &Kind, name: &str, default: &Self) -> Lines {
        one_line(name, &self.show(kind), self != default)
    }
}

/// A single `name value` line.
fn one_line(name: &str, value: &[u8], force: bool) -> Lines {
    let mut line = Vec::with_capacity(name.len() + 1 + value.len());
    line.extend_from_slice(name.as_bytes());
    line.push(b' ');
    line.extend_from_slice(value);
    Lines::Write(vec![(line, force)])
}

fn quoted(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 2);
    quote::repr(&mut out, value);
    out
}

pub(super) fn wrong_count() -> Refusal {
    "wrong number of arguments".into()
}

pub(super) fn single<'a>(words: &[&'a [u8]]) -> Result<&'a [u8], Refusal> {
    match words {
        [word] => Ok(word),
        _ => Err(wrong_count()),
    }
}

pub(super) fn text(word: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(word).map_err(|_| "argument must be valid UTF-8 text".into())
}

/// What `strtoll` reads, whole: blanks before it and a sign are allowed.
pub(super) fn loose_int(word: &[u8]) -> Option<i64> {
    let word = text(word).ok()?.trim_start();
    word.strip_prefix('+').unwrap_or(word).parse().ok()
}

/// A check that lets every text pass.
pub fn any(_: &str) -> Result<(), &'static str> {
    Ok(())
}

/// The operating system's words for an error, without Rust's "(os error N)".
pub fn os_reason(error: &std::io::Error) -> String {
    match error.raw_os_error() {
        Some(code) => Errno::from_raw(code).desc().to_owned(),
        None => error.to_string(),
    }
}

// ---------------------------------------------------------------------------------------------
// yes / no, numbers

impl Field for bool {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let word = single(words)?;
        *self = if word.eq_ignore_ascii_case(b"yes") {
            true
        } else if word.eq_ignore_ascii_case(b"no") {
            false
        } else {
            return Err("argument must be 'yes' or 'no'".into());
        };
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        if *self { b"yes".to_vec() } else { b"no".to_vec() }
    }
}

fn between(low: impl std::fmt::Display, high: impl std::fmt::Display) -> Refusal {
    format!("argument must be between {low} and {high} inclusive").into()
}

fn in_bounds(value: i128, low: i128, high: i128) -> Result<i128, Refusal> {
    if (low..=high).contains(&value) { Ok(value) } else { Err(between(low, high)) }
}

/// Reads a number of any kind; the answer fits the kind's bounds.
fn parse_number(kind: &Kind, word: &[u8]) -> Result<i128, Refusal> {
    match *kind {
        Kind::Octal(max) => {
            let digits = text(word).ok().filter(|w| !w.starts_with('+'));
            let value = digits.and_then(|w| i64::from_str_radix(w, 8).ok());
            let value = value.ok_or("argument couldn't be parsed as an octal number")?;
            let fits = (0..=i64::from(max)).contains(&value);
            if fits { Ok(value.into()) } else { Err(between(0, format_args!("{max:o}"))) }
        }
        Kind::Memory(min, max) => {
            let value = memory::parse(word).ok_or("argument must be a memory value")?;
            in_bounds(value.into(), min.into(), max.into())
        }
        Kind::Int(min, max, _) => {
            let value = number::parse_i64(word).ok_or("argument couldn't be parsed into an integer")?;
            in_bounds(value.into(), min.into(), max.into())
        }
        _ => Err("not a number".into()),
    }
}

macro_rules! number_fields {
    ($($ty:ty)*) => { $(
        impl Field for $ty {
            fn take(&mut self, kind: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
                let value = parse_number(kind, single(words)?)?;
                *self = <$ty>::try_from(value).map_err(|_| between(<$ty>::MIN, <$ty>::MAX))?;
                Ok(())
            }

            fn show(&self, kind: &Kind) -> Vec<u8> {
                match kind {
                    Kind::Octal(_) => format!("{self:o}").into_bytes(),
                    _ => self.to_string().into_bytes(),
                }
            }

            fn lines(&self, kind: &Kind, name: &str, default: &Self) -> Lines {
                let value = match (kind, u64::try_from(*self)) {
                    (Kind::Memory(..), Ok(bytes)) => memory::format(bytes).into_bytes(),
                    _ => self.show(kind),
                };
                one_line(name, &value, self != default)
            }
        }
    )* };
}

number_fields!(u16 u32 u64 usize i32 i64);

/// A limit in bytes, or as a share of `maxmemory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryOrPercent {
    /// Bytes; 0 means no limit.
    Bytes(u64),
    /// Percent of `maxmemory`, 1 to 100.
    Percent(u8),
}

impl Field for MemoryOrPercent {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let word = single(words)?;
        if let Some(bytes) = memory::parse(word) {
            let most = i64::MAX.cast_unsigned();
            *self = if bytes <= most { Self::Bytes(bytes) } else { return Err(between(-100, most)) };
            return Ok(());
        }
        let share = word.strip_suffix(b"%").and_then(number::parse_i64).filter(|n| *n >= 0);
        let share = share.ok_or("argument must be a memory or percent value")?;
        *self = match u8::try_from(share) {
            Ok(0) => Self::Bytes(0),
            Ok(percent @ 1..=100) => Self::Percent(percent),
            _ => return Err("percentage argument must be less or equal to 100".into()),
        };
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.to_string().into_bytes(),
            Self::Percent(percent) => format!("{percent}%").into_bytes(),
        }
    }

    fn lines(&self, kind: &Kind, name: &str, default: &Self) -> Lines {
        let value = match self {
            Self::Bytes(bytes) => memory::format(*bytes).into_bytes(),
            Self::Percent(_) => self.show(kind),
        };
        one_line(name, &value, self != default)
    }
}

// ---------------------------------------------------------------------------------------------
// texts

fn checked(kind: &Kind, word: &[u8]) -> Result<String, Refusal> {
    let word = text(word)?;
    if let Kind::Text(check) | Kind::OptionalText(check) = kind {
        check(word)?;
    }
    Ok(word.to_owned())
}

impl Field for String {
    fn take(&mut self, kind: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        *self = checked(kind, single(words)?)?;
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn lines(&self, _: &Kind, name: &str, default: &Self) -> Lines {
        one_line(name, &quoted(self.as_bytes()), self != default)
    }
}

impl Field for Option<String> {
    fn take(&mut self, kind: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let value = checked(kind, single(words)?)?;
        *self = (!value.is_empty()).then_some(value);
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        self.clone().unwrap_or_default().into_bytes()
    }

    fn lines(&self, _: &Kind, name: &str, default: &Self) -> Lines {
        match self {
            None => Lines::Write(Vec::new()),
            Some(value) => one_line(name, &quoted(value.as_bytes()), self != default),
        }
    }
}

/// A password or user name: any bytes, never shown by `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The bytes, when one is set.
    pub fn get(&self) -> Option<&[u8]> {
        (!self.0.is_empty()).then_some(self.0.as_slice())
    }

    /// A secret of these bytes; none when they are empty.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "Secret(none)" } else { "Secret(***)" })
    }
}

impl Field for Secret {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        self.0 = single(words)?.to_vec();
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        self.0.clone()
    }

    fn lines(&self, _: &Kind, name: &str, default: &Self) -> Lines {
        match self.get() {
            None => Lines::Write(Vec::new()),
            Some(value) => one_line(name, &quoted(value), self != default),
        }
    }
}

/// The working folder, absolute and without links. Every relative file name of the configuration is
/// relative to it; a relative `dir` is relative to the one before.
impl Field for PathBuf {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let wanted = self.join(text(single(words)?)?);
        // The final "." makes the system check what entering the folder would: that it is one, and
        // that it may be searched.
        let entered = wanted.join(".").metadata().and_then(|_| wanted.canonicalize());
        *self = entered.map_err(|error| os_reason(&error))?;
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        self.to_string_lossy().into_owned().into_bytes()
    }

    fn lines(&self, kind: &Kind, name: &str, _: &Self) -> Lines {
        one_line(name, &quoted(&self.show(kind)), true)
    }
}

// ---------------------------------------------------------------------------------------------
// one of several words

/// Finds the place of `word` in `names`, or Redis's refusal that lists them.
fn choose(names: &[&str], word: &[u8]) -> Result<usize, Refusal> {
    let place = names.iter().position(|name| word.eq_ignore_ascii_case(name.as_bytes()));
    place.ok_or_else(|| format!("argument(s) must be one of the following: {}", names.join(", ")).into())
}

/// Defines an enum of words; a variant's first word is the one that is printed.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $($word:literal)|+,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every word that is accepted, in the order in which refusals list them.
            pub const NAMES: &'static [&'static str] = &[$($($word,)+)*];
            const PAIRS: &'static [(&'static str, Self)] = &[$($(($word, Self::$variant),)+)*];

            /// The word that is printed for it.
            pub fn name(self) -> &'static str {
                Self::PAIRS.iter().find(|(_, value)| *value == self).map_or("unknown", |(word, _)| word)
            }
        }

        impl Field for $name {
            fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
                // Several words are refused as a word that nothing matches, as Redis does it.
                let word = single(words).unwrap_or_default();
                let place = choose(Self::NAMES, word)?;
                if let Some((_, value)) = Self::PAIRS.get(place) {
                    *self = *value;
                }
                Ok(())
            }

            fn show(&self, _: &Kind) -> Vec<u8> {
                self.name().as_bytes().to_vec()
            }
        }
    };
}

choices! {
    /// What goes when `maxmemory` is reached.
    MaxmemoryPolicy {
        /// Least recently used keys that have an expiry.
        VolatileLru = "volatile-lru",
        /// Least frequently used keys that have an expiry.
        VolatileLfu = "volatile-lfu",
        /// Any keys that have an expiry.
        VolatileRandom = "volatile-random",
        /// Keys that expire soonest.
        VolatileTtl = "volatile-ttl",
        /// Least recently used keys.
        AllkeysLru = "allkeys-lru",
        /// Least frequently used keys.
        AllkeysLfu = "allkeys-lfu",
        /// Any keys.
        AllkeysRandom = "allkeys-random",
        /// Nothing: writes that need memory are refused.
        NoEviction = "noeviction",
    }
}
choices! {
    /// The syslog facility.
    SyslogFacility {
        /// user
        User = "user",
        /// local0
        Local0 = "local0",
        /// local1
        Local1 = "local1",
        /// local2
        Local2 = "local2",
        /// local3
        Local3 = "local3",
        /// local4
        Local4 = "local4",
        /// local5
        Local5 = "local5",
        /// local6
        Local6 = "local6",
        /// local7
        Local7 = "local7",
    }
}
choices! {
    /// The least important log lines that are still written.
    LogLevel {
        /// Everything.
        Debug = "debug",
        /// Much, but not each detail.
        Verbose = "verbose",
        /// What an operator wants to know.
        Notice = "notice",
        /// Only what is important or critical.
        Warning = "warning",
        /// No line at all.
        Nothing = "nothing",
    }
}
choices! {
    /// Who watches over the process and wants to be told that it is ready.
    Supervised {
        /// Upstart: the process stops itself once.
        Upstart = "upstart",
        /// systemd: `READY=1` goes to `$NOTIFY_SOCKET`.
        Systemd = "systemd",
        /// Whichever of both the environment shows.
        Auto = "auto",
        /// Nobody.
        No = "no",
    }
}
choices! {
    /// When the append-only file is forced to disk.
    AppendFsync {
        /// Once a second.
        Everysec = "everysec",
        /// Before a write is acknowledged.
        Always = "always",
        /// When the system likes.
        No = "no",
    }
}
choices! {
    /// Whether a replica may read a full copy straight from the socket.
    ReplDisklessLoad {
        /// Never: by way of a file.
        Disabled = "disabled",
        /// Only into an empty keyspace.
        OnEmptyDb = "on-empty-db",
        /// Into a second keyspace, which takes the place of the old one at the end.
        Swapdb = "swapdb",
    }
}
choices! {
    /// Whether TLS clients must show a certificate.
    TlsAuthClients {
        /// Not asked for.
        No = "no",
        /// Required.
        Yes = "yes",
        /// Checked when shown.
        Optional = "optional",
    }
}
choices! {
    /// Whether the kernel's out-of-memory score is adjusted.
    OomScoreAdj {
        /// Left alone.
        No = "no",
        /// The values are added to what the process started with.
        Relative = "yes" | "relative",
        /// The values are set as they are.
        Absolute = "absolute",
    }
}
choices! {
    /// The channels that a new ACL user may use.
    AclPubsubDefault {
        /// All.
        AllChannels = "allchannels",
        /// None.
        ResetChannels = "resetchannels",
    }
}
choices! {
    /// Whether serialized values that arrive are checked deeply.
    SanitizeDumpPayload {
        /// No.
        No = "no",
        /// Always.
        Yes = "yes",
        /// Only what clients send with RESTORE.
        Clients = "clients",
    }
}
choices! {
    /// Who may do something dangerous.
    ProtectedAction {
        /// Nobody.
        No = "no",
        /// Everybody.
        Yes = "yes",
        /// Clients on this machine.
        Local = "local",
    }
}
choices! {
    /// Which address cluster nodes tell clients.
    EndpointType {
        /// The IP address.
        Ip = "ip",
        /// The announced host name.
        Hostname = "hostname",
        /// None: clients keep using the one they know.
        Unknown = "unknown-endpoint",
    }
}
choices! {
    /// What happens when a command that came from the master or the AOF fails.
    PropagationError {
        /// It is logged.
        Ignore = "ignore",
        /// The process ends.
        Panic = "panic",
        /// The process ends when it is a replica.
        PanicOnReplicas = "panic-on-replicas",
    }
}

impl ProtectedAction {
    /// Whether a client may, given whether it is on this machine (loopback or unix socket).
    pub fn allows(self, local: bool) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Local => local,
        }
    }
}

/// The options of a shutdown that a signal asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShutdownFlags {
    /// Save even when no save points are set.
    pub save: bool,
    /// Do not save even when save points are set.
    pub nosave: bool,
    /// Do not wait for replicas that lag behind.
    pub now: bool,
    /// Ignore errors that would otherwise keep the server up.
    pub force: bool,
}

impl ShutdownFlags {
    /// The words, in the order in which they are printed.
    pub const NAMES: &'static [&'static str] = &["default", "save", "nosave", "now", "force"];
}

impl Field for ShutdownFlags {
    fn take(&mut self, _: &Kind, words: &[&[u8]], _: Origin) -> Result<(), Refusal> {
        let mut wanted = Self::default();
        if words.is_empty() {
            choose(Self::NAMES, b"")?;
        }
        for word in words {
            match choose(Self::NAMES, word)? {
                1 => wanted.save = true,
                2 => wanted.nosave = true,
                3 => wanted.now = true,
                4 => wanted.force = true,
                _ => {}
            }
        }
        if wanted.save && wanted.nosave {
            return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".into());
        }
        *self = wanted;
        Ok(())
    }

    fn show(&self, _: &Kind) -> Vec<u8> {
        let flags = [self.save, self.nosave, self.now, self.force];
        let names: Vec<&str> =
            Self::NAMES.iter().skip(1).zip(flags).filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        if names.is_empty() { b"default".to_vec() } else { names.join(" ").into_bytes() }
    }
}
