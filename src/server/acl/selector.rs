//! A selector: which commands may be run on which keys, channels and databases. A user has one of its own and
//! any number in parentheses; a command may run if one of them allows all of it.
//!
//! Commands are a bit each, set and cleared by rules in the order in which they are given; the rules are kept as
//! well, since that order is what ACL LIST shows and a file brings back. A rule about a command takes the place
//! of earlier ones about it and its subcommands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::{self, Command, acl};
use crate::limits::{ACL_COMMANDS_MAX, DATABASES_MAX};
use crate::resp::quote;

use super::globs::Globs;
use super::rules::Refusal;

/// A key may be read.
pub const READ: u8 = 1;
/// A key may be written.
pub const WRITE: u8 = 1 << 1;
const READ_WRITE: u8 = READ | WRITE;

/// A bit per command of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bits([u64; ACL_COMMANDS_MAX / 64]);

impl Bits {
    fn all(on: bool) -> Bits {
        Bits([if on { u64::MAX } else { 0 }; ACL_COMMANDS_MAX / 64])
    }

    fn has(&self, id: u16) -> bool {
        self.0.get(usize::from(id) / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    fn set(&mut self, id: u16, on: bool) {
        if let Some(word) = self.0.get_mut(usize::from(id) / 64) {
            *word = *word & !(1 << (id % 64)) | u64::from(on) << (id % 64);
        }
    }
}

/// Keys, and what may be done to them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeyPattern {
    glob: Box<[u8]>,
    access: u8,
}

/// See the file's head.
#[derive(Clone, Debug)]
pub struct Selector {
    commands: Bits,
    /// No bit is clear, of commands to come neither.
    every_command: bool,
    /// It began with +@all.
    from_all: bool,
    /// The rules about commands behind +@all or -@all: `+get`, `-@admin`.
    rules: Vec<String>,
    /// First arguments with which a command may run that else may not.
    first_args: BTreeMap<u16, Vec<Box<[u8]>>>,
    every_key: bool,
    keys: Vec<KeyPattern>,
    every_channel: bool,
    channels: Vec<Box<[u8]>>,
    /// None: every database.
    dbs: Option<BTreeSet<usize>>,
    /// The keys for what is asked of them: any pattern, [`READ`], [`WRITE`], both.
    keys_for: [Arc<Globs>; 4],
    channels_for: Arc<Globs>,
}

impl Selector {
    /// It allows nothing, but in every database.
    pub fn new(every_channel: bool) -> Selector {
        Selector {
            commands: Bits::all(false),
            every_command: false,
            from_all: false,
            rules: Vec::new(),
            first_args: BTreeMap::new(),
            every_key: false,
            keys: Vec::new(),
            every_channel,
            channels: Vec::new(),
            dbs: None,
            keys_for: Default::default(),
            channels_for: Arc::default(),
        }
    }

    /// One from its text: rules in parentheses.
    pub fn parse(text: &[u8], every_channel: bool) -> Result<Selector, Refusal> {
        let mut selector = Selector::new(every_channel);
        let inner = text.strip_prefix(b"(").and_then(|text| text.strip_suffix(b")")).unwrap_or(text);
        for rule in quote::split(inner).map_err(|_| Refusal::Syntax)? {
            selector.apply(&rule)?;
        }
        selector.compile();
        Ok(selector)
    }

    /// Takes a rule; on refusal nothing has changed. [`Selector::compile`] comes after the last one.
    pub fn apply(&mut self, rule: &[u8]) -> Result<(), Refusal> {
        match rule.to_ascii_lowercase().as_slice() {
            b"allkeys" | b"~*" => self.set_keys(true),
            b"resetkeys" => self.set_keys(false),
            b"allchannels" | b"&*" => self.set_channels(true),
            b"resetchannels" => self.set_channels(false),
            b"allcommands" | b"+@all" => self.set_commands(true),
            b"nocommands" | b"-@all" => self.set_commands(false),
            b"alldbs" => self.dbs = None,
            b"resetdbs" => self.dbs = Some(BTreeSet::new()),
            lower => return self.apply_to_one(rule, lower),
        }
        Ok(())
    }

    fn apply_to_one(&mut self, rule: &[u8], lower: &[u8]) -> Result<(), Refusal> {
        match (rule, lower) {
            ([b'~', glob @ ..], _) => self.add_key(glob, READ_WRITE),
            ([b'%', rest @ ..], _) => {
                let (access, glob) = key_access(rest)?;
                self.add_key(glob, access)
            }
            ([b'&', glob @ ..], _) => self.add_channel(glob),
            (_, [sign @ (b'+' | b'-'), b'@', category @ ..]) => self.set_category(category, *sign == b'+'),
            (_, [b'+', name @ ..]) if name.contains(&b'|') => self.allow_subcommand(rule, name),
            (_, [sign @ (b'+' | b'-'), name @ ..]) => self.set_command(name, *sign == b'+'),
            (_, [b'd', b'b', b'=', list @ ..]) => self.set_dbs(list),
            _ => Err(Refusal::Syntax),
        }
    }

