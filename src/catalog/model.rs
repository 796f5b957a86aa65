//! What the catalog knows about a command, and the `const` builders its tables are written with.
//!
//! A row reads like this (see any of the group files):
//!
//! ```text
//! command("get", 2, READONLY | FAST, acl::STRING)          name, arity, flags, ACL categories
//!     .docs("1.0.0", "O(1)", "Gives the value of a key.")  since, complexity, what it does
//!     .keys(&[index(1, RO | ACCESS)])                      where its keys are, what happens to them
//!     .args(&[key("key", 0)])                              its syntax
//! ```
//!
//! Only facts that cannot be derived stand in a row. Derived when the catalog is built: ids, parents,
//! implied ACL categories, the legacy first/last/step triple, MOVABLEKEYS, and what a command locks.

use std::ops::Range;

/// How a command behaves and when it may run. The values of `Command::flags`.
pub mod flags {
    /// Declares one bit per line, lowest first.
    macro_rules! bits {
        ($($(#[$doc:meta])+ $name:ident = $bit:expr;)+) => {
            $($(#[$doc])+ pub const $name: u32 = 1 << $bit;)+
        };
    }
    bits! {
        /// Changes data.
        WRITE = 0;
        /// Reads data.
        READONLY = 1;
        /// May grow memory: refused above `maxmemory`.
        DENYOOM = 2;
        /// Administration.
        ADMIN = 3;
        /// Publish/subscribe.
        PUBSUB = 4;
        /// Not in scripts.
        NOSCRIPT = 5;
        /// May wait for a key.
        BLOCKING = 6;
        /// Allowed while the data set is loading.
        LOADING = 7;
        /// Allowed on a replica that lost its master and must not show stale data.
        STALE = 8;
        /// Not shown to MONITOR.
        SKIP_MONITOR = 9;
        /// Not recorded in the slow log.
        SKIP_SLOWLOG = 10;
        /// Accepts a slot that is being imported.
        ASKING = 11;
        /// Constant or logarithmic time.
        FAST = 12;
        /// Allowed before AUTH.
        NO_AUTH = 13;
        /// May reach replicas although it writes no data.
        MAY_REPLICATE = 14;
        /// May be called without any key.
        NO_MANDATORY_KEYS = 15;
        /// Switched off unless the configuration allows it.
        PROTECTED = 16;
        /// Not while a replica loads in the background.
        NO_ASYNC_LOADING = 17;
        /// Not in MULTI.
        NO_MULTI = 18;
        /// Keys are not all at fixed places (derived).
        MOVABLEKEYS = 19;
        /// Allowed while a script runs too long.
        ALLOW_BUSY = 20;
        /// May touch keys its arguments do not name.
        TOUCHES_ARBITRARY_KEYS = 21;
        /// Ours: works on the whole keyspace, so it runs with every shard held.
        WHOLE_KEYSPACE = 22;
        /// Ours: BY and GET patterns may name keys of any shard.
        KEYS_BY_PATTERN = 23;
        /// Ours: runs Lua that may call commands, so it needs its turn before any shard.
        RUNS_SCRIPT = 24;
    }

    /// The flags COMMAND INFO shows, in its order. The others are internal.
    pub const SHOWN: [(u32, &str); 19] = [
        (WRITE, "write"),
        (READONLY, "readonly"),
        (DENYOOM, "denyoom"),
        (ADMIN, "admin"),
        (PUBSUB, "pubsub"),
        (NOSCRIPT, "noscript"),
        (BLOCKING, "blocking"),
        (LOADING, "loading"),
        (STALE, "stale"),
        (SKIP_MONITOR, "skip_monitor"),
        (SKIP_SLOWLOG, "skip_slowlog"),
        (ASKING, "asking"),
        (FAST, "fast"),
        (NO_AUTH, "no_auth"),
        (NO_MANDATORY_KEYS, "no_mandatory_keys"),
        (NO_ASYNC_LOADING, "no_async_loading"),
        (NO_MULTI, "no_multi"),
        (MOVABLEKEYS, "movablekeys"),
        (ALLOW_BUSY, "allow_busy"),
    ];
}

/// ACL categories. The values of `Command::acl`.
pub mod acl {
    /// No category beyond those that follow from the flags.
    pub const NONE: u32 = 0;

    /// Declares one bit per category, in the order ACL CAT lists them, and the table of names.
    macro_rules! categories {
        ($($name:ident $text:literal;)+) => {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "names of bits")]
            enum Bit { $($name),+ }
            $(#[doc = concat!("The category @", $text, ".")] pub const $name: u32 = 1 << Bit::$name as u32;)+
            /// All categories with their names, in Redis's order.
            pub const ALL: &[(u32, &str)] = &[$(($name, $text)),+];
        };
    }
    categories! {
        KEYSPACE "keyspace";
        READ "read";
        WRITE "write";
        SET "set";
        SORTEDSET "sortedset";
        LIST "list";
        HASH "hash";
        STRING "string";
        BITMAP "bitmap";
        HYPERLOGLOG "hyperloglog";
        GEO "geo";
        STREAM "stream";
        PUBSUB "pubsub";
        ADMIN "admin";
        FAST "fast";
        SLOW "slow";
        BLOCKING "blocking";
        DANGEROUS "dangerous";
        CONNECTION "connection";
        TRANSACTION "transaction";
        SCRIPTING "scripting";
    }
}

/// What happens to a key. The values of `KeySpec::flags`.
pub mod key_flags {
    /// Its value or metadata is read.
    pub const RO: u16 = 1 << 0;
    /// Its value or metadata is changed, and the old one matters.
    pub const RW: u16 = 1 << 1;
    /// Its value is replaced, whatever it was.
    pub const OW: u16 = 1 << 2;
    /// It is removed.
    pub const RM: u16 = 1 << 3;
    /// User data is returned or copied.
    pub const ACCESS: u16 = 1 << 4;
    /// User data is changed.
    pub const UPDATE: u16 = 1 << 5;
    /// User data is added, none is changed.
    pub const INSERT: u16 = 1 << 6;
    /// User data is removed.
    pub const DELETE: u16 = 1 << 7;
    /// Not a key: only routed like one.
    pub const NOT_KEY: u16 = 1 << 8;
    /// The specification does not cover every key.
    pub const INCOMPLETE: u16 = 1 << 9;
    /// Which flags apply depends on the arguments.
    pub const VARIABLE_FLAGS: u16 = 1 << 10;

    /// All of them with the names COMMAND INFO shows, in its order.
    pub const ALL: [(u16, &str); 11] = [
        (RO, "RO"),
        (RW, "RW"),
        (OW, "OW"),
        (RM, "RM"),
        (ACCESS, "access"),
        (UPDATE, "update"),
        (INSERT, "insert"),
        (DELETE, "delete"),
        (NOT_KEY, "not_key"),
        (INCOMPLETE, "incomplete"),
        (VARIABLE_FLAGS, "variable_flags"),
    ];
}

/// The chapter of the manual a command is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Group {
    Bitmap,
    Cluster,
    Connection,
    Generic,
    Geo,
    Hash,
    Hyperloglog,
    List,
    Pubsub,
    Scripting,
    Server,
    Set,
    SortedSet,
    Stream,
    String,
    Transactions,
}

impl Group {
    /// The name COMMAND DOCS shows.
    pub fn name(self) -> &'static str {
        match self {
            Group::Bitmap => "bitmap",
            Group::Cluster => "cluster",
            Group::Connection => "connection",
            Group::Generic => "generic",
            Group::Geo => "geo",
            Group::Hash => "hash",
            Group::Hyperloglog => "hyperloglog",
            Group::List => "list",
            Group::Pubsub => "pubsub",
            Group::Scripting => "scripting",
            Group::Server => "server",
            Group::Set => "set",
            Group::SortedSet => "sorted-set",
            Group::Stream => "stream",
            Group::String => "string",
            Group::Transactions => "transactions",
        }
    }
}

/// One command or subcommand.
#[derive(Clone, Debug)]
pub struct Command {
    /// Dense index over commands and subcommands: the place in [`super::all`].
    pub id: u16,
    /// Lower case, of a subcommand without its parent ("kill").
    pub name: &'static str,
    /// Lower case, of a subcommand with its parent ("client|kill").
    pub full_name: &'static str,
    /// The container of a subcommand.
    pub parent: Option<u16>,
    /// Ids of the subcommands of a container.
    pub subcommands: Range<u16>,
    /// Number of arguments, the name (and the container's name) included; negative: at least that many.
    pub arity: i16,
    /// Bits of [`flags`].
    pub flags: u32,
    /// Bits of [`acl`], the implied ones included.
    pub acl: u32,
    /// What must be locked to run it.
    pub touches: Touches,
    /// First key, last key (negative: from the end) and step, as COMMAND INFO shows them; 0, 0, 0
    /// without keys at fixed places.
    pub legacy_keys: (i16, i16, i16),
    /// Where its keys are.
    pub key_specs: &'static [KeySpec],
    /// How to find keys where the specifications do not say it all.
    pub finder: Finder,
    /// Chapter.
    pub group: Group,
    /// Version of Redis it came with.
    pub since: &'static str,
    /// Cost in O notation.
    pub complexity: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its syntax.
    pub args: &'static [Arg],
    /// Hints for clients and proxies.
    pub tips: &'static [&'static str],
    /// What later versions added: version and what.
    pub history: &'static [(&'static str, &'static str)],
    /// Only meant for the system's own use.
    pub syscmd: bool,
    /// Since when it is deprecated, and what to use in its place.
    pub deprecated: Option<(&'static str, &'static str)>,
}

