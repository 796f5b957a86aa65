//! What a user may do and how it proves who it is: the rules of ACL SETUSER, one after the other.
//!
//! ```text
//! on off nopass resetpass >password #hash <password !hash sanitize-payload skip-sanitize-payload reset
//! (selector ...) clearselectors, and everything a selector understands: for the user's own selector
//! ```

use crate::catalog::Command;
use crate::resp::Args;

use super::check::{self, Denial};
use super::selector::{Selector, has_spaces};

/// SHA-256 in lower-case hexadecimal digits.
type Hash = [u8; 64];

/// Why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such rule, or a bad pattern.
    Syntax,
    /// No such command or category.
    Unknown,
    /// A key pattern where all keys are allowed.
    KeysAfterAll,
    /// A channel pattern where all channels are allowed.
    ChannelsAfterAll,
    /// The password to take away is not there.
    NoSuchPassword,
    /// Not a SHA-256 in hexadecimal digits.
    BadHash,
    /// `+command|subcommand|argument`.
    ArgumentOfSubcommand,
    /// No such database.
    Database,
}

impl Refusal {
    /// The words of Redis.
    pub fn as_str(self) -> &'static str {
        match self {
            Refusal::Syntax => "Syntax error",
            Refusal::Unknown => "Unknown command or category name in ACL",
            Refusal::KeysAfterAll => {
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"
            }
            Refusal::ChannelsAfterAll => {
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels"
            }
            Refusal::NoSuchPassword => "The password you are trying to remove from the user does not exist",
            Refusal::BadHash => {
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
            }
            Refusal::ArgumentOfSubcommand => "Allowing first-arg of a subcommand is not supported",
            Refusal::Database => "The provided database ID is out of range",
        }
    }
}

/// The state of a user.
#[derive(Clone)]
pub struct Rules {
    enabled: bool,
    nopass: bool,
    skip_sanitize: bool,
    passwords: Vec<Hash>,
    /// The user's own selector, then those in parentheses.
    own: Selector,
    more: Vec<Selector>,
    free: bool,
}

/// Without the hashes of passwords.
impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rules({})", String::from_utf8_lossy(&self.own.describe()))
    }
}

impl Rules {
    /// A new user's: off, no password, nothing allowed.
    pub fn new(every_channel: bool) -> Rules {
        let own = Selector::new(every_channel);
        Rules {
            enabled: false,
            nopass: false,
            skip_sanitize: false,
            passwords: Vec::new(),
            own,
            more: Vec::new(),
            free: false,
        }
    }

    /// The default user's at first: on, no password asked for, everything allowed.
    pub fn all() -> Rules {
        let mut rules = Rules::new(true);
        (rules.enabled, rules.nopass) = (true, true);
        for rule in [&b"+@all"[..], b"~*"] {
            let taken = rules.own.apply(rule);
            debug_assert!(taken.is_ok());
        }
        rules.compile();
        rules
    }

