//! The play: what is typed and what comes back, shown as in a terminal, and the checks. The first check
//! that does not hold ends it.

use serde_json::{Value as Json, json};
use std::time::Duration;

use super::stage::{Actor, Stage, Who};
use crate::clock;
use crate::limits::REPLY_DEPTH_MAX;
use crate::ops::info::Info;
use crate::ops::session::{Fault, Session, bytes};
use crate::resp::{quote, value::Value};
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::{Console, Error, Kind, Style};

/// Longest wait for a server to start, or for a line of INFO to change, in milliseconds.
const WAIT_LIMIT_MS: u64 = 10_000;

/// Between two looks.
const POLL: Duration = Duration::from_millis(20);

/// What stands in place of a password.
const HIDDEN: &str = "********";

/// A check that held.
struct Held {
    step: usize,
    what: String,
}

/// The running play.
pub struct Play {
    console: Console,
    stage: Option<Stage>,
    json: bool,
    limit: Duration,
    sessions: [Option<Session>; 3],
    steps: Vec<String>,
    held: Vec<Held>,
}

impl Play {
    /// Raises the curtain.
    pub fn new(console: Console, stage: Stage, json: bool, limit: Duration) -> Play {
        Play {
            console,
            stage: Some(stage),
            json,
            limit,
            sessions: [None, None, None],
            steps: Vec::new(),
            held: Vec::new(),
        }
    }

    /// Stops every server and removes the folder.
    pub fn clear_up(&mut self) {
        self.sessions = [None, None, None];
        self.stage = None;
    }

    fn stage(&mut self) -> Result<&mut Stage> {
        self.stage.as_mut().ok_or_else(|| Error::failed("the play is over"))
    }

    /// One of the servers.
    ///
    /// # Errors
    /// After the end.
    pub fn actor(&mut self, who: Who) -> Result<&Actor> {
        self.stage().map(|stage| stage.actor(who))
    }

    /// Begins a step.
    ///
    /// # Errors
    /// When the output is closed.
    pub fn step(&mut self, title: &str, prose: &str) -> Result<()> {
        self.steps.push(title.to_owned());
        let heading = self.console.data.paint(Style::Strong, &format!("Step {}. {title}", self.steps.len()));
        self.say(&format!("\n{heading}"))?;
        self.say(prose)
    }

    /// A line of narration.
    ///
    /// # Errors
    /// When the output is closed.
    pub fn say(&mut self, text: &str) -> Result<()> {
        if self.json { Ok(()) } else { self.console.data.line(text) }
    }

    /// Holds what was seen against what should be.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it does not hold.
    pub fn check(&mut self, what: &str, holds: bool, seen: &str) -> Result<()> {
        if !holds {
            return Err(Error::new(Kind::Verification, format!("this did not hold: {what}"))
                .cause(format!("seen: {seen}"))
                .detail("checks", Json::from(self.held_json())));
        }
        self.held.push(Held { step: self.steps.len(), what: what.to_owned() });
        let mark = self.console.data.paint(Style::Good, "ok:");
        self.say(&format!("  {mark} {what}"))
    }

