//! The shell's own words, which begin with a colon, and `peek`: one table says what there is; `:help` prints it.
//!
//! Those that need the prompt (`:source`, `:watch`) are handed back to it.

use tokio::runtime::Runtime;

use super::access;
use super::engine::{Engine, Outcome};
use super::fork;
use super::peek;
use super::place;
use super::plan;
use super::scratch::Scratch;
use super::words::Command;
use crate::args::cli::Output;
use crate::client::{ClientError, Target};
use crate::ui::{Result, prompt};

/// A word: its name, what follows it, what it does.
pub const WORDS: &[(&str, &str, &str)] = &[
    ("peek", "KEY", "what a key is: type, encoding, ttl, memory, length, use, a few elements"),
    (":plan", "COMMAND", "what a command would touch, cost and be allowed, without running it"),
    (":watch", "SECONDS COMMAND", "run a command again and again until Ctrl-C"),
    (":source", "FILE", "run the lines of a file"),
    (":output", "plain|table|vertical", "the form of replies that have rows"),
    (":table", "on|off", "short for :output"),
    (":timing", "on|off", "show how long each command took"),
    (":profile", "NAME", "go to another server by its name"),
    (":scratch", "", "go to a private empty server, or to the one that was made before"),
    (":fork", "PATTERN", "copy keys from here to the private server"),
    (":back", "", "come back from the private server"),
    (":auth", "[USER]", "log in; the password is asked for and shows only stars"),
    (
        ":set",
        "hints|nohints|vi|emacs",
        "show the rest of a command's syntax while it is typed; whose keys edit a line",
    ),
    (":help", "", "this list"),
];

/// redis-cli's words for the prompt; the servers know nothing of them.
const REDIS_CLI_WORDS: [&str; 6] = ["help", "?", "quit", "exit", "clear", "connect"];

/// Whether the shell itself knows what to do with a line that begins with this word.
pub fn is_word(word: &str) -> bool {
    REDIS_CLI_WORDS.contains(&word) || WORDS.iter().any(|row| row.0 == word)
}

/// What the prompt has to do for a word.
#[derive(Debug, PartialEq)]
pub enum Ask {
    /// Nothing.
    Nothing,
    /// Connect to where the session now points.
    Connect,
    /// Run the lines of a file.
    Source(String),
    /// Run a command again and again.
    Watch(f64, Vec<Vec<u8>>),
    /// Show hints, or do not.
    Hints(bool),
    /// Keys as in vi, or as in emacs.
    Vi(bool),
    /// Send a command that was put together here.
    Send(Vec<Vec<u8>>),
}

/// Carries out one of the shell's own words.
///
/// # Errors
/// The output cannot be written, a name not be read, the private server not be started.
pub fn run(engine: &mut Engine, runtime: &Runtime, words: &[Vec<u8>]) -> Result<Ask> {
    let text: Vec<String> = words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    match text.as_slice() {
        [":set", "hints"] => return Ok(Ask::Hints(true)),
        [":set", "nohints"] => return Ok(Ask::Hints(false)),
        [":set", mode @ ("vi" | "emacs")] if !engine.face.is_strict() => return Ok(Ask::Vi(*mode == "vi")),
        [":set", other, ..] => engine.console.data.line(&format!("unknown preference '{other}'"))?,
        [other, ..] if engine.face.is_strict() => {
            engine.console.data.line(&format!("unknown internal command '{other}'"))?;
        }
        [":auth"] | [":auth", _] => {
            let password = prompt::password(&mut engine.console.notes, "Password: ")?;
            let user = words.get(1).cloned();
            return Ok(Ask::Send([b"AUTH".to_vec()].into_iter().chain(user).chain([password]).collect()));
        }
        [":timing", word @ ("on" | "off")] => engine.timing = *word == "on",
        [":table", "on"] | [":output", "table"] => engine.renderer.shape = Output::Table,
        [":table", "off"] | [":output", "plain"] => engine.renderer.shape = Output::Plain,
        [":output", "vertical"] => engine.renderer.shape = Output::Vertical,
        [":help"] => help(engine)?,
        [":source", file] => return Ok(Ask::Source((*file).to_owned())),
        [":watch", seconds, _, ..]
            if seconds.parse::<f64>().is_ok_and(|seconds| (0.0..1e6).contains(&seconds)) =>
        {
            return Ok(Ask::Watch(seconds.parse().unwrap_or(1.0), words[2..].to_vec()));
        }
        [":profile", name] => return profile(engine, name),
        [":scratch"] => return to_scratch(engine, runtime),
        [":back"] => return back(engine),
        ["peek" | "PEEK", _] | [":plan", _, ..] | [":fork", _] if !engine.session.is_plain() => {
            engine
                .console
                .data
                .line("(not in a transaction, and not while subscribed: it asks the server)")?;
        }
        [":fork", pattern] => fork_keys(engine, runtime, pattern)?,
        ["peek" | "PEEK", _] => {
            let lines = runtime.block_on(async {
                connected(engine).await?;
                peek::lines(engine, &words[1]).await
            });
            print(engine, lines)?;
        }
        [":plan", _, ..] => {
            let lines = runtime.block_on(async {
                connected(engine).await?;
                match Command::new(&words[1..]) {
                    Some(command) => plan::lines(engine, &command).await,
                    None => Ok(Vec::new()),
                }
            });
            print(engine, lines)?;
        }
        [word, ..] => misused(engine, word)?,
        [] => {}
    }
    Ok(Ask::Nothing)
}

