//! ACL: users, what they may do, and who a client acts for.
//!
//! ```text
//!  Acl ── by name ──> User { name, rules: Arc<Rules> }     rules are replaced, never changed
//!                        ^                                  each replacement moves the generation
//!  Session ── Identity { user, rules, generation seen } ────┘  looked up again when that has moved
//!
//!  globs.rs     many patterns asked at once         check.rs    may this command run?
//!  selector.rs  commands, keys, channels, databases log.rs      ACL LOG
//!  rules.rs     a user's state and its rules        file.rs     users of redis.conf and of the ACL file
//!  clients.rs   who must go when rights are taken away
//! ```
//!
//! While there is nobody but a default user who may do everything, no command is checked: `gate::ACL` is off.
//! Once on it stays on, since a client may outlive its user's rights. The lock of the users is taken by ACL
//! commands, AUTH and new connections; that of one user's rules is a leaf.

mod check;
mod clients;
mod file;
mod globs;
mod log;
mod rules;
mod selector;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

pub use check::{Denial, may_read_all};
pub use file::{LineFault, check_user_line, describe, load, load_at_start, save};
pub use log::{Context, Entry, Log};
pub use rules::{Refusal, Rules, is_user_name, join_selectors};
pub use selector::Selector;

use crate::catalog::Command;
use crate::resp::Args;
use crate::server::config::{AclPubsubDefault, Settings};
use crate::server::gate::{self, Gates};
use crate::server::session::Session;
use crate::server::sync::{reading, writing};
use crate::server::{Server, fault::Fault};

/// The user of connections that have not said who they are.
pub const DEFAULT: &[u8] = b"default";

/// A user: its name, and what it may do now.
#[derive(Debug)]
pub struct User {
    /// Its name.
    pub name: Box<[u8]>,
    rules: RwLock<Arc<Rules>>,
    gone: AtomicBool,
}

impl User {
    fn new(name: &[u8], rules: Rules) -> Arc<User> {
        let rules = RwLock::new(Arc::new(rules));
        Arc::new(User { name: name.into(), rules, gone: AtomicBool::new(false) })
    }

    /// What it may do.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&reading(&self.rules))
    }

    /// Its name as text.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// Its line of ACL LIST and of files.
    pub fn line(&self) -> Vec<u8> {
        [b"user ", &*self.name, b" ", &*self.rules().describe()].concat()
    }
}

/// All users.
#[derive(Debug)]
pub struct Acl {
    users: RwLock<BTreeMap<Box<[u8]>, Arc<User>>>,
    default: Arc<User>,
    generation: AtomicU64,
    open: AtomicBool,
    /// ACL LOG.
    pub log: Log,
}

/// Whether new users may use every channel.
pub fn every_channel(settings: &Settings) -> bool {
    settings.acl_pubsub_default == AclPubsubDefault::AllChannels
}

/// Why ACL SETUSER has changed nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum SetError {
    /// This word opens a selector that has no end.
    Unmatched(Vec<u8>),
    /// This rule is refused.
    Rule(Vec<u8>, Refusal),
}

impl Acl {
    /// The default user alone, with `requirepass`.
    pub fn new(settings: &Settings) -> Acl {
        let mut rules = Rules::all();
        rules.set_password(settings.requirepass.get());
        let default = User::new(DEFAULT, rules);
        let acl = Acl {
            users: RwLock::new(BTreeMap::from([(DEFAULT.into(), Arc::clone(&default))])),
            default,
            generation: AtomicU64::new(0),
            open: AtomicBool::new(false),
            log: Log::default(),
        };
        acl.open.store(acl.default.rules().is_open(), Ordering::Release);
        acl
    }

    /// A user by name.
    pub fn user(&self, name: &[u8]) -> Option<Arc<User>> {
        reading(&self.users).get(name).cloned()
    }

    /// All users, by name.
    pub fn all(&self) -> Vec<Arc<User>> {
        reading(&self.users).values().cloned().collect()
    }

    /// The default user.
    pub fn default_user(&self) -> &Arc<User> {
        &self.default
    }

    /// Need nobody log in?
    #[inline]
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Is no password asked for the default user?
    pub fn default_has_no_password(&self) -> bool {
        self.default.rules().is_without_password()
    }

    /// The user whose name and password these are.
    pub fn verify(&self, name: &[u8], password: &[u8]) -> Option<Arc<User>> {
        self.user(name).filter(|user| user.rules().admits(password))
    }