    fn set_keys(&mut self, all: bool) {
        self.every_key = all;
        self.keys.clear();
    }

    fn set_channels(&mut self, all: bool) {
        self.every_channel = all;
        self.channels.clear();
    }

    fn set_commands(&mut self, all: bool) {
        self.commands = Bits::all(all);
        (self.every_command, self.from_all) = (all, all);
        self.rules.clear();
        self.first_args.clear();
    }

    fn add_key(&mut self, glob: &[u8], access: u8) -> Result<(), Refusal> {
        if self.every_key {
            return Err(Refusal::KeysAfterAll);
        }
        if has_spaces(glob) {
            return Err(Refusal::Syntax);
        }
        match self.keys.iter_mut().find(|known| *known.glob == *glob) {
            Some(known) => known.access |= access,
            None => self.keys.push(KeyPattern { glob: glob.into(), access }),
        }
        Ok(())
    }

    fn add_channel(&mut self, glob: &[u8]) -> Result<(), Refusal> {
        if self.every_channel {
            return Err(Refusal::ChannelsAfterAll);
        }
        if has_spaces(glob) {
            return Err(Refusal::Syntax);
        }
        if !self.has_channel_rule(glob) {
            self.channels.push(glob.into());
        }
        Ok(())
    }

    /// Valkey's rule: exactly these databases.
    fn set_dbs(&mut self, list: &[u8]) -> Result<(), Refusal> {
        let number = |text: &[u8]| -> Result<usize, Refusal> {
            let number: i64 =
                std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).ok_or(Refusal::Syntax)?;
            usize::try_from(number).ok().filter(|db| *db < DATABASES_MAX).ok_or(Refusal::Database)
        };
        self.dbs = Some(list.split(|byte| *byte == b',').map(number).collect::<Result<_, _>>()?);
        Ok(())
    }

    fn set_category(&mut self, name: &[u8], on: bool) -> Result<(), Refusal> {
        let category = acl::ALL.iter().find(|(_, known)| known.as_bytes() == name);
        let (bit, name) = *category.ok_or(Refusal::Unknown)?;
        self.keep_rule(&format!("@{name}"), on);
        for command in catalog::all().iter().filter(|command| command.acl & bit != 0) {
            self.set_bits(command, on);
        }
        Ok(())
    }

    fn set_command(&mut self, name: &[u8], on: bool) -> Result<(), Refusal> {
        let command = catalog::lookup_full(name).ok_or(Refusal::Unknown)?;
        self.keep_rule(command.full_name, on);
        self.set_bits(command, on);
        Ok(())
    }

    /// `+command|subcommand`, or, of a command that has none, its first argument.
    fn allow_subcommand(&mut self, rule: &[u8], name: &[u8]) -> Result<(), Refusal> {
        let bar = name.iter().rposition(|byte| *byte == b'|').unwrap_or(0);
        let (container, first) = (&name[..bar], &name[bar + 1..]);
        let command = catalog::lookup_full(container).ok_or(Refusal::Unknown)?;
        if command.parent.is_some() {
            return Err(Refusal::ArgumentOfSubcommand);
        }
        if first.is_empty() {
            return Err(Refusal::Syntax);
        }
        if command.subcommands.is_empty() {
            let args = self.first_args.entry(command.id).or_default();
            if !args.iter().any(|known| **known == *first) {
                args.push(first.into());
            }
        } else {
            let sub = catalog::lookup_full(name).ok_or(Refusal::Unknown)?;
            self.set_bits(sub, true);
        }
        self.keep_rule(&String::from_utf8_lossy(&rule[1..]).to_ascii_lowercase(), true);
        Ok(())
    }

    /// The bit of a command and of its subcommands.
    fn set_bits(&mut self, command: &Command, on: bool) {
        self.commands.set(command.id, on);
        command.subcommands.clone().for_each(|sub| self.commands.set(sub, on));
        self.first_args.remove(&command.id);
        self.every_command &= on;
    }

