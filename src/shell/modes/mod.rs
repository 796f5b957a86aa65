//! What runs instead of a command: `--stat`, `--scan`, `--pipe` and the like. One file per mode.
//!
//! ```text
//! args --chosen--> Mode --run--> Context: the connection, the output, Ctrl-C
//!                                   |  ask, pipeline     a reply, or the end of the mode
//!                                   |  print             data
//!                                   +- Stop              the end: an exit code, what there was to say is said
//! ```
//!
//! The words on both streams are redis-cli's. `--json` (our own face) gives one document, or one a line where
//! a mode goes on for ever. Modes that count to the end print what they have at Ctrl-C.

mod eval;
mod hint;
mod hotkeys;
mod interrupt;
mod intrinsic;
mod keystats;
mod latency;
mod lru;
mod pipe;
mod rdb;
mod replica;
mod samplers;
mod scan;
mod spectrum;
mod splitter;
mod stat;
mod sync;

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::engine::{Engine, Outcome};
use super::face;
use super::render::data_string;
use crate::args::cli::CliArgs;
use crate::args::cli_modes::ModeArgs;
use crate::client::{ClientError, Target};
use crate::resp::value::Value;
use crate::ui::{Error, Exit, Result};
pub use interrupt::Interrupt;
pub use stat::human;

/// The modes, in the order in which they are looked for: the first that is asked for runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `--latency`, `--latency-history`
    Latency,
    /// `--latency-dist`
    Spectrum,
    /// `--replica`
    Replica,
    /// `--rdb`, `--functions-rdb`
    Rdb,
    /// `--pipe`
    Pipe,
    /// `--bigkeys`
    BigKeys,
    /// `--memkeys`
    MemKeys,
    /// `--keystats`
    KeyStats,
    /// `--hotkeys`
    HotKeys,
    /// `--stat`
    Stat,
    /// `--scan`
    Scan,
    /// `--lru-test`
    Lru,
    /// `--intrinsic-latency`
    Intrinsic,
    /// `--eval`
    Eval,
    /// `--test_hint`, `--test_hint_file`
    Hint,
}

/// The mode the options ask for, if any.
pub fn chosen(args: &CliArgs) -> Option<Mode> {
    let modes = &args.modes;
    let table = [
        (modes.latency || modes.latency_history, Mode::Latency),
        (modes.latency_dist, Mode::Spectrum),
        (modes.replica, Mode::Replica),
        (modes.rdb.is_some() || modes.functions_rdb.is_some(), Mode::Rdb),
        (modes.pipe, Mode::Pipe),
        (modes.bigkeys, Mode::BigKeys),
        (modes.memkeys || modes.memkeys_samples.is_some(), Mode::MemKeys),
        (modes.keystats || modes.keystats_samples.is_some(), Mode::KeyStats),
        (modes.hotkeys, Mode::HotKeys),
        (modes.stat, Mode::Stat),
        (modes.scan, Mode::Scan),
        (modes.lru_test.is_some(), Mode::Lru),
        (modes.intrinsic_latency.is_some(), Mode::Intrinsic),
        (modes.eval.is_some(), Mode::Eval),
        (modes.test_hint.is_some() || modes.test_hint_file.is_some(), Mode::Hint),
    ];
    table.iter().find(|row| row.0).map(|row| row.1)
}

