//! The engine behind every face of the shell: connect if need be, send a command, print what comes.
//!
//! Output for the user goes to the console's data stream, connection trouble to its notes, in
//! redis-cli's words. The engine never reads the terminal and never retries a command.

use std::time::Duration;

use super::access;
use super::format::Format;
use super::render::Renderer;
use super::session::{Event, Session};
use super::stream;
use super::words::Command;
use crate::args::cli::CliArgs;
use crate::client::{ClientError, Target};
use crate::resp::value::Value;
use crate::ui::{Console, Result};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered.
    Done,
    /// The server answered with an error.
    Refused,
    /// There is no connection, or no longer one.
    Lost,
}

/// Session, format and streams together.
pub struct Engine {
    /// The connection.
    pub session: Session,
    /// The format of replies.
    pub renderer: Renderer,
    /// Where output goes.
    pub console: Console,
    /// Whether unasked-for pushes are printed.
    show_pushes: bool,
    /// Whether error replies go to the notes.
    pub fail_on_error: bool,
    /// Whether a person types, and can leave a stream by a key.
    pub interactive: bool,
    interval: Option<Duration>,
}

impl Engine {
    /// An engine that is not connected yet.
    pub fn new(args: &CliArgs, target: Target, console: Console) -> Self {
        let for_people = console.data.is_terminal() || std::env::var_os("FAKETTY").is_some();
        let by_default = if for_people { Format::Human } else { Format::Raw };
        let mut renderer = Renderer::new(Format::asked_for(args).unwrap_or(by_default));
        renderer.element_delimiter = args.element_delimiter.clone().into_encoded_bytes();
        renderer.reply_delimiter = args.reply_delimiter.clone().into_encoded_bytes();
        Self {
            session: Session::new(target),
            renderer,
            show_pushes: args.show_pushes.as_ref().map_or(for_people, |word| word.starts_with('y')),
            console,
            fail_on_error: args.fail_on_error,
            interactive: false,
            interval: access::duration(args.interval).ok().flatten(),
        }
    }

    /// Connects, or says why not. True if connected.
    pub async fn connect(&mut self) -> bool {
        match self.session.connect().await {
            Ok(None) => true,
            Ok(Some(refusal)) => {
                self.console.notes.note(&format!("HELLO 3 failed: {refusal}"));
                true
            }
            Err(error) => {
                self.complain(&error);
                false
            }
        }
    }

    /// Says what happened to the connection, as redis-cli would.
    pub fn complain(&mut self, error: &ClientError) {
        let said_whole = matches!(
            error,
            ClientError::Connect { .. } | ClientError::Auth(_) | ClientError::Handshake { .. }
        );
        let label = if said_whole { "" } else { "Error: " };
        self.console.notes.note(&format!("{label}{error}"));
    }

    /// Runs a command `repeat` times (a negative number: for ever), pausing after each.
    ///
    /// # Errors
    /// The output cannot be written.
    pub async fn issue(&mut self, command: &Command<'_>, repeat: i64) -> Result<Outcome> {
        if !self.session.is_connected() && !self.connect().await {
            return Ok(Outcome::Lost);
        }
        let mut outcome = Outcome::Done;
        let mut left = repeat;
        while left != 0 {
            outcome = self.once(command).await?;
            if outcome == Outcome::Lost || self.stops_at(outcome) {
                break;
            }
            left -= i64::from(left > 0);
            if let Some(interval) = self.interval {
                tokio::time::sleep(interval).await;
            }
        }
        Ok(outcome)
    }

    /// Whether an error reply ends everything.
    pub fn stops_at(&self, outcome: Outcome) -> bool {
        self.fail_on_error && outcome == Outcome::Refused
    }

    async fn once(&mut self, command: &Command<'_>) -> Result<Outcome> {
        if command.starts_replication() {
            self.console
                .notes
                .note("Error: a replication stream is not made of replies; this shell cannot show it");
            return Ok(Outcome::Refused);
        }
        if command.is("monitor") {
            return stream::monitor(self, command).await;
        }
        let in_transaction = self.session.in_transaction();
        match self.session.run(command).await {
            Ok(events) => self.print_all(command, &events).await,
            Err(_) if command.is("shutdown") => Ok(Outcome::Done),
            Err(error) => {
                self.complain(&error);
                if in_transaction {
                    self.console.notes.note(fate_of_transaction(command));
                }
                Ok(Outcome::Lost)
            }
        }
    }

    async fn print_all(&mut self, command: &Command<'_>, events: &[Event]) -> Result<Outcome> {
        let mut outcome = Outcome::Done;
        for event in events {
            match event {
                Event::Push(value) => self.print_push(value)?,
                Event::Message(value) => self.print(value, false)?,
                Event::Reply(value) => outcome = self.print_reply(command, value)?,
            }
        }
        if self.session.is_subscribed() && !self.interactive && outcome == Outcome::Done {
            return stream::messages(self).await;
        }
        Ok(outcome)
    }

    fn print_reply(&mut self, command: &Command<'_>, value: &Value) -> Result<Outcome> {
        let Some(line) = value.error() else {
            self.print(value, command.answers_text())?;
            return Ok(Outcome::Done);
        };
        if self.fail_on_error {
            self.console.notes.note(&line);
        } else {
            self.print(value, command.answers_text())?;
        }
        Ok(Outcome::Refused)
    }

    /// Prints a value in the chosen format.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn print(&mut self, value: &Value, text: bool) -> Result<()> {
        let bytes = self.renderer.reply(value, text);
        self.console.data.bytes(&bytes)
    }

    /// Prints a push that nobody asked for, if those are wanted.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn print_push(&mut self, value: &Value) -> Result<()> {
        if !self.show_pushes {
            return Ok(());
        }
        let bytes = self.renderer.push(value);
        self.console.data.bytes(&bytes)
    }
}

/// What became of a transaction whose connection was lost at this command.
fn fate_of_transaction(command: &Command<'_>) -> &'static str {
    if command.is("exec") {
        "(the transaction may have run: look before repeating it)"
    } else {
        "(the transaction is gone with the connection: none of it ran)"
    }
}