    /// ACL SETUSER: all of the rules or none. The user as it was, if it was there, and as it is.
    pub fn set(
        &self,
        gates: &Gates,
        name: &[u8],
        words: &[&[u8]],
        every_channel: bool,
    ) -> Result<(Option<Arc<Rules>>, Arc<User>), SetError> {
        let joined = join_selectors(words).map_err(|open| SetError::Unmatched(open.to_vec()))?;
        let mut users = writing(&self.users);
        let known = users.get(name).cloned();
        let before = known.as_ref().map(|user| user.rules());
        let mut rules =
            before.as_ref().map_or_else(|| Rules::new(every_channel), |rules| Rules::clone(rules));
        let taken = rules.apply_all(&joined, every_channel);
        taken.map_err(|(rule, why)| SetError::Rule(rule.to_vec(), why))?;
        let user = known.unwrap_or_else(|| {
            let user = User::new(name, Rules::new(every_channel));
            users.insert(name.into(), Arc::clone(&user));
            user
        });
        self.give(gates, &user, rules);
        Ok((before, user))
    }

    /// Removes a user, whose clients must go.
    fn remove(&self, gates: &Gates, name: &[u8]) -> Option<Arc<User>> {
        let user = writing(&self.users).remove(name)?;
        self.forget(gates, &user);
        Some(user)
    }