/// Runs a mode to its end.
///
/// # Errors
/// The output cannot be written, or an input not read.
pub fn run(mode: Mode, args: &CliArgs, engine: &mut Engine, runtime: &Runtime) -> Result<Exit> {
    match runtime.block_on(run_mode(mode, args, engine)) {
        Ok(exit) | Err(Stop::Exit(exit)) => Ok(exit),
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn run_mode(mode: Mode, args: &CliArgs, engine: &mut Engine) -> Step<Exit> {
    // A mode has no use for a connection that is not the one asked for; redis-cli's neither.
    engine.session.insist();
    if !matches!(mode, Mode::Intrinsic | Mode::Hint) {
        let outcome = engine.connect().await;
        if outcome != Outcome::Done {
            return Ok(engine.face.exit(outcome));
        }
    }
    let mut context = Context { engine, args, interrupt: Interrupt::default() };
    let context = &mut context;
    match mode {
        Mode::Latency => latency::run(context).await,
        Mode::Spectrum => spectrum::run(context).await,
        Mode::Replica => replica::run(context).await,
        Mode::Rdb => rdb::run(context).await,
        Mode::Pipe => pipe::run(context).await,
        Mode::BigKeys => samplers::run(context, samplers::Measure::Elements).await,
        Mode::MemKeys => samplers::run(context, samplers::Measure::Memory).await,
        Mode::KeyStats => keystats::run(context).await,
        Mode::HotKeys => hotkeys::run(context).await,
        Mode::Stat => stat::run(context).await,
        Mode::Scan => scan::run(context).await,
        Mode::Lru => lru::run(context).await,
        Mode::Intrinsic => intrinsic::run(context).await,
        Mode::Eval => eval::run(context).await,
        Mode::Hint => hint::run(context),
    }
}

/// Saves a snapshot of another server into a file, for the cluster manager. Whether it is there.
pub async fn save_snapshot(engine: &mut Engine, args: &CliArgs, target: Target, path: &Path) -> bool {
    let before = engine.session.move_to((target, Vec::new()));
    let mut saved = false;
    if engine.connect().await == Outcome::Done {
        let mut context = Context { engine, args, interrupt: Interrupt::default() };
        saved = rdb::save_as_replica(&mut context, path).await.is_ok();
    }
    engine.session.move_to(before);
    saved
}

/// The end of a mode before its time.
pub enum Stop {
    /// What there was to say is said.
    Exit(Exit),
    /// Our own side failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The result of a part of a mode.
pub type Step<T> = std::result::Result<T, Stop>;

/// What a mode works with.
pub struct Context<'a> {
    /// The connection and the output.
    pub engine: &'a mut Engine,
    /// The command line.
    pub args: &'a CliArgs,
    /// Ctrl-C, for modes that have a summary to print.
    pub interrupt: Interrupt,
}

impl Context<'_> {
    /// The options of the modes.
    pub fn modes(&self) -> &ModeArgs {
        &self.args.modes
    }

    /// Sends a command; the reply may be an error.
    pub async fn ask(&mut self, words: &[impl AsRef<[u8]>]) -> Step<Value> {
        match self.engine.ask(words).await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// Sends commands at once; each reply may be an error.
    pub async fn pipeline<A: AsRef<[u8]>>(&mut self, commands: &[Vec<A>]) -> Step<Vec<Value>> {
        let replies = match self.engine.session.client() {
            Ok(client) => client.pipeline(commands).await,
            Err(error) => Err(error),
        };
        replies.map_err(|error| self.lost(&error))
    }

    /// The connection is gone: says so.
    pub fn lost(&mut self, error: &ClientError) -> Stop {
        match self.engine.face.is_strict() {
            true => self.engine.console.notes.note("\nI/O error"),
            false => self.engine.complain(error),
        }
        Stop::Exit(self.engine.face.exit(face::loss(error)))
    }

    /// The server said no: says so, in the words given.
    pub fn refused(&mut self, line: &str, words: &str) -> Stop {
        self.engine.console.notes.note(words);
        Stop::Exit(self.engine.face.exit(face::refusal(line)))
    }

    /// Something on our side failed in a way that redis-cli has words for.
    pub fn failed(&mut self, words: &str) -> Stop {
        self.engine.console.notes.note(words);
        Stop::Exit(Exit::FAILED)
    }

    /// Prints data.
    pub fn print(&mut self, text: &str) -> Step<()> {
        self.bytes(text.as_bytes())
    }

    /// Prints data as it is.
    pub fn bytes(&mut self, bytes: &[u8]) -> Step<()> {
        Ok(self.engine.console.data.bytes(bytes)?)
    }

    /// Whether the output is to be JSON.
    pub fn wants_json(&self) -> bool {
        self.engine.renderer.is_data()
    }

    /// Prints a JSON document in one line.
    pub fn json(&mut self, document: &serde_json::Value) -> Step<()> {
        self.print(&format!("{document}\n"))
    }

    /// The pause of `-i`, or another one.
    pub fn interval_or(&self, otherwise: Duration) -> Duration {
        self.engine.interval.unwrap_or(otherwise)
    }

    /// As [`Context::ask`], but a lost connection is made again, once a second, and said so, until it is there.
    pub async fn ask_for_ever(&mut self, words: &[&str]) -> Step<Value> {
        const PAUSE: Duration = Duration::from_secs(1);
        let mut attempts = 0u64;
        loop {
            if attempts > 0 {
                self.print("\r\x1b[0K")?;
            }
            if let Ok(value) = self.engine.ask(words).await {
                return Ok(value);
            }
            attempts += 1;
            self.print(&format!("\r\x1b[0KReconnecting... {attempts}\r"))?;
            if attempts > 1 {
                tokio::time::sleep(PAUSE).await;
            }
            // A failure shows in the next turn.
            let _ = self.engine.session.connect().await;
        }
    }
}

/// A key as JSON.
fn json_key(key: &[u8]) -> serde_json::Value {
    let mut text = Vec::new();
    data_string(&mut text, key);
    serde_json::from_slice(&text).unwrap_or(serde_json::Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, parse};

    #[test]
    fn the_first_of_the_order_runs() {
        let of = |line: &str| {
            let words = format!("rtool cli {line}");
            match parse(words.split_whitespace().map(Into::into)).unwrap().command {
                Command::Cli(args) => chosen(&args),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(of(""), None);
        assert_eq!(of("GET --scan"), None);
        assert_eq!(of("--scan --stat"), Some(Mode::Stat));
        assert_eq!(of("--memkeys-samples 5"), Some(Mode::MemKeys));
        assert_eq!(of("--slave"), Some(Mode::Replica));
        assert_eq!(of("--intrinsic-latency 1"), Some(Mode::Intrinsic));
    }
}
