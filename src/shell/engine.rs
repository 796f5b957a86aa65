//! The engine behind every face of the shell: connect if need be, send a command, print what comes.
//!
//! Output for the user goes to the console's data stream, connection trouble to its notes, in
//! redis-cli's words. The engine never reads the terminal and never retries a command.

use std::time::Duration;

use super::access::{self, Access};
use super::advice;
use super::face::{self, Face};
use super::format::Format;
use super::guard::{self, Policy};
use super::redirect::{self, Redirect};
use super::render::{Renderer, rows};
use super::scratch::Scratch;
use super::session::{Event, Session};
use super::stream;
use super::words::Command;
use crate::args::cli::{CliArgs, Output};
use crate::client::{ClientError, Endpoint, Target};
use crate::limits::CLUSTER_REDIRECTS_MAX;
use crate::resp::value::Value;
use crate::ui::{Console, Result, Style};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered.
    Done,
    /// The server answered with an error.
    Refused,
    /// The server refused the credentials, or the user may not do this.
    Denied,
    /// There is no connection, or no longer one.
    Lost,
    /// It was not sent: a person, or a rule, said no.
    Declined,
}

/// Session, format and streams together.
pub struct Engine {
    /// The connection.
    pub session: Session,
    /// The format of replies.
    pub renderer: Renderer,
    /// Where output goes.
    pub console: Console,
    /// Who we are.
    pub face: Face,
    /// What is allowed on this server.
    pub policy: Policy,
    /// Whether MOVED and ASK are followed.
    follows: bool,
    /// Whether unasked-for pushes are printed.
    show_pushes: bool,
    /// Whether error replies go to the notes.
    pub fail_on_error: bool,
    /// The private server, once there is one.
    pub scratch: Option<Scratch>,
    /// Where the session was before it went to the private server.
    pub left: Option<((Target, Vec<Endpoint>), Policy)>,
    /// Whether the last command at the prompt failed: a sourced file stops there.
    pub failed: bool,
    /// How many files source each other at this moment.
    pub source_depth: usize,
    /// Whether every command's time is shown.
    pub timing: bool,
    /// What the server is, if it is no master: `replica`, `sentinel`.
    pub role: Option<String>,
    /// The connection's id on the server, if it was asked for.
    pub client_id: Option<i64>,
    /// Whether the output is for people: a terminal, or said to be one.
    pub for_people: bool,
    /// Whether a person types, and can leave a stream by a key.
    pub interactive: bool,
    /// The pause between repetitions.
    pub interval: Option<Duration>,
}

impl Engine {
    /// An engine that is not connected yet.
    pub fn new(args: &CliArgs, face: Face, access: Access, console: Console) -> Self {
        let for_people = console.data.is_terminal() || std::env::var_os("FAKETTY").is_some();
        let by_default = if for_people { Format::Human } else { Format::Raw };
        let mut renderer = Renderer::new(Format::asked_for(args).unwrap_or(by_default), face);
        renderer.element_delimiter = args.element_delimiter.clone().into_encoded_bytes();
        renderer.reply_delimiter = args.reply_delimiter.clone().into_encoded_bytes();
        renderer.shape = args.output.unwrap_or(Output::Plain);
        let mut session = Session::new(access.target, face.is_strict());
        session.set_alternatives(access.alternatives);
        Self {
            session,
            policy: access.policy,
            face,
            follows: args.cluster_mode,
            renderer,
            show_pushes: args.show_pushes.as_ref().map_or(for_people, |word| word.starts_with('y')),
            console,
            fail_on_error: args.fail_on_error || face == Face::Own,
            scratch: None,
            left: None,
            failed: false,
            source_depth: 0,
            timing: false,
            role: None,
            client_id: None,
            for_people,
            interactive: false,
            interval: access::duration(args.interval).ok().flatten(),
        }
    }

    /// Connects, or says why not.
    pub async fn connect(&mut self) -> Outcome {
        match self.session.connect().await {
            Ok(remark) => {
                remark.iter().for_each(|line| self.console.notes.note(line));
                if self.interactive && self.face == Face::Own {
                    self.look_around().await;
                }
                Outcome::Done
            }
            Err(error) => {
                self.complain(&error);
                face::loss(&error)
            }
        }
    }

    /// Asks what the prompt shows, and what a cancelled command needs. What is refused is not known.
    async fn look_around(&mut self) {
        self.client_id = self.ask(&["CLIENT", "ID"]).await.ok().and_then(|reply| reply.as_int());
        let role = self.ask(&["ROLE"]).await.ok();
        let role = role.as_ref().and_then(|reply| reply.as_list()?.first()?.as_str());
        self.role = match role {
            Some("slave") => Some("replica".to_owned()),
            Some("master") | None => None,
            Some(other) => Some(other.to_owned()),
        };
    }

