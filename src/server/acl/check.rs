//! May a user run a command with these arguments? Asked for every command of whoever may not do everything.
//!
//! ```text
//! for each selector:  command -> its keys, as the catalog finds them -> its channels -> its databases
//!                     all of it allowed by one selector: it may
//! ```

use crate::catalog::{self, Channels, Command, Finder, KeySpec, Touches, flags, key_flags};
use crate::resp::{Args, number};

use super::rules::Rules;
use super::selector::{READ, Selector, WRITE};

/// What a user may not do. Of several selectors' denials the greatest is told: the one that came furthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denial {
    /// Run the command.
    Command,
    /// Use the key at this argument.
    Key(usize),
    /// Use the channel at this argument.
    Channel(usize),
    /// Use the database at this argument (0: the selected one, or all of them).
    Database(usize),
}

impl Denial {
    /// The argument that is denied; the name for the command itself.
    pub fn at(self) -> usize {
        match self {
            Denial::Command => 0,
            Denial::Key(at) | Denial::Channel(at) | Denial::Database(at) => at,
        }
    }

    /// The reason as ACL LOG names it.
    pub fn reason(self) -> &'static str {
        match self {
            Denial::Command => "command",
            Denial::Key(_) => "key",
            Denial::Channel(_) => "channel",
            Denial::Database(_) => "database",
        }
    }

    /// What is denied.
    pub fn object<'a>(self, command: &'static Command, args: Args<'a>) -> &'a [u8] {
        if self == Denial::Command { command.full_name.as_bytes() } else { args.at(self.at()) }
    }

    /// The error without its code. It does not name the key or the channel: the client may not even know of it.
    pub fn short(self, user: &str, command: &'static Command) -> String {
        match self {
            Denial::Command => {
                format!("User {user} has no permissions to run the '{}' command", command.full_name)
            }
            Denial::Key(_) => "No permissions to access a key".into(),
            Denial::Channel(_) => "No permissions to access a channel".into(),
            Denial::Database(_) => "No permissions to access database".into(),
        }
    }

    /// The same for an administrator: it names what is denied.
    pub fn long(self, user: &str, command: &'static Command, args: Args<'_>) -> String {
        let object = String::from_utf8_lossy(self.object(command, args)).into_owned();
        match self {
            Denial::Command => self.short(user, command),
            Denial::Key(_) => format!("User {user} has no permissions to access the '{object}' key"),
            Denial::Channel(_) => format!("User {user} has no permissions to access the '{object}' channel"),
            Denial::Database(_) => format!("User {user} has no permissions to access database {object}"),
        }
    }
}

/// May this command run in this database?
pub fn check(rules: &Rules, command: &'static Command, args: Args<'_>, db: usize) -> Result<(), Denial> {
    let request = Request { command, args, db };
    let own = request.check(rules.own_selector());
    if own.is_ok() || rules.more_selectors().is_empty() { own } else { request.check_more(rules, own) }
}

/// May it run, by a selector that may also read every key (SORT with patterns)?
pub fn may_read_all(rules: &Rules, command: &'static Command, args: Args<'_>, db: usize) -> bool {
    let request = Request { command, args, db };
    rules.is_free()
        || rules.selectors().any(|selector| selector.reads_all_keys() && request.check(selector).is_ok())
}

/// A command that is asked for.
struct Request<'a> {
    command: &'static Command,
    args: Args<'a>,
    db: usize,
}

impl Request<'_> {
    /// The user's own selector does not allow it: the others may.
    #[cold]
    fn check_more(&self, rules: &Rules, mut worst: Result<(), Denial>) -> Result<(), Denial> {
        for selector in rules.more_selectors() {
            match self.check(selector) {
                Ok(()) => return Ok(()),
                denial => worst = worst.max(denial),
            }
        }
        worst
    }

    fn check(&self, selector: &Selector) -> Result<(), Denial> {
        if !selector.allows_command(self.command) && !self.is_let_through(selector) {
            return Err(Denial::Command);
        }
        if !selector.allows_all_keys() {
            self.check_keys(selector)?;
        }
        if !selector.allows_all_channels()
            && self.command.is(flags::PUBSUB)
            && let Some(channels) = catalog::channels(self.command)
        {
            self.check_channels(selector, channels)?;
        }
        if selector.allows_all_dbs() { Ok(()) } else { self.check_dbs(selector) }
    }

    /// Commands of logging in are everybody's, and some may run with certain first arguments.
    #[cold]
    fn is_let_through(&self, selector: &Selector) -> bool {
        let first = self.args.get(if self.command.parent.is_some() { 2 } else { 1 });
        self.command.is(flags::NO_AUTH) || selector.allows_first_argument(self.command, first)
    }

    #[inline]
    fn check_keys(&self, selector: &Selector) -> Result<(), Denial> {
        let may = |at: usize, flags: u16| {
            if selector.allows_key(self.args.at(at), access(flags)) { Ok(()) } else { Err(Denial::Key(at)) }
        };
        if let (Touches::FirstArgument, Finder::Specs, [KeySpec { flags, .. }]) =
            (self.command.touches, self.command.finder, self.command.key_specs)
        {
            return if self.args.len() > 1 { may(1, *flags) } else { Ok(()) };
        }
        if !self.command.has_keys() {
            return Ok(());
        }
        let mut keys = Vec::new();
        catalog::keys_to_lock(self.command, self.args.len(), |i| self.args.at(i), &mut keys);
        keys.iter().try_for_each(|key| may(key.at, key.flags))
    }

    fn check_channels(&self, selector: &Selector, channels: Channels) -> Result<(), Denial> {
        let last = channels.most.map_or(self.args.len(), |most| self.args.len().min(1 + most));
        for at in 1..last {
            if !selector.allows_channel(self.args.at(at), channels.patterns) {
                return Err(Denial::Channel(at));
            }
        }
        Ok(())
    }

    /// Valkey's rule: the selected database for whatever uses keys, those that arguments name, and all of them
    /// for FLUSHALL.
    fn check_dbs(&self, selector: &Selector) -> Result<(), Denial> {
        let named = |at: usize| {
            let db = self.args.get(at).and_then(number::parse_i64).and_then(|db| usize::try_from(db).ok());
            if db.is_none_or(|db| selector.allows_db(db)) { Ok(()) } else { Err(Denial::Database(at)) }
        };
        match self.command.full_name {
            "select" => return named(1),
            "swapdb" => return named(1).and_then(|()| named(2)),
            "flushall" => return Err(Denial::Database(0)),
            "move" => named(2)?,
            "copy" => {
                // The last one counts: all of them must be allowed.
                let mut options =
                    (3..self.args.len()).filter(|at| self.args.at(*at).eq_ignore_ascii_case(b"db"));
                options.try_for_each(|at| named(at + 1))?;
            }
            _ => {}
        }
        let uses_keys = flags::WRITE | flags::READONLY | flags::RUNS_SCRIPT;
        let bound = self.command.flags & uses_keys != 0 || self.command.has_keys();
        if !bound || selector.allows_db(self.db) { Ok(()) } else { Err(Denial::Database(0)) }
    }
}

/// What must be allowed for what happens to a key.
fn access(flags: u16) -> u8 {
    const WRITES: u16 = key_flags::INSERT | key_flags::DELETE | key_flags::UPDATE;
    let read = if flags & key_flags::ACCESS != 0 { READ } else { 0 };
    read | if flags & WRITES != 0 { WRITE } else { 0 }
}