impl Command {
    /// Whether all of the given [`flags`] are set.
    #[inline]
    pub fn is(&self, bits: u32) -> bool {
        self.flags & bits == bits
    }

    /// Whether `argc` arguments (the name included) are the right number.
    #[inline]
    pub fn arity_allows(&self, argc: usize) -> bool {
        let wanted = usize::from(self.arity.unsigned_abs());
        if self.arity > 0 { argc == wanted } else { argc >= wanted }
    }

    /// Names of the flags COMMAND INFO shows, in its order.
    pub fn flag_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        flags::SHOWN.iter().filter(|(bit, _)| self.is(*bit)).map(|(_, name)| *name)
    }

    /// Names of the ACL categories, without the `@`.
    pub fn acl_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        acl::ALL.iter().filter(|(bit, _)| self.acl & bit != 0).map(|(_, name)| *name)
    }

    /// Whether any argument can be a key (COMMAND GETKEYS asks).
    pub fn has_keys(&self) -> bool {
        self.finder != Finder::Specs || self.key_specs.iter().any(|spec| spec.flags & key_flags::NOT_KEY == 0)
    }
}

/// What a command locks. From the catalog alone, but for [`Touches::ListedOrEverything`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touches {
    /// No key.
    Nothing,
    /// The one key that is its first argument: the hot path.
    FirstArgument,
    /// The keys that [`super::keys()`] finds.
    Listed,
    /// The listed keys, or everything when a pattern names further ones (SORT).
    ListedOrEverything,
    /// The whole keyspace.
    Everything,
}

