//! What a script's calls into the server find there: the engine that runs it, its session, the shards it holds. They are
//! borrowed by whoever runs the script; a scoped thread-local lends them for that time, since Lua can carry no borrow.

use std::error::Error;
use std::fmt;

use mlua::{Lua, MultiValue};

use crate::clock;
use crate::resp::{Proto, Span};
use crate::server::ctx::Next;
use crate::server::engine::Engine;
use crate::server::held::Held;
use crate::server::session::Session;
use crate::server::{busy, gate, log};

use super::cache::{self, Sha};
use super::call::{self, Answer};
use super::convert::Words;
use super::random::Random;
use super::register::{self, Found};
use super::running::Seen;

/// What Lua asks of whoever runs it.
pub trait Calls {
    /// `redis.call`: runs a command for the script.
    fn call(&mut self, lua: &Lua, words: &Words, args: &MultiValue) -> Answer;
    /// `redis.acl_check_cmd`.
    fn acl_check(&mut self, args: &MultiValue) -> Result<bool, Raised>;
    /// `redis.set_repl`.
    fn set_effects(&mut self, effects: Effects);
    /// `redis.setresp`.
    fn set_proto(&mut self, proto: Proto);
    /// The next number of `math.random`, from 0 to 1.
    fn draw(&mut self) -> f64;
    /// `math.randomseed`.
    fn seed(&mut self, seed: i32);
    /// The hook of the interpreter: every so many instructions Lua looks up.
    fn look_up(&mut self) -> Result<(), Raised>;
    /// An error when what runs must end: nothing catches it for good.
    fn go_on(&self) -> Result<(), Raised>;
    /// `redis.register_function`.
    fn register(&mut self, lua: &Lua, args: &MultiValue) -> Result<(), String>;
}

scoped_tls_hkt::scoped_thread_local!(static mut HOST: for<'a> &'a mut (dyn Calls + 'a));

/// An error that the server raises in Lua.
#[derive(Debug, Clone)]
pub enum Raised {
    /// A whole error line, code first; `counted`: it is in the statistics of errors already.
    Line { line: String, counted: bool },
    /// The script ends, whatever it does.
    Killed(String),
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raised::Line { line, .. } | Raised::Killed(line) => f.write_str(line),
        }
    }
}

impl Error for Raised {}

impl Raised {
    /// An `ERR` of these words.
    pub fn err(words: &str) -> Raised {
        Raised::Line { line: format!("ERR {words}"), counted: false }
    }
}

/// What runs.
pub enum What<'a> {
    /// A script.
    Script(&'a Sha),
    /// A function.
    Function(&'a str),
}

impl What<'_> {
    /// Its name in messages.
    pub fn name(&self) -> String {
        match self {
            What::Script(sha) => cache::hex(sha),
            What::Function(name) => (*name).to_owned(),
        }
    }
}

/// To whom the effects of a script go (`redis.set_repl`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effects {
    /// Replicas and the append-only file.
    All,
    /// Replicas only.
    Replicas,
    /// Nobody.
    Nobody,
}

/// One run of a script.
pub struct Run<'a> {
    /// What runs.
    pub what: What<'a>,
    /// Its arguments.
    pub args: crate::resp::Args<'a>,
    /// It must not write.
    pub read_only: bool,
    /// It may grow memory above the limit.
    pub allow_oom: bool,
    /// It has written.
    pub wrote: bool,
    /// To whom its effects go.
    pub effects: Effects,
    /// What the connection does when it is over.
    pub next: Next,
    /// Monotonic time of its start, ns.
    pub since_ns: u64,
    /// Others see it.
    pub seen: bool,
}

/// Buffers that last from call to call.
#[derive(Default)]
pub struct Scratch {
    /// The words of a command.
    pub words: Vec<u8>,
    /// Where each is.
    pub spans: Vec<Span>,
    /// Its reply.
    pub reply: Vec<u8>,
}

/// What is lent to a script or a function.
pub struct Host<'a, 'r> {
    /// The engine of the thread.
    pub engine: &'a mut Engine,
    /// The script's own session.
    pub session: &'a mut Session,
    /// The shards that are held.
    pub held: &'a mut Held,
    /// The run.
    pub run: &'a mut Run<'r>,
    /// Buffers.
    pub scratch: &'a mut Scratch,
    /// `math.random`.
    pub random: &'a mut Random,
}