    /// Takes rules one after the other; the first that is refused ends it, and comes back with the reason. The
    /// caller throws the half-changed state away. `every_channel` is `acl-pubsub-default`.
    pub fn apply_all<'r>(
        &mut self,
        rules: impl IntoIterator<Item = &'r Vec<u8>>,
        every_channel: bool,
    ) -> Result<(), (&'r [u8], Refusal)> {
        for rule in rules {
            self.apply(rule, every_channel).map_err(|why| (rule.as_slice(), why))?;
        }
        self.compile();
        Ok(())
    }

    fn compile(&mut self) {
        self.own.compile();
        let free = self.selectors().any(Selector::allows_everything);
        self.free = free;
    }

    /// Takes one rule; on refusal nothing has changed. Checks see it after [`Rules::apply_all`] alone.
    pub fn apply(&mut self, rule: &[u8], every_channel: bool) -> Result<(), Refusal> {
        match (rule, rule.to_ascii_lowercase().as_slice()) {
            ([], _) => {}
            (_, b"on") => self.enabled = true,
            (_, b"off") => self.enabled = false,
            (_, b"skip-sanitize-payload") => self.skip_sanitize = true,
            (_, b"sanitize-payload") => self.skip_sanitize = false,
            (_, b"nopass") => self.set_nopass(true),
            (_, b"resetpass") => self.set_nopass(false),
            (_, b"clearselectors") => self.more.clear(),
            (_, b"reset") => *self = Rules::new(every_channel),
            ([b'>', password @ ..], _) => self.add_password(hashed(password)),
            ([b'#', hash @ ..], _) => self.add_password(parse_hash(hash)?),
            ([b'<', password @ ..], _) => self.remove_password(&hashed(password))?,
            ([b'!', hash @ ..], _) => self.remove_password(&parse_hash(hash)?)?,
            ([b'(', .., b')'], _) => self.more.push(Selector::parse(rule, every_channel)?),
            _ => self.own.apply(rule)?,
        }
        Ok(())
    }

    fn set_nopass(&mut self, nopass: bool) {
        self.nopass = nopass;
        self.passwords.clear();
    }

    fn add_password(&mut self, hash: Hash) {
        if !self.passwords.contains(&hash) {
            self.passwords.push(hash);
        }
        self.nopass = false;
    }

    fn remove_password(&mut self, hash: &Hash) -> Result<(), Refusal> {
        let at = self.passwords.iter().position(|known| known == hash).ok_or(Refusal::NoSuchPassword)?;
        self.passwords.remove(at);
        Ok(())
    }

    /// `requirepass`: the only password, or none is asked for.
    pub fn set_password(&mut self, password: Option<&[u8]>) {
        self.set_nopass(password.is_none());
        if let Some(password) = password {
            self.add_password(hashed(password));
        }
    }

    /// Can anybody log in so?
    pub fn admits(&self, password: &[u8]) -> bool {
        self.enabled && (self.nopass || self.knows(&hashed(password)))
    }

    /// Is it one of the passwords? Takes as long whatever is right or wrong about it.
    fn knows(&self, hash: &Hash) -> bool {
        let differs = |known: &Hash| known.iter().zip(hash).fold(0, |all, (a, b)| all | (a ^ b)) != 0;
        self.passwords.iter().fold(false, |any, known| any | !differs(known))
    }

    /// Does nobody have to log in as this user?
    pub fn is_open(&self) -> bool {
        self.enabled && self.nopass
    }

    /// Is no password asked for?
    pub fn is_without_password(&self) -> bool {
        self.nopass
    }

    /// May one log in at all?
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Is nothing forbidden?
    #[inline]
    pub fn is_free(&self) -> bool {
        self.free
    }

    /// Its own selector first, then those in parentheses.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        std::iter::once(&self.own).chain(&self.more)
    }

    /// The selectors in parentheses.
    pub fn more_selectors(&self) -> &[Selector] {
        &self.more
    }

    /// The user's own selector.
    pub fn own_selector(&self) -> &Selector {
        &self.own
    }

    /// May this command run in this database?
    pub fn check(&self, command: &'static Command, args: Args<'_>, db: usize) -> Result<(), Denial> {
        if self.free { Ok(()) } else { check::check(self, command, args, db) }
    }

    /// The flags as ACL GETUSER shows them.
    pub fn flags(&self) -> Vec<&'static str> {
        let mut flags = vec![if self.enabled { "on" } else { "off" }];
        flags.extend(self.nopass.then_some("nopass"));
        flags.push(if self.skip_sanitize { "skip-sanitize-payload" } else { "sanitize-payload" });
        flags
    }

    /// The hashes of its passwords.
    pub fn hashes(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.passwords.iter().map(<[u8; 64]>::as_slice)
    }

    /// All of it as rules that bring it back.
    pub fn describe(&self) -> Vec<u8> {
        let mut parts: Vec<Vec<u8>> = self.flags().iter().map(|flag| flag.as_bytes().to_vec()).collect();
        parts.extend(self.hashes().map(|hash| [b"#", hash].concat()));
        parts.push(self.own.describe());
        parts.extend(self.more.iter().map(|selector| [b"(", &*selector.describe(), b")"].concat()));
        parts.join(&b' ')
    }
}

fn hashed(password: &[u8]) -> Hash {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hash = [0; 64];
    for (pair, byte) in hash.chunks_exact_mut(2).zip(hmac_sha256::Hash::hash(password)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    hash
}

fn parse_hash(text: &[u8]) -> Result<Hash, Refusal> {
    let hash = Hash::try_from(text).map_err(|_| Refusal::BadHash)?;
    let digits = hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits { Ok(hash) } else { Err(Refusal::BadHash) }
}

/// Puts the words of a selector together that came as several; the word that opens one without an end is the
/// error.
pub fn join_selectors<'w>(words: &[&'w [u8]]) -> Result<Vec<Vec<u8>>, &'w [u8]> {
    let mut joined: Vec<Vec<u8>> = Vec::with_capacity(words.len());
    let mut open: Option<&[u8]> = None;
    for word in words {
        let ends = word.ends_with(b")");
        match (open, joined.last_mut()) {
            (Some(_), Some(selector)) => {
                selector.push(b' ');
                selector.extend_from_slice(word);
                open = open.filter(|_| !ends);
            }
            _ => {
                joined.push(word.to_vec());
                open = (word.starts_with(b"(") && !ends).then_some(word);
            }
        }
    }
    open.map_or(Ok(joined), Err)
}

/// Can this be the name of a user?
pub fn is_user_name(name: &[u8]) -> bool {
    !has_spaces(name)
}