    /// Writes a server's configuration file and shows it, passwords hidden.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn configure(&mut self, who: Who, lines: &[String]) -> Result<()> {
        let (path, dir) = {
            let actor = self.actor(who)?;
            (actor.config.clone(), actor.dir().to_owned())
        };
        self.say(&format!("  {}.conf", who.name()))?;
        for line in lines {
            let shown = self.without_passwords(line)?;
            self.say(&format!("    {shown}"))?;
        }
        let mut text = lines.join("\n");
        text.push_str(&format!("\ndir \"{}\"\nrepl-diskless-sync-delay 0\n", dir.display()));
        std::fs::write(&path, text)
            .map_err(|error| Error::failed(format!("cannot write {}", path.display())).source(&error))
    }

    fn without_passwords(&mut self, text: &str) -> Result<String> {
        let stage = self.stage()?;
        let passwords = Who::ALL.map(|who| stage.actor(who).password());
        Ok(passwords.iter().fold(text.to_owned(), |text, password| text.replace(password, HIDDEN)))
    }

    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it ends or does not answer in time, with its last words.
    pub async fn start(&mut self, who: Who) -> Result<()> {
        self.say(&format!("  $ start the {} server on {}.conf", who.name(), who.name()))?;
        self.stage()?.start(who)?;
        let deadline = clock::mono_ms() + WAIT_LIMIT_MS;
        loop {
            if let Some(words) = self.stage()?.ended(who) {
                return Err(
                    Error::new(Kind::Verification, format!("the {} server ended", who.name())).cause(words)
                );
            }
            let node = self.actor(who)?.node.clone();
            if let Ok(mut session) = Session::open(&node, self.limit).await
                && session.words(&["PING"]).await.is_ok()
            {
                self.sessions[who as usize] = Some(session);
                return Ok(());
            }
            if clock::mono_ms() > deadline {
                return Err(Error::new(
                    Kind::Verification,
                    format!("the {} server does not answer", who.name()),
                ));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Kills a server as a power cut would.
    ///
    /// # Errors
    /// After the end.
    pub fn kill(&mut self, who: Who) -> Result<()> {
        self.sessions[who as usize] = None;
        self.stage()?.kill(who);
        self.say(&format!("  $ kill -9 the {} server", who.name()))
    }

    /// A connection that has not said who it is.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it cannot be made.
    pub async fn stranger(&mut self, who: Who) -> Result<Session> {
        let mut node = self.actor(who)?.node.clone();
        node.password = None;
        Session::open(&node, self.limit).await.map_err(|fault| lost(who, &fault))
    }

    /// Types a command and shows what comes back; an error reply is a value.
    ///
    /// # Errors
    /// [`Kind::Verification`] when the server does not answer.
    pub async fn ask(&mut self, who: Who, command: &[&str]) -> Result<Value> {
        let mut session = self.session(who).await?;
        let reply = self.ask_on(who, &mut session, command).await;
        self.sessions[who as usize] = Some(session);
        reply
    }

    /// The same on a given connection.
    ///
    /// # Errors
    /// As [`Play::ask`].
    pub async fn ask_on(&mut self, who: Who, session: &mut Session, command: &[&str]) -> Result<Value> {
        let typed = self.without_passwords(&command.join(" "))?;
        let reply = match session.words(command).await {
            Ok(reply) => reply,
            Err(Fault::Refused(line) | Fault::Denied(line)) => Value::Error(line.into_bytes()),
            Err(fault) => return Err(lost(who, &fault)),
        };
        let prompt = self.console.data.paint(Style::Faint, &format!("{}>", who.name()));
        self.say(&format!("  {prompt} {typed}"))?;
        for line in shown(&reply, 0) {
            let line = self.without_passwords(&line)?;
            self.say(&format!("  {line}"))?;
        }
        Ok(reply)
    }

    /// Types a command and checks the reply.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it is another one.
    pub async fn expect(&mut self, who: Who, command: &[&str], want: &Value, what: &str) -> Result<()> {
        let reply = self.ask(who, command).await?;
        self.check(what, reply == *want, &shown(&reply, 0).join(" "))
    }

    /// Types a command that must be refused with this error code.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it is not.
    pub async fn expect_refusal(&mut self, who: Who, command: &[&str], code: &str, what: &str) -> Result<()> {
        let reply = self.ask(who, command).await?;
        let refused = matches!(&reply, Value::Error(line) if line.starts_with(code.as_bytes()));
        self.check(what, refused, &shown(&reply, 0).join(" "))
    }

    /// Waits until a key has a value: replication takes a moment.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it does not come about.
    pub async fn expect_key(&mut self, who: Who, key: &str, want: &str) -> Result<()> {
        let deadline = clock::mono_ms() + WAIT_LIMIT_MS;
        loop {
            let mut session = self.session(who).await?;
            let reply = session.words(&["GET", key]).await;
            self.sessions[who as usize] = Some(session);
            let arrived = reply.is_ok_and(|reply| reply.as_bytes() == Some(want.as_bytes()));
            if arrived || clock::mono_ms() > deadline {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        let want = Value::Bulk(want.as_bytes().to_vec());
        self.expect(who, &["GET", key], &want, &format!("the {} server has the key", who.name())).await
    }

    /// Waits until lines of INFO replication read so, then shows the section.
    ///
    /// # Errors
    /// [`Kind::Verification`] when they do not in time.
    pub async fn expect_replication(&mut self, who: Who, lines: &[(&str, &str)]) -> Result<()> {
        let deadline = clock::mono_ms() + WAIT_LIMIT_MS;
        loop {
            let info = self.replication(who).await?;
            if lines.iter().all(|(name, value)| reads(&info, name, value)) || clock::mono_ms() > deadline {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        let reply = self.ask(who, &["INFO", "replication"]).await?;
        let info = Info::parse(&bytes(&reply).unwrap_or_default());
        for (name, value) in lines {
            let seen = format!("{name}:{}", info.text(name));
            self.check(
                &format!("the {} server says {name}:{value}", who.name()),
                reads(&info, name, value),
                &seen,
            )?;
        }
        Ok(())
    }

    /// Waits until a master lists a replica as online.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it does not.
    pub async fn expect_online(&mut self, master: Who, replica: Who) -> Result<()> {
        let addr = self.actor(replica)?.node.addr.clone();
        let what = format!("the {} server lists the {} as online", master.name(), replica.name());
        let deadline = clock::mono_ms() + WAIT_LIMIT_MS;
        loop {
            let lines = self.replication(master).await?.replicas();
            let online = lines.iter().any(|line| line.addr == addr && line.state == "online");
            if online || clock::mono_ms() > deadline {
                return self.check(&what, online, &format!("{lines:?}"));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// INFO replication without showing it.
    ///
    /// # Errors
    /// [`Kind::Verification`] when the server does not answer.
    pub async fn replication(&mut self, who: Who) -> Result<Info> {
        let mut session = self.session(who).await?;
        let info = session.info("replication").await.map_err(|fault| lost(who, &fault));
        self.sessions[who as usize] = Some(session);
        info
    }

    /// Waits until one server has everything that another one has.
    ///
    /// # Errors
    /// [`Kind::Verification`] when it does not get there.
    pub async fn expect_same_offset(&mut self, behind: Who, ahead: Who) -> Result<()> {
        let deadline = clock::mono_ms() + WAIT_LIMIT_MS;
        loop {
            let want: u64 = self.replication(ahead).await?.num("master_repl_offset").unwrap_or(0);
            let have: u64 = self.replication(behind).await?.num("slave_repl_offset").unwrap_or(0);
            if have >= want || clock::mono_ms() > deadline {
                let what =
                    format!("the {} server has reached the offset of the {}", behind.name(), ahead.name());
                return self.check(&what, have >= want, &format!("{have} of {want}"));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn session(&mut self, who: Who) -> Result<Session> {
        match self.sessions[who as usize].take().filter(Session::is_usable) {
            Some(session) => Ok(session),
            None => {
                let node = self.actor(who)?.node.clone();
                Session::open(&node, self.limit).await.map_err(|fault| lost(who, &fault))
            }
        }
    }

    /// The last line.
    ///
    /// # Errors
    /// When the output is closed.
    pub fn finish(&mut self, took_ms: u64) -> Result<()> {
        if self.json {
            let steps: Vec<Json> = self.steps.iter().map(|title| json!(title)).collect();
            let document = json!({
                "schema": SCHEMA,
                "ok": true,
                "verb": "tutorial",
                "steps": steps,
                "checks": self.held_json(),
                "took_ms": took_ms,
            });
            return self.console.data.json(&document);
        }
        let seconds = took_ms as f64 / 1000.0;
        let done =
            format!("{} steps, {} checks, all held, in {seconds:.1} s", self.steps.len(), self.held.len());
        let done = self.console.data.paint(Style::Good, &done);
        self.say(&format!("\n{done}"))
    }

    fn held_json(&self) -> Vec<Json> {
        self.held.iter().map(|held| json!({ "step": held.step, "what": held.what, "held": true })).collect()
    }
}

fn reads(info: &Info, name: &str, value: &str) -> bool {
    info.get(name) == Some(value)
}

fn lost(who: Who, fault: &Fault) -> Error {
    Error::new(Kind::Verification, format!("the {} server does not answer", who.name())).cause(fault.text())
}

/// A reply as a terminal shows it; INFO's text as lines.
fn shown(reply: &Value, depth: usize) -> Vec<String> {
    match reply {
        Value::Simple(text) => vec![lossy(text)],
        Value::Error(line) => vec![format!("(error) {}", lossy(line))],
        Value::Int(number) => vec![format!("(integer) {number}")],
        Value::Null => vec!["(nil)".to_owned()],
        Value::Bulk(text) if text.contains(&b'\n') => lossy(text)
            .lines()
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect(),
        Value::Bulk(text) => {
            let mut quoted = Vec::new();
            quote::repr(&mut quoted, text);
            vec![lossy(&quoted)]
        }
        Value::Array(items) if depth < REPLY_DEPTH_MAX => {
            let numbered = items.iter().zip(1..);
            numbered
                .flat_map(|(item, number)| {
                    shown(item, depth + 1).into_iter().map(move |line| format!("{number}) {line}"))
                })
                .collect()
        }
        other => vec![format!("{other:?}")],
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