async fn connected(engine: &mut Engine) -> std::result::Result<(), ClientError> {
    if !engine.session.is_connected() && engine.connect().await != Outcome::Done {
        return Err(ClientError::Closed);
    }
    Ok(())
}

fn print(engine: &mut Engine, lines: std::result::Result<Vec<String>, ClientError>) -> Result<()> {
    match lines {
        Ok(lines) => lines.iter().try_for_each(|line| engine.console.data.line(line)),
        Err(error) => {
            engine.complain(&error);
            engine.session.disconnect();
            Ok(())
        }
    }
}

/// A word that is not in the table, or not used as the table says.
fn misused(engine: &mut Engine, word: &str) -> Result<()> {
    let known = WORDS.iter().find(|row| row.0.eq_ignore_ascii_case(word));
    engine.console.data.line(&match known {
        Some((name, operands, _)) => format!("usage: {name} {operands}"),
        None => format!("unknown internal command '{word}'; :help lists them"),
    })
}

fn help(engine: &mut Engine) -> Result<()> {
    WORDS.iter().try_for_each(|(name, operands, does)| {
        engine.console.data.line(&format!("{:<30} {does}", format!("{name} {operands}")))
    })
}

fn profile(engine: &mut Engine, name: &str) -> Result<Ask> {
    let found = match place::find(name)? {
        Some(found) => found,
        None => {
            place::unknown(name).report(&mut engine.console);
            return Ok(Ask::Nothing);
        }
    };
    let mut endpoints = found.endpoints.clone().into_iter();
    let Some(first) = endpoints.next() else { return Ok(Ask::Nothing) };
    // Nothing of the server before goes along but how replies are wanted: no password, and no TLS or its absence.
    let mut target = access::target_of(&found, first)?;
    target.protocol = engine.session.target().protocol;
    engine.policy.enter(found.name.clone(), &found.profile);
    engine.session.move_to((target, endpoints.collect()));
    Ok(Ask::Connect)
}

fn to_scratch(engine: &mut Engine, runtime: &Runtime) -> Result<Ask> {
    if engine.left.is_none() {
        let endpoint = scratch(engine, runtime)?;
        let policy = engine.policy.clone();
        engine.policy.leave();
        let mut target = Target::new(endpoint);
        target.protocol = engine.session.target().protocol;
        let before = engine.session.move_to((target, Vec::new()));
        engine.left = Some((before, policy));
    }
    Ok(Ask::Connect)
}

/// The private server, started at its first use.
fn scratch(engine: &mut Engine, runtime: &Runtime) -> Result<crate::client::Endpoint> {
    if engine.scratch.is_none() {
        let mut started = Scratch::start(None)?;
        runtime.block_on(started.ready())?;
        engine.scratch = Some(started);
    }
    let endpoint = engine.scratch.as_ref().map(Scratch::endpoint);
    endpoint.ok_or_else(|| crate::ui::Error::failed("there is no private server"))
}

fn back(engine: &mut Engine) -> Result<Ask> {
    match engine.left.take() {
        Some((target, policy)) => {
            engine.session.move_to(target);
            engine.policy = policy;
            Ok(Ask::Connect)
        }
        None => {
            engine.console.data.line("(this is not the private server)")?;
            Ok(Ask::Nothing)
        }
    }
}

fn fork_keys(engine: &mut Engine, runtime: &Runtime, pattern: &str) -> Result<()> {
    if engine.left.is_some() {
        return engine.console.data.line("(this is the private server: :back goes to the one to copy from)");
    }
    let endpoint = scratch(engine, runtime)?;
    let copied = runtime.block_on(async {
        connected(engine).await?;
        fork::copy(engine, endpoint, pattern).await
    });
    match copied {
        Ok(report) => engine.console.data.line(&format!("{report}; :scratch goes there")),
        Err(error) => {
            engine.complain(&error);
            Ok(())
        }
    }
}