/// What is lent to a library that is loaded.
pub struct Loading<'a> {
    /// What it has registered.
    pub found: &'a mut Found,
    /// Monotonic time at which it has to be done, ms.
    pub deadline_ms: Option<u64>,
}

/// Lends the host for the time of `f`.
pub fn lend<R>(host: &mut dyn Calls, f: impl FnOnce() -> R) -> R {
    HOST.set(host, f)
}

/// Gives the lent host to `f`; `None` when no script runs.
pub fn with<R>(f: impl FnOnce(&mut dyn Calls) -> R) -> Option<R> {
    HOST.is_set().then(|| HOST.with(|host| f(host)))
}

impl Calls for Host<'_, '_> {
    fn call(&mut self, lua: &Lua, words: &Words, args: &MultiValue) -> Answer {
        call::run(self, lua, words, args)
    }

    fn acl_check(&mut self, args: &MultiValue) -> Result<bool, Raised> {
        call::acl_check(self, args)
    }

    fn set_effects(&mut self, effects: Effects) {
        self.run.effects = effects;
        self.session.silent = effects == Effects::Nobody;
    }

    fn set_proto(&mut self, proto: Proto) {
        self.session.proto = proto;
    }

    fn draw(&mut self) -> f64 {
        self.random.unit()
    }

    fn seed(&mut self, seed: i32) {
        *self.random = Random::seeded(seed);
    }

    fn look_up(&mut self) -> Result<(), Raised> {
        self.run.look_up(self.engine, self.session);
        self.go_on()
    }

    fn go_on(&self) -> Result<(), Raised> {
        if self.engine.server.scripts.running.is_killed() {
            return Err(Raised::Killed("ERR Script killed by user with SCRIPT KILL...".into()));
        }
        Ok(())
    }

    fn register(&mut self, _: &Lua, _: &MultiValue) -> Result<(), String> {
        Err("redis.register_function can only be called on FUNCTION LOAD command".into())
    }
}

/// A library that is loaded sees only what registers its functions.
impl Calls for Loading<'_> {
    fn call(&mut self, _: &Lua, _: &Words, _: &MultiValue) -> Answer {
        Answer::refused("redis.call cannot be used while a library is loaded")
    }

    fn acl_check(&mut self, _: &MultiValue) -> Result<bool, Raised> {
        Err(Raised::err("no script runs"))
    }

    fn set_effects(&mut self, _: Effects) {}

    fn set_proto(&mut self, _: Proto) {}

    fn draw(&mut self) -> f64 {
        0.0
    }

    fn seed(&mut self, _: i32) {}

    fn look_up(&mut self) -> Result<(), Raised> {
        self.go_on()
    }

    fn go_on(&self) -> Result<(), Raised> {
        match self.deadline_ms {
            Some(deadline) if clock::mono_ms() > deadline => {
                Err(Raised::Killed("ERR FUNCTION LOAD timeout".into()))
            }
            _ => Ok(()),
        }
    }

    fn register(&mut self, lua: &Lua, args: &MultiValue) -> Result<(), String> {
        register::register(lua, self.found, args)
    }
}

impl Run<'_> {
    fn look_up(&mut self, engine: &mut Engine, session: &Session) {
        let server = engine.server;
        let running = &server.scripts.running;
        if !self.seen {
            self.seen = true;
            running.show(Seen {
                name: self.what.name(),
                is_eval: matches!(self.what, What::Script(_)),
                command: self.args.iter().map(<[u8]>::to_vec).collect(),
                since_ms: self.since_ns / 1_000_000,
                from_master: session.origin != crate::server::session::Origin::Client,
            });
        }
        let elapsed_ms = (clock::mono_ns() - self.since_ns) / 1_000_000;
        let threshold = server.config.snapshot().busy_reply_threshold;
        if server.gates.has(gate::BUSY) {
            busy::serve();
        } else if threshold > 0 && elapsed_ms >= threshold as u64 {
            log::warning(format_args!(
                "Slow script detected: still in execution after {elapsed_ms} milliseconds. You can try killing the script using the {} command. Script name is: {}.",
                if matches!(self.what, What::Script(_)) { "SCRIPT KILL" } else { "FUNCTION KILL" },
                self.what.name()
            ));
            server.gates.set(gate::BUSY, true);
            busy::serve();
        }
    }
}