    fn forget(&self, gates: &Gates, user: &User) {
        gates.set(gate::ACL, true);
        user.gone.store(true, Ordering::Release);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// The default user's password, as `requirepass` sets it.
    pub fn set_default_password(&self, gates: &Gates, password: Option<&[u8]>) {
        let _turn = writing(&self.users); // an ACL SETUSER beside it must not be lost
        let mut rules = Rules::clone(&self.default.rules());
        rules.set_password(password);
        self.give(gates, &self.default, rules);
    }

    /// Puts other users in the place of all there are: those that are gone, and those whose rules were others,
    /// with these.
    fn replace_all(&self, gates: &Gates, new: Vec<(Vec<u8>, Rules)>) -> Replaced {
        let mut users = writing(&self.users);
        let mut old = std::mem::take(&mut *users);
        let mut replaced = Replaced::default();
        for (name, rules) in new {
            let user = match old.remove(&*name) {
                Some(user) => {
                    replaced.changed.push((user.rules(), Arc::clone(&user)));
                    user
                }
                None => User::new(&name, Rules::new(false)),
            };
            self.give(gates, &user, rules);
            users.insert(name.into(), user);
        }
        if old.remove(DEFAULT).is_some() {
            replaced.changed.push((self.default.rules(), Arc::clone(&self.default)));
            self.give(gates, &self.default, Rules::all());
            users.insert(DEFAULT.into(), Arc::clone(&self.default));
        }
        old.values().for_each(|user| self.forget(gates, user));
        replaced.gone = old.into_values().collect();
        replaced
    }

    /// The one place where a user's rules change.
    fn give(&self, gates: &Gates, user: &Arc<User>, rules: Rules) {
        if !rules.is_free() {
            gates.set(gate::ACL, true);
        }
        if Arc::ptr_eq(user, &self.default) {
            self.open.store(rules.is_open(), Ordering::Release);
        }
        *writing(&user.rules) = Arc::new(rules);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

/// What loading users changed.
#[derive(Debug, Default)]
struct Replaced {
    gone: Vec<Arc<User>>,
    changed: Vec<(Arc<Rules>, Arc<User>)>,
}

/// Who a session acts for.
#[derive(Clone, Debug)]
pub struct Identity {
    /// None for the server itself: the master's stream, the append-only file.
    user: Option<Arc<User>>,
    rules: Arc<Rules>,
    seen: u64,
}

impl Identity {
    /// The server itself, which may do everything.
    pub fn server() -> Identity {
        static FREE: OnceLock<Arc<Rules>> = OnceLock::new();
        let rules = Arc::clone(FREE.get_or_init(|| Arc::new(Rules::all())));
        Identity { user: None, rules, seen: 0 }
    }

    /// A user.
    pub fn of(acl: &Acl, user: &Arc<User>) -> Identity {
        // The generation is read first: a change in between is then seen twice, never missed.
        let seen = acl.generation.load(Ordering::Acquire);
        Identity { user: Some(Arc::clone(user)), rules: user.rules(), seen }
    }

    /// Takes up the rules as they are now; false when the user has been removed: then nothing is allowed, until its
    /// connection ends.
    #[inline]
    fn refresh(&mut self, acl: &Acl) -> bool {
        let now = acl.generation.load(Ordering::Acquire);
        if now == self.seen {
            return true;
        }
        let Some(user) = self.user.as_ref() else { return true };
        let gone = user.gone.load(Ordering::Acquire);
        self.rules = if gone { Arc::new(Rules::new(false)) } else { user.rules() };
        self.seen = now;
        !gone
    }

    /// The user.
    pub fn user(&self) -> Option<&Arc<User>> {
        self.user.as_ref()
    }

    /// Its name; empty for the server itself.
    pub fn name(&self) -> &[u8] {
        self.user.as_ref().map_or(b"", |user| &user.name)
    }

    /// What it may do.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Is nothing forbidden?
    #[inline]
    pub fn is_free(&self) -> bool {
        self.rules.is_free()
    }
}

/// Takes up what the session's user may do now. A client whose user was removed is nobody any more: it must not
/// become the default user for what it has sent already, who may do more.
#[inline]
pub fn refresh(server: &Server, session: &mut Session) {
    if server.gates.has(gate::ACL) && !session.identity.refresh(&server.acl) {
        session.authenticated = false;
    }
}

/// A client has subscribed to the channels of its command: were they taken from it in that moment, it must go.
/// Who takes them away changes the rules first and then looks at the subscriptions, so one of both finds out.
pub fn after_subscribing(server: &Server, session: &mut Session, command: &'static Command, args: Args<'_>) {
    refresh(server, session);
    if session.identity.rules().check(command, args, session.db).is_err() {
        server.clients.expel(&session.shared);
    }
}

/// Must this session log in before it may do anything?
#[inline]
pub fn must_log_in(server: &Server, session: &Session) -> bool {
    !session.authenticated && !server.acl.is_open()
}

/// May the session's user run this command? A denial is counted and logged.
pub fn permit(
    server: &'static Server,
    settings: &Settings,
    session: &Session,
    (command, args): (&'static Command, Args<'_>),
    context: Context,
) -> Result<(), Denial> {
    let checked = session.identity.rules().check(command, args, session.db);
    if let Err(denial) = checked {
        denied(server, settings, session, (command, args), context, denial);
    }
    checked
}

/// Counts a denial and puts it into the log.
#[cold]
fn denied(
    server: &'static Server,
    settings: &Settings,
    session: &Session,
    (command, args): (&'static Command, Args<'_>),
    context: Context,
    denial: Denial,
) {
    server.stats.denied(&denial).add_shared(1);
    let name = session.identity.name();
    note(server, settings, session, denial.reason(), context, (denial.object(command, args), name));
}

/// The same with the rights as they are now: for a command within a transaction or a script.
pub fn permit_now(
    server: &'static Server,
    settings: &Settings,
    session: &mut Session,
    request: (&'static Command, Args<'_>),
    context: Context,
) -> Result<(), Denial> {
    refresh(server, session);
    permit(server, settings, session, request, context)
}

/// The error of a client's denied command.
pub fn no_permission(session: &Session, denial: Denial, command: &'static Command) -> Fault {
    let user = String::from_utf8_lossy(session.identity.name());
    Fault::line(format!("NOPERM {}", denial.short(&user, command)))
}

/// Puts a denial into the log: of what, and to whom.
pub fn note(
    server: &'static Server,
    settings: &Settings,
    session: &Session,
    reason: &'static str,
    context: Context,
    (object, user): (&[u8], &[u8]),
) {
    let now_ms = crate::clock::wall_ms();
    let mut entry = Entry::new(reason, context, object, user, now_ms);
    entry.client = session.shared.describe(now_ms, crate::clock::mono_ms());
    server.acl.log.add(entry, usize::try_from(settings.acllog_max_len).unwrap_or(usize::MAX));
}

/// ACL SETUSER, with all that follows for connected clients.
pub fn set_user(server: &'static Server, name: &[u8], words: &[&[u8]]) -> Result<(), SetError> {
    let every_channel = every_channel(&server.config.snapshot());
    let (before, user) = server.acl.set(&server.gates, name, words, every_channel)?;
    if let Some(before) = before {
        clients::expel_subscribers(server, &user, &before);
    }
    Ok(())
}

/// ACL DELUSER: whether it was there. Its clients are cut off.
pub fn delete_user(server: &'static Server, name: &[u8]) -> bool {
    let gone = server.acl.remove(&server.gates, name);
    gone.inspect(|user| clients::expel_all(server, user)).is_some()
}