    /// Appends a rule; earlier ones about the same, or about subcommands of it, go.
    fn keep_rule(&mut self, name: &str, on: bool) {
        let same = |rule: &String| {
            let rest = rule.get(1..).and_then(|rule| rule.strip_prefix(name));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('|'))
        };
        self.rules.retain(|rule| !same(rule));
        self.rules.push(format!("{}{name}", if on { '+' } else { '-' }));
    }

    /// Makes ready what checks look at.
    pub fn compile(&mut self) {
        let of = |access: u8| {
            let fits = self.keys.iter().filter(move |key| key.access & access == access);
            Arc::new(Globs::new(fits.map(|key| &*key.glob)))
        };
        self.keys_for = if self.keys.iter().all(|key| key.access == READ_WRITE) {
            let all = of(0);
            [Arc::clone(&all), Arc::clone(&all), Arc::clone(&all), all]
        } else {
            [of(0), of(READ), of(WRITE), of(READ_WRITE)]
        };
        self.channels_for = Arc::new(Globs::new(self.channel_globs()));
    }

    /// Is there nothing that it forbids?
    pub fn allows_everything(&self) -> bool {
        self.every_command && self.every_key && self.every_channel && self.dbs.is_none()
    }

    /// May this command run, whatever its arguments?
    #[inline]
    pub fn allows_command(&self, command: &Command) -> bool {
        self.every_command || self.commands.has(command.id)
    }

    /// May this command run with this first argument behind its name?
    pub fn allows_first_argument(&self, command: &Command, first: Option<&[u8]>) -> bool {
        let allowed = self.first_args.get(&command.id).zip(first);
        allowed.is_some_and(|(allowed, first)| allowed.iter().any(|known| known.eq_ignore_ascii_case(first)))
    }

    /// May every key be used in every way?
    pub fn allows_all_keys(&self) -> bool {
        self.every_key
    }

    /// May this key be used so ([`READ`], [`WRITE`], both, or 0: in any way)?
    pub fn allows_key(&self, key: &[u8], access: u8) -> bool {
        self.every_key || self.keys_for[usize::from(access & READ_WRITE)].matches(key)
    }

    /// May every key there can be be read? A pattern of SORT may name any.
    pub fn reads_all_keys(&self) -> bool {
        self.every_key || self.keys.iter().any(|key| key.access & READ != 0 && *key.glob == *b"*")
    }

    /// May every channel be used?
    pub fn allows_all_channels(&self) -> bool {
        self.every_channel
    }

    /// May this channel be used? A pattern to subscribe to must be one of the rules' own, word for word.
    pub fn allows_channel(&self, channel: &[u8], is_pattern: bool) -> bool {
        self.every_channel
            || if is_pattern { self.has_channel_rule(channel) } else { self.channels_for.matches(channel) }
    }

    /// Its channel patterns.
    pub fn channel_globs(&self) -> impl Iterator<Item = &[u8]> {
        self.channels.iter().map(|glob| &**glob)
    }

    /// Is it one of its channel patterns, word for word?
    pub fn has_channel_rule(&self, glob: &[u8]) -> bool {
        self.channel_globs().any(|known| known == glob)
    }

    /// May this database be used?
    pub fn allows_db(&self, db: usize) -> bool {
        self.dbs.as_ref().is_none_or(|dbs| dbs.contains(&db))
    }

    /// May every database be used?
    pub fn allows_all_dbs(&self) -> bool {
        self.dbs.is_none()
    }

    /// Its rules about commands: `-@all +get`.
    pub fn command_rules(&self) -> String {
        let first = if self.from_all { "+@all" } else { "-@all" };
        [first].into_iter().chain(self.rules.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    }

    /// Its key patterns as rules.
    pub fn key_rules(&self) -> Vec<u8> {
        if self.every_key {
            return b"~*".to_vec();
        }
        let rule = |key: &KeyPattern| match key.access {
            READ => [b"%R~", &*key.glob].concat(),
            WRITE => [b"%W~", &*key.glob].concat(),
            _ => [b"~", &*key.glob].concat(),
        };
        self.keys.iter().map(rule).collect::<Vec<_>>().join(&b' ')
    }

    /// Its channel patterns as rules.
    pub fn channel_rules(&self) -> Vec<u8> {
        if self.every_channel {
            return b"&*".to_vec();
        }
        self.channels.iter().map(|glob| [b"&", &**glob].concat()).collect::<Vec<_>>().join(&b' ')
    }

    /// Its rule about databases; none when all are allowed.
    pub fn db_rule(&self) -> Option<String> {
        let dbs = self.dbs.as_ref()?;
        let numbers: Vec<String> = dbs.iter().map(usize::to_string).collect();
        Some(if dbs.is_empty() { "resetdbs".into() } else { format!("db={}", numbers.join(",")) })
    }

    /// All of its rules, in the order in which they can be given back.
    pub fn describe(&self) -> Vec<u8> {
        let mut parts = Vec::new();
        if self.every_key || !self.keys.is_empty() {
            parts.push(self.key_rules());
        }
        if !self.every_channel {
            parts.push(b"resetchannels".to_vec());
        }
        if self.every_channel || !self.channels.is_empty() {
            parts.push(self.channel_rules());
        }
        parts.extend(self.db_rule().map(String::into_bytes));
        parts.push(self.command_rules().into_bytes());
        parts.join(&b' ')
    }
}

/// What `%R~`, `%W~` and `%RW~` allow, and the pattern behind.
fn key_access(rest: &[u8]) -> Result<(u8, &[u8]), Refusal> {
    let tilde = rest.iter().position(|byte| *byte == b'~').ok_or(Refusal::Syntax)?;
    let access = match rest[..tilde].to_ascii_uppercase().as_slice() {
        b"R" => READ,
        b"W" => WRITE,
        b"RW" | b"WR" => READ_WRITE,
        _ => return Err(Refusal::Syntax),
    };
    Ok((access, &rest[tilde + 1..]))
}

/// Blanks and zero bytes have no place in names and patterns: a file could not bring them back.
pub fn has_spaces(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b' ' | 0x09..=0x0d | 0))
}
