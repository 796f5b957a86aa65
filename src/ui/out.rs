//! The handles to standard output and standard error, and colour.
//!
//! Colour is decided once per handle: `--color` first, then `NO_COLOR`, then whether it is a terminal.
//! It never carries meaning alone; every coloured word reads the same without it.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;

use super::error::{Error, Kind, Result};
use super::json;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` says otherwise.
    #[default]
    Auto,
    /// Even into a pipe.
    Always,
    /// Not even on a terminal.
    Never,
}

/// What a word means; the colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// Heading.
    Strong,
    /// Aside.
    Faint,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Style::Good => "32",
            Style::Warn => "33",
            Style::Bad => "31",
            Style::Strong => "1",
            Style::Faint => "2",
        }
    }
}

/// One output stream.
pub struct Out {
    sink: Box<dyn Write + Send>,
    terminal: bool,
    color: bool,
}

impl Out {
    /// Standard output: data.
    pub fn stdout(choice: ColorChoice) -> Out {
        let terminal = io::stdout().is_terminal();
        Out { sink: Box::new(io::stdout()), terminal, color: wants_color(choice, terminal) }
    }

    /// Standard error: everything that is not data.
    pub fn stderr(choice: ColorChoice) -> Out {
        let terminal = io::stderr().is_terminal();
        Out { sink: Box::new(io::stderr()), terminal, color: wants_color(choice, terminal) }
    }

    /// A stream into anything that can be written to, without colour.
    pub fn into_writer(sink: impl Write + Send + 'static) -> Out {
        Out { sink: Box::new(sink), terminal: false, color: false }
    }

    /// A stream into memory, without colour: for tests.
    pub fn captured() -> (Out, Captured) {
        let captured = Captured::default();
        (Out { sink: Box::new(captured.clone()), terminal: false, color: false }, captured)
    }

    /// Is somebody looking at it?
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Is colour on?
    pub fn has_color(&self) -> bool {
        self.color
    }

    /// `text` in the colour of `style`, or plain.
    pub fn paint(&self, style: Style, text: &str) -> String {
        if self.color { format!("\x1b[{}m{text}\x1b[0m", style.code()) } else { text.to_owned() }
    }

    /// Writes bytes as they are and flushes them.
    ///
    /// # Errors
    /// [`Kind::PipeClosed`] when nobody reads any more, [`Kind::Failed`] for other failures.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.sink.write_all(bytes).and_then(|()| self.sink.flush());
        written.map_err(|error| write_error(&error))
    }

    /// Writes text and a newline.
    ///
    /// # Errors
    /// As [`Out::bytes`].
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// Writes a JSON document.
    ///
    /// # Errors
    /// As [`Out::bytes`].
    pub fn json(&mut self, document: &Json) -> Result<()> {
        self.bytes(json::render(document).as_bytes())
    }

    /// Writes a line that nobody depends on: a failure to write it must not stop the work.
    pub fn note(&mut self, text: &str) {
        let _ = self.line(text);
    }
}

fn wants_color(choice: ColorChoice, terminal: bool) -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => terminal && !forbidden && !dumb,
    }
}

fn write_error(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Kind::PipeClosed, "output closed"),
        _ => Error::failed("cannot write the output").source(error),
    }
}

/// Both streams together: what a command is given to talk with.
pub struct Console {
    /// Standard output: the result, and nothing else.
    pub data: Out,
    /// Standard error: notes, plans, prompts, progress.
    pub notes: Out,
}

impl Console {
    /// The process's own streams.
    pub fn new(choice: ColorChoice) -> Console {
        Console { data: Out::stdout(choice), notes: Out::stderr(choice) }
    }

    /// Both streams into memory: for tests.
    pub fn captured() -> (Console, Captured, Captured) {
        let (data, data_text) = Out::captured();
        let (notes, notes_text) = Out::captured();
        (Console { data, notes }, data_text, notes_text)
    }
}

/// What a captured stream received.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Everything written so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_output_is_plain() {
        let (mut out, text) = Out::captured();
        let painted = out.paint(Style::Bad, "down");
        out.line(&painted).unwrap();
        assert_eq!(text.text(), "down\n");
    }

    #[test]
    fn a_broken_pipe_is_a_clean_end() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut out = Out { sink: Box::new(Closed), terminal: false, color: false };
        assert_eq!(out.line("x").unwrap_err().kind, Kind::PipeClosed);
    }

    #[test]
    fn the_flag_beats_the_terminal() {
        assert!(wants_color(ColorChoice::Always, false));
        assert!(!wants_color(ColorChoice::Never, true));
        assert!(!wants_color(ColorChoice::Auto, false));
    }
}
