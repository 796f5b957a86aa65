//! One line of input: its words, its repeat count, and the words that mean something to the shell
//! itself rather than to the server. Shared by scripts and the prompt.

use tokio::runtime::Runtime;

use super::engine::{Engine, Outcome};
use super::face::Face;
use super::format::Format;
use super::help;
use super::words::Command;
use crate::client::Endpoint;
use crate::clock::Stopwatch;
use crate::resp::quote;
use crate::ui::Result;

/// Shortest command, in milliseconds, whose duration is shown.
const SHOWN_DURATION_MS: u128 = 500;

const BAD_REPEAT: &str = "Invalid redis-cli repeat command option value.\n";

/// Takes pasted text apart into lines. A line end inside quotes is part of the word: a value or a
/// script may have several lines.
pub fn split(text: &str) -> Vec<String> {
    let mut whole = Vec::new();
    let mut begun = String::new();
    for piece in text.split_inclusive('\n') {
        begun.push_str(piece);
        if quote::split(begun.as_bytes()).is_ok() {
            whole.push(std::mem::take(&mut begun));
        }
    }
    whole.push(begun);
    whole
        .iter()
        .map(|line| line.trim_end_matches(['\r', '\n']).to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Whether a quote was opened and not closed: the next line belongs to it.
pub fn is_open(text: &str) -> bool {
    let mut quote = None;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(b'"'), b'\\') => drop(bytes.next()),
            // In single quotes only the quote itself is escaped.
            (Some(b'\''), b'\\') if bytes.peek() == Some(&b'\'') => drop(bytes.next()),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing.
    Empty,
    /// Quotes that do not close.
    Unbalanced,
    /// A repeat count that is not positive.
    BadRepeat,
    /// The shell ends.
    Quit,
    /// The screen is cleared.
    Clear,
    /// Another server: host and port.
    Connect(String, u16),
    /// A setting of the shell, such as `:set hints`.
    Setting(Vec<Vec<u8>>),
    /// Help on these words.
    Help(Vec<Vec<u8>>),
    /// A command for the server, and how often.
    Run(Vec<Vec<u8>>, i64),
}

impl Line {
    /// Reads a line. To ourselves, what begins with # is a remark.
    pub fn parse(text: &[u8], face: Face) -> Self {
        if face == Face::Own && text.trim_ascii_start().starts_with(b"#") {
            return Self::Empty;
        }
        let Ok(mut args) = quote::split(text) else { return Self::Unbalanced };
        let mut repeat = 1;
        if args.len() > 1
            && let Some(count) = args.first().and_then(|word| repeat_count(word))
        {
            match count {
                Some(count) => repeat = count,
                None => return Self::BadRepeat,
            }
            args.remove(0);
        }
        match Command::new(&args) {
            None => Self::Empty,
            Some(command) if face == Face::Own && command.is("peek") => Self::Setting(args),
            Some(command) => Self::local(command).unwrap_or(Self::Run(args, repeat)),
        }
    }

    /// The words of the shell itself.
    fn local(command: Command<'_>) -> Option<Self> {
        let alone = command.args().len() == 1;
        match command.name().as_str() {
            "quit" | "exit" => Some(Self::Quit),
            "clear" if alone => Some(Self::Clear),
            "help" | "?" => Some(Self::Help(command.tail(1).to_vec())),
            "connect" => match command.args() {
                [_, host, _] => {
                    let port = u16::try_from(command.number(2)?).ok()?;
                    Some(Self::Connect(String::from_utf8_lossy(host).into_owned(), port))
                }
                _ => None,
            },
            name if name.starts_with(':') => Some(Self::Setting(command.args().to_vec())),
            _ => None,
        }
    }
}

/// A word that is a number is a repeat count: `None` if it is no number, `Some(None)` if not positive.
fn repeat_count(word: &[u8]) -> Option<Option<i64>> {
    let text = std::str::from_utf8(word).ok()?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().ok().filter(|count| *count > 0))
}

/// What the caller still has to do after a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Read on.
    Continue(Outcome),
    /// End.
    Quit,
    /// Connect to the server that was named.
    Connect,
    /// Clear the screen.
    Clear,
    /// Change a setting.
    Setting(Vec<Vec<u8>>),
}