/// Commands whose keys, or what happens to them, only a look at all arguments can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finder {
    /// The specifications say it all.
    Specs,
    /// SET: read too when GET is given.
    Set,
    /// BITFIELD: read only when all of its operations are GET.
    Bitfield,
    /// SORT: the last STORE.
    Sort,
    /// SORT_RO: the first argument; what BY and GET name is not known.
    SortRo,
    /// MIGRATE: the third argument, or what follows KEYS.
    Migrate,
    /// GEORADIUS and GEORADIUSBYMEMBER: the last STORE or STOREDIST.
    Georadius,
    /// XREAD and XREADGROUP: half of what follows STREAMS.
    Xread,
    /// DELEX: a removal alone, or one that reads when a condition is given.
    Delex,
}

/// Where a run of keys begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginSearch {
    /// At this argument.
    Index(i16),
    /// Behind this word, looked for from this argument on (negative: from the end backwards).
    Keyword(&'static str, i16),
    /// Not to be told.
    Unknown,
}

/// Which arguments from there on are keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindKeys {
    /// Every `step`-th up to `last` (relative to the first; negative: from the end). With a `limit` and
    /// `last` of -1: the first `1/limit` of the rest.
    #[expect(missing_docs, reason = "the line above says it")]
    Range { last: i16, step: i16, limit: i16 },
    /// As many as argument `count` says, from argument `first` on (both relative to the begin).
    #[expect(missing_docs, reason = "the line above says it")]
    Keynum { count: i16, first: i16, step: i16 },
    /// Not to be told.
    Unknown,
}