    /// Sends a command for the shell's own use: nothing is printed, the reply may be an error.
    ///
    /// # Errors
    /// No reply came.
    pub async fn ask(&mut self, words: &[impl AsRef<[u8]>]) -> std::result::Result<Value, ClientError> {
        self.session.client()?.call(words).await
    }

    /// Says what happened to the connection, as redis-cli would.
    pub fn complain(&mut self, error: &ClientError) {
        let said_whole = matches!(
            error,
            ClientError::Connect { .. } | ClientError::Auth(_) | ClientError::Handshake { .. }
        );
        let label = if said_whole { "" } else { "Error: " };
        self.console.notes.note(&format!("{label}{error}"));
        let unheard = self.session.target().tls.is_none() && !self.session.has_heard();
        let is_strange = matches!(error, ClientError::Protocol(_) | ClientError::Closed | ClientError::Io(_));
        if self.face == Face::Own && unheard && is_strange {
            self.console.notes.note("(if this port speaks TLS: --tls)");
        }
    }

    /// Says in which line of a script it stopped.
    pub fn note_place(&mut self, script: &str, line: u64) {
        if self.face == Face::Own {
            self.console
                .notes
                .note(&format!("{script}:{line}: stopped here (--keep-going goes on after errors)"));
        }
    }

    /// Runs a command `repeat` times (a negative number: for ever), pausing after each.
    ///
    /// # Errors
    /// The output cannot be written.
    pub async fn issue(&mut self, command: &Command<'_>, repeat: i64) -> Result<Outcome> {
        if !self.session.is_connected() {
            let outcome = self.connect().await;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
        }
        if self.face == Face::Own && !guard::allows(self, command).await? {
            return Ok(Outcome::Declined);
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
        self.fail_on_error && matches!(outcome, Outcome::Refused | Outcome::Denied)
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
        let result = match self.follows {
            true => self.run_in_cluster(command).await,
            false => self.session.run(command).await,
        };
        match result {
            Ok(events) => self.print_all(command, &events).await,
            Err(_) if command.is("shutdown") => Ok(Outcome::Done),
            Err(error) => {
                self.complain(&error);
                if in_transaction {
                    self.console.notes.note(fate_of_transaction(command));
                }
                Ok(face::loss(&error))
            }
        }
    }

    /// Runs a command on the node that has its keys: MOVED and ASK are followed, so often at most.
    async fn run_in_cluster(
        &mut self,
        command: &Command<'_>,
    ) -> std::result::Result<Vec<Event>, ClientError> {
        for _ in 0..CLUSTER_REDIRECTS_MAX {
            let events = self.session.run(command).await?;
            let Some(redirect) = redirect::find(&events, self.session.endpoint()) else { return Ok(events) };
            self.follow(&redirect).await?;
        }
        self.session.run(command).await
    }

    async fn follow(&mut self, redirect: &Redirect) -> std::result::Result<(), ClientError> {
        if self.interactive {
            // Who reads the terminal wants to know; nothing depends on it.
            let line = format!("-> Redirected to slot [{}] located at {}", redirect.slot, redirect.endpoint);
            let _ = self.console.data.line(&line);
        }
        self.session.redirect(redirect.endpoint.clone());
        self.session.connect().await?;
        if self.interactive && self.face == Face::Own {
            // The connection's id is another one there: Ctrl-C must not unblock a stranger.
            self.look_around().await;
        }
        if redirect.asking {
            self.ask(&["ASKING"]).await?;
        }
        Ok(())
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
            self.print_answer(command, value)?;
            return Ok(Outcome::Done);
        };
        let is_data = self.face == Face::Own && self.renderer.format.is_json();
        if self.fail_on_error && !is_data {
            self.console.notes.note(&line);
        } else {
            self.print_answer(command, value)?;
        }
        if self.face == Face::Own
            && self.console.notes.is_terminal()
            && let Some(advice) = advice::on(&line, command)
        {
            let advice = self.console.notes.paint(Style::Faint, &format!("({advice})"));
            self.console.notes.note(&advice);
        }
        Ok(face::refusal(&line))
    }

    /// Prints the answer to a command.
    fn print_answer(&mut self, command: &Command<'_>, value: &Value) -> Result<()> {
        if self.renderer.shape != Output::Plain
            && let Some(rows) = rows::of(command, value)
        {
            return rows.print(&mut self.console.data, self.renderer.shape);
        }
        let bytes = self.renderer.answer(command, value);
        self.console.data.bytes(&bytes)
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