/// Runs a line; what only the prompt can do is handed back. `during` runs the command's future, so
/// that the prompt can wait for Ctrl-C beside it.
///
/// # Errors
/// The output cannot be written.
pub fn run(engine: &mut Engine, runtime: &Runtime, line: Line, during: During) -> Result<Next> {
    match line {
        Line::Empty => {}
        Line::Quit => return Ok(Next::Quit),
        Line::Clear => return Ok(Next::Clear),
        Line::Setting(words) => return Ok(Next::Setting(words)),
        Line::Unbalanced => engine.console.data.bytes(b"Invalid argument(s)\n")?,
        Line::BadRepeat => engine.console.data.bytes(BAD_REPEAT.as_bytes())?,
        Line::Help(words) => help::print(&mut engine.console.data, &words)?,
        Line::Connect(host, port) => {
            engine.session.redirect(Endpoint::tcp(host, port));
            return Ok(Next::Connect);
        }
        Line::Run(args, repeat) => {
            let Some(command) = Command::new(&args) else { return Ok(Next::Continue(Outcome::Done)) };
            return timed(engine, |engine| during(engine, runtime, &command, repeat)).map(Next::Continue);
        }
    }
    Ok(Next::Continue(Outcome::Done))
}

/// How a command is waited for.
pub type During = fn(&mut Engine, &Runtime, &Command<'_>, i64) -> Result<Outcome>;

/// Runs a command and, for people, says how long a slow one took, or every one if they want to know.
fn timed(engine: &mut Engine, work: impl FnOnce(&mut Engine) -> Result<Outcome>) -> Result<Outcome> {
    let watch = Stopwatch::start();
    let outcome = work(engine)?;
    let elapsed = watch.elapsed();
    if engine.timing {
        engine.console.notes.note(&format!("({:.3} ms)", elapsed.as_secs_f64() * 1e3));
    } else if elapsed.as_millis() >= SHOWN_DURATION_MS && engine.renderer.format == Format::Human {
        engine.console.data.line(&format!("({:.2}s)", elapsed.as_millis() as f64 / 1000.0))?;
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_line(words: &[&str], repeat: i64) -> Line {
        Line::Run(words.iter().map(|word| word.as_bytes().to_vec()).collect(), repeat)
    }

    #[test]
    fn pasted_text_is_several_lines() {
        assert_eq!(split("ping"), ["ping"]);
        assert_eq!(split("set a 1\r\n\nget a\n"), ["set a 1", "get a"]);
        assert_eq!(split("set a \"x\ny\"\nget a"), ["set a \"x\ny\"", "get a"]);
        assert_eq!(split("get \"a\nget b"), ["get \"a\nget b"]);
        assert_eq!(split(""), Vec::<String>::new());
    }

    #[test]
    fn remarks_are_ours() {
        assert_eq!(Line::parse(b"  # remark", Face::Own), Line::Empty);
        assert_eq!(Line::parse(b"#", Face::RedisCli), run_line(&["#"], 1));
    }

    #[test]
    fn what_is_not_finished() {
        for open in ["get \"a", "get 'a b", "set a \"x\\\"", "set k 'a\\'"] {
            assert!(is_open(open), "{open}");
        }
        for whole in ["", "get a", "get \"a\"", "get \"a\"b", "get 'a'", "it's fine'"] {
            assert!(!is_open(whole), "{whole}");
        }
    }

    #[test]
    fn lines() {
        let table = [
            ("", Line::Empty),
            ("   ", Line::Empty),
            ("\"\"\"", Line::Unbalanced),
            ("get \"a b\"", run_line(&["get", "a b"], 1)),
            ("5 ping", run_line(&["ping"], 5)),
            ("5", run_line(&["5"], 1)),
            ("0 ping", Line::BadRepeat),
            ("-2 ping", Line::BadRepeat),
            ("99999999999999999999 ping", Line::BadRepeat),
            ("QUIT", Line::Quit),
            ("clear", Line::Clear),
            ("clear x", run_line(&["clear", "x"], 1)),
            ("connect h 7", Line::Connect("h".into(), 7)),
            ("connect h", run_line(&["connect", "h"], 1)),
            ("? get", Line::Help(vec![b"get".to_vec()])),
            (":set hints", Line::Setting(vec![b":set".to_vec(), b"hints".to_vec()])),
        ];
        for (text, expected) in table {
            assert_eq!(Line::parse(text.as_bytes(), Face::RedisCli), expected, "{text:?}");
        }
    }
}