/// One run of keys.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// Where it begins.
    pub begin: BeginSearch,
    /// Which arguments it takes.
    pub find: FindKeys,
    /// Bits of [`key_flags`].
    pub flags: u16,
    /// What a reader should know; may be empty.
    pub notes: &'static str,
}

/// The key at argument `at`.
pub const fn index(at: i16, flags: u16) -> KeySpec {
    range(at, 0, 1, flags)
}

/// Keys from argument `first` on, as [`FindKeys::Range`] counts.
pub const fn range(first: i16, last: i16, step: i16, flags: u16) -> KeySpec {
    spec(BeginSearch::Index(first), FindKeys::Range { last, step, limit: 0 }, flags)
}

/// Argument `at` says how many keys follow it.
pub const fn numkeys(at: i16, flags: u16) -> KeySpec {
    numkeys_step(at, 1, flags)
}

/// Argument `at` says how many keys follow it, each with `step - 1` other arguments behind it.
pub const fn numkeys_step(at: i16, step: i16, flags: u16) -> KeySpec {
    spec(BeginSearch::Index(at), FindKeys::Keynum { count: 0, first: 1, step }, flags)
}

/// The key behind `word`, looked for from argument `from` on.
pub const fn behind(word: &'static str, from: i16, flags: u16) -> KeySpec {
    spec(BeginSearch::Keyword(word, from), FindKeys::Range { last: 0, step: 1, limit: 0 }, flags)
}

/// All arguments behind `word`, or the first `1/limit` of them.
pub const fn all_behind(word: &'static str, from: i16, limit: i16, flags: u16) -> KeySpec {
    spec(BeginSearch::Keyword(word, from), FindKeys::Range { last: -1, step: 1, limit }, flags)
}

/// Keys that no specification can describe.
pub const fn unknown(flags: u16) -> KeySpec {
    spec(BeginSearch::Unknown, FindKeys::Unknown, flags)
}

const fn spec(begin: BeginSearch, find: FindKeys, flags: u16) -> KeySpec {
    KeySpec { begin, find, flags, notes: "" }
}

impl KeySpec {
    /// With a note for readers.
    pub const fn notes(mut self, notes: &'static str) -> Self {
        self.notes = notes;
        self
    }
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// Any bytes.
    String,
    /// An integer.
    Integer,
    /// A floating-point number.
    Double,
    /// The name of a key, and the key specification that covers it.
    Key(u8),
    /// A glob pattern; with a key specification when it stands for keys.
    Pattern(Option<u8>),
    /// A time since the Unix epoch.
    UnixTime,
    /// Nothing but its token.
    PureToken,
    /// One of its children.
    OneOf,
    /// All of its children, in order.
    Block,
}

impl ArgKind {
    /// The name COMMAND DOCS shows.
    pub fn name(self) -> &'static str {
        match self {
            ArgKind::String => "string",
            ArgKind::Integer => "integer",
            ArgKind::Double => "double",
            ArgKind::Key(_) => "key",
            ArgKind::Pattern(_) => "pattern",
            ArgKind::UnixTime => "unix-time",
            ArgKind::PureToken => "pure-token",
            ArgKind::OneOf => "oneof",
            ArgKind::Block => "block",
        }
    }
}

/// One argument of a command's syntax.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: ArgKind,
    /// The word in front of it.
    pub token: Option<&'static str>,
    /// May be left out.
    pub optional: bool,
    /// May be given several times.
    pub multiple: bool,
    /// The token is repeated with it.
    pub multiple_token: bool,
    /// Version it came with, when later than the command.
    pub since: Option<&'static str>,
    /// Version it is deprecated since.
    pub deprecated_since: Option<&'static str>,
    /// Name to show in its place.
    pub display: Option<&'static str>,
    /// Children of [`ArgKind::OneOf`] and [`ArgKind::Block`].
    pub children: &'static [Arg],
}

const fn arg(name: &'static str, kind: ArgKind) -> Arg {
    Arg {
        name,
        kind,
        token: None,
        optional: false,
        multiple: false,
        multiple_token: false,
        since: None,
        deprecated_since: None,
        display: None,
        children: &[],
    }
}

/// Any bytes.
pub const fn string(name: &'static str) -> Arg {
    arg(name, ArgKind::String)
}

/// An integer.
pub const fn integer(name: &'static str) -> Arg {
    arg(name, ArgKind::Integer)
}

/// A floating-point number.
pub const fn double(name: &'static str) -> Arg {
    arg(name, ArgKind::Double)
}

/// A key, covered by the key specification of that index.
pub const fn key(name: &'static str, spec: u8) -> Arg {
    arg(name, ArgKind::Key(spec))
}

/// A glob pattern.
pub const fn pattern(name: &'static str) -> Arg {
    arg(name, ArgKind::Pattern(None))
}

/// A pattern that names keys, covered by the key specification of that index.
pub const fn key_pattern(name: &'static str, spec: u8) -> Arg {
    arg(name, ArgKind::Pattern(Some(spec)))
}

/// A time since the Unix epoch.
pub const fn unix_time(name: &'static str) -> Arg {
    arg(name, ArgKind::UnixTime)
}

/// A word by itself.
pub const fn word(name: &'static str, token: &'static str) -> Arg {
    arg(name, ArgKind::PureToken).token(token)
}

/// One of several.
pub const fn one_of(name: &'static str, children: &'static [Arg]) -> Arg {
    let mut made = arg(name, ArgKind::OneOf);
    made.children = children;
    made
}

/// Several in order.
pub const fn block(name: &'static str, children: &'static [Arg]) -> Arg {
    let mut made = arg(name, ArgKind::Block);
    made.children = children;
    made
}

impl Arg {
    /// With this word in front.
    pub const fn token(mut self, token: &'static str) -> Self {
        self.token = Some(token);
        self
    }

    /// May be left out.
    pub const fn opt(mut self) -> Self {
        self.optional = true;
        self
    }

    /// May be given several times.
    pub const fn many(mut self) -> Self {
        self.multiple = true;
        self
    }

    /// May be given several times, each time with its token.
    pub const fn many_with_token(mut self) -> Self {
        self.multiple = true;
        self.multiple_token = true;
        self
    }

    /// Came with this version.
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }

    /// Deprecated since this version.
    pub const fn deprecated(mut self, version: &'static str) -> Self {
        self.deprecated_since = Some(version);
        self
    }

    /// Shown by another name than its own.
    pub const fn display(mut self, name: &'static str) -> Self {
        self.display = Some(name);
        self
    }

    /// The name to show in a syntax line.
    pub fn shown(&self) -> &'static str {
        self.display.unwrap_or(self.name)
    }
}

/// A row of a table. `full_name` of a subcommand is "parent|child"; `acl` holds what the flags do not
/// imply.
pub const fn command(full_name: &'static str, arity: i16, flags: u32, acl: u32) -> Command {
    Command {
        id: 0,
        name: full_name,
        full_name,
        parent: None,
        subcommands: 0..0,
        arity,
        flags,
        acl,
        touches: Touches::Nothing,
        legacy_keys: (0, 0, 0),
        key_specs: &[],
        finder: Finder::Specs,
        group: Group::Generic,
        since: "",
        complexity: "",
        summary: "",
        args: &[],
        tips: &[],
        history: &[],
        syscmd: false,
        deprecated: None,
    }
}

impl Command {
    /// Since when, at what cost, and what it does.
    pub const fn docs(
        mut self,
        since: &'static str,
        complexity: &'static str,
        summary: &'static str,
    ) -> Self {
        self.since = since;
        self.complexity = complexity;
        self.summary = summary;
        self
    }

    /// Where its keys are.
    pub const fn keys(mut self, specs: &'static [KeySpec]) -> Self {
        self.key_specs = specs;
        self
    }

    /// How its keys are found when the specifications are not enough.
    pub const fn found_by(mut self, finder: Finder) -> Self {
        self.finder = finder;
        self
    }

    /// Its syntax.
    pub const fn args(mut self, args: &'static [Arg]) -> Self {
        self.args = args;
        self
    }

    /// Hints for clients and proxies.
    pub const fn tips(mut self, tips: &'static [&'static str]) -> Self {
        self.tips = tips;
        self
    }

    /// What later versions added.
    pub const fn history(mut self, history: &'static [(&'static str, &'static str)]) -> Self {
        self.history = history;
        self
    }

    /// Deprecated since a version, in favour of something else.
    pub const fn deprecated(mut self, since: &'static str, replaced_by: &'static str) -> Self {
        self.deprecated = Some((since, replaced_by));
        self
    }

    /// Only meant for the system's own use.
    pub const fn system(mut self) -> Self {
        self.syscmd = true;
        self
    }
}
