//! Carries out a plan, one step after the other. Every step looks first and does nothing where its end
//! is reached already, so a plan can be run again after any interruption.
//!
//! ```text
//!   step --> done | already so          next step
//!        \-> shortfall (not on disk)    next step; exit 5 at the end
//!         \> failed                     stop: 3 or 8 before the first change, then 5; 6 when a change
//!                                       was sent and no reply came; 9 when a proof failed
//! ```

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::handover::Swap;
use super::history::Record;
use super::info::Info;
use super::persisted::{self, Proof};
use super::plan::{Action, LastingRole, Party, Plan};
use super::proof;
use super::session::{Fault, Session, text};
use super::{clients, copy, verify};
use crate::client::Secret;
use crate::clock;
use crate::names::topology::Node;
use crate::ui::progress::{Progress, Unit};
use crate::ui::{Console, Error, Kind, Style, format};

/// Between two looks at a server that is being waited for.
const POLL: Duration = Duration::from_millis(50);

/// A replica that shows no sign of synchronising for so long cannot reach its master, or not log in.
const NO_SIGN_LIMIT: Duration = Duration::from_secs(20);

/// How long a step may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// One answer of one server.
    pub node: Duration,
    /// One step as a whole.
    pub step: Duration,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It was carried out; what was seen, if that says more than the step itself.
    Yes(Option<String>),
    /// It was so already.
    Already,
    /// It works, but something about it is missing that the user must be told.
    Short(String),
}

impl Done {
    /// Its name in JSON, and what was seen.
    pub fn described(&self) -> (&'static str, Option<&str>) {
        match self {
            Done::Yes(seen) => ("done", seen.as_deref()),
            Done::Already => ("already", None),
            Done::Short(what) => ("short", Some(what)),
        }
    }
}

/// How a step ended, and how long it took.
#[derive(Debug, Clone)]
pub struct StepEnd {
    /// What became of it.
    pub done: Done,
    /// In milliseconds.
    pub ms: u64,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A server did not do it.
    Fault(Fault),
    /// The server is not the one the plan was made for, or the facts changed.
    Changed(String),
    /// It did not come about in time.
    TooLong(String),
    /// A proof failed.
    Disproved(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::Fault(fault)
    }
}

impl Failure {
    /// The text for the user.
    pub fn text(&self) -> &str {
        match self {
            Failure::Fault(fault) => fault.text(),
            Failure::Changed(text) | Failure::TooLong(text) | Failure::Disproved(text) => text,
        }
    }

    /// The kind of the whole operation's end, given whether something was changed before and whether
    /// this step would have changed something.
    fn kind(&self, changed: bool, is_change: bool) -> Kind {
        match self {
            Failure::Fault(Fault::Unknown(_)) if is_change => Kind::Unknown,
            Failure::Disproved(_) => Kind::Verification,
            _ if changed => Kind::Incomplete,
            Failure::Fault(Fault::Refused(_)) | Failure::Changed(_) => Kind::Refused,
            Failure::Fault(_) | Failure::TooLong(_) => Kind::Unreachable,
        }
    }
}

/// Runs a plan.
pub struct Apply<'a> {
    console: &'a mut Console,
    patience: Patience,
    sessions: HashMap<String, Session>,
    changed: bool,
    done: Vec<StepEnd>,
    record: &'a mut Record,
    /// For tests of crashes: the process kills itself behind this step.
    die_after: Option<usize>,
}

impl<'a> Apply<'a> {
    /// Prepares to run with these limits.
    pub fn new(
        console: &'a mut Console,
        patience: Patience,
        record: &'a mut Record,
        die_after: Option<usize>,
    ) -> Apply<'a> {
        let (sessions, done) = (HashMap::new(), Vec::new());
        Apply { console, patience, sessions, changed: false, done, record, die_after }
    }

    /// Runs every step; on success, what became of each.
    ///
    /// # Errors
    /// The first failure, or at the end the shortfalls, with the kind that decides the exit code.
    pub async fn run(mut self, plan: &Plan) -> Result<Vec<StepEnd>, Error> {
        for (step, number) in plan.steps.iter().zip(1..) {
            let label = format!("{number}/{} {}", plan.steps.len(), step.action.sentence());
            let began = clock::mono_ms();
            self.record.starts(number);
            let outcome = self.step(&step.action, &label).await;
            if self.die_after == Some(number) {
                die();
            }
            match outcome {
                Ok(done) => {
                    self.record.ended(number, &done);
                    self.report(&label, &done);
                    self.done.push(StepEnd { done, ms: clock::mono_ms() - began });
                }
                Err(failure) => {
                    self.record.failed(number, failure.text());
                    return Err(self.stopped(&step.action, &label, &failure));
                }
            }
        }
        match self.shortfalls() {
            Some(error) => Err(error),
            None => Ok(self.done),
        }
    }

    fn report(&mut self, label: &str, done: &Done) {
        let notes = &mut self.console.notes;
        let line = match done {
            Done::Yes(None) => format!("{} {label}", notes.paint(Style::Good, "done")),
            Done::Yes(Some(seen)) => format!("{} {label}: {seen}", notes.paint(Style::Good, "done")),
            Done::Already => format!("{} {label}: already so", notes.paint(Style::Good, "done")),
            Done::Short(what) => format!("{} {label}: {what}", notes.paint(Style::Warn, "but ")),
        };
        notes.note(&line);
    }

    fn stopped(&mut self, action: &Action, label: &str, failure: &Failure) -> Error {
        let notes = &mut self.console.notes;
        let line = format!("{} {label}", notes.paint(Style::Bad, "fail"));
        notes.note(&line);
        let error =
            Error::new(failure.kind(self.changed, action.is_change()), format!("stopped at step {label}"));
        let error = error.cause(failure.text());
        match self.changed {
            true => {
                error.hint("mend the cause and repeat the command: steps that are done are not done twice")
            }
            false => error,
        }
    }

    fn shortfalls(&self) -> Option<Error> {
        let mut missing = self.done.iter().filter_map(|end| match &end.done {
            Done::Short(what) => Some(what),
            _ => None,
        });
        let first = Error::new(Kind::Incomplete, "it works now, but will not survive a restart")
            .cause(missing.next()?);
        let error = missing.fold(first, |error, what| error.cause(what));
        Some(error.hint("mend the cause and repeat the command, or accept it with --no-persist"))
    }

    async fn step(&mut self, action: &Action, label: &str) -> Result<Done, Failure> {
        match action {
            Action::ConfirmSilence { master } => self.confirm_silence(master).await,
            Action::Set { node, name, value, .. } => self.set(node, name, value).await,
            Action::AwaitAppendOnly { node } => self.await_append_only(node).await,
            Action::Follow { node, master } => self.follow(node, master).await,
            Action::Detach { node } => self.detach(node).await,
            Action::AwaitSync { node, master } => self.await_sync(node, master, label).await,
            Action::Persist { node, role } => self.persist(node, role.as_ref()).await,
            Action::ProveWritable { node } => {
                let session = self.session(node).await?;
                proof::writable(session).await.map(|()| Done::Yes(None))
            }
            Action::ProveReplication { master, replica, read_only } => {
                self.prove_replication(master, replica, *read_only).await
            }
            Action::ProveFenced { node } => {
                let session = self.session(node).await?;
                proof::fenced(session).await.map(|()| Done::Yes(None))
            }
            Action::SaveCopy { node, file } => self.save_copy(node, file, label).await,
            Action::ListDifferences { node, other, file } => {
                self.list_differences(node, other, file, label).await
            }
            Action::HandOver { .. } => self.hand_over(action).await,
            Action::CloseClients { node } => {
                let closed = clients::close(self.session(node).await?).await?;
                self.changed |= closed > 0;
                Ok(Done::Yes(Some(format::count(closed, "connection"))))
            }
        }
    }

    /// The open session to a party; opening one compares the run id, once for all later writes.
    async fn session(&mut self, party: &Party) -> Result<&mut Session, Failure> {
        let usable = self.sessions.get(&party.run_id).is_some_and(Session::is_usable);
        if !usable {
            let mut session = Session::open(&party.node, self.patience.node).await?;
            let now = session.info("server").await?.text("run_id");
            if now != party.run_id {
                return Err(Failure::Changed(format!(
                    "another server process answers at {} now",
                    party.addr()
                )));
            }
            self.sessions.insert(party.run_id.clone(), session);
        }
        let gone = || Failure::Fault(Fault::Unreachable("no session".to_owned()));
        self.sessions.get_mut(&party.run_id).ok_or_else(gone)
    }

    async fn confirm_silence(&mut self, master: &Node) -> Result<Done, Failure> {
        match Session::open(master, self.patience.node).await {
            Err(Fault::Unreachable(_)) => Ok(Done::Yes(None)),
            _ => Err(Failure::Changed(format!("the master {} answers again", master.addr))),
        }
    }

    async fn set(&mut self, node: &Party, name: &str, value: &Secret) -> Result<Done, Failure> {
        let session = self.session(node).await?;
        let before = session.setting(name).await?;
        if before.as_deref() == Some(value.expose()) {
            return Ok(Done::Already);
        }
        session.call(&[b"CONFIG", b"SET", name.as_bytes(), value.expose()]).await?;
        let after = session.setting(name).await?;
        self.changed = true;
        // Servers print some values in another spelling (1gb as bytes), so only a value that did not
        // move at all is a failure.
        match after == before {
            true => Err(Failure::Disproved(format!("{name} was set, and still reads as before"))),
            false => Ok(Done::Yes(None)),
        }
    }

    async fn await_append_only(&mut self, node: &Party) -> Result<Done, Failure> {
        let deadline = self.deadline();
        loop {
            let info = self.session(node).await?.info("persistence").await?;
            let busy = info.flag("aof_rewrite_in_progress") || info.flag("aof_rewrite_scheduled");
            match (info.flag("aof_enabled"), busy, info.get("aof_last_bgrewrite_status")) {
                (true, false, Some("err")) => {
                    return Err(Failure::Disproved("the rewrite of the file failed".to_owned()));
                }
                (true, false, _) => return Ok(Done::Yes(None)),
                _ => {}
            }
            wait_on(deadline, "the append-only file is not complete yet").await?;
        }
    }

    async fn follow(&mut self, node: &Party, master: &Party) -> Result<Done, Failure> {
        let (host, port) = (master.addr().host.clone(), master.addr().port.to_string());
        let session = self.session(node).await?;
        session.replicaof(&host, &port).await?;
        let info = session.info("replication").await?;
        self.changed = true;
        match names_master(&info, &host, &port) {
            true => Ok(Done::Yes(None)),
            false => {
                Err(Failure::Disproved("the command was accepted, and INFO names another master".to_owned()))
            }
        }
    }

    async fn detach(&mut self, node: &Party) -> Result<Done, Failure> {
        let session = self.session(node).await?;
        if session.info("replication").await?.get("role") == Some("master") {
            return Ok(Done::Already);
        }
        session.replicaof("NO", "ONE").await?;
        let role = session.info("replication").await?.text("role");
        self.changed = true;
        match role.as_str() {
            "master" => Ok(Done::Yes(None)),
            other => Err(Failure::Disproved(format!("the command was accepted, and the role is {other}"))),
        }
    }

    async fn await_sync(&mut self, node: &Party, master: &Party, label: &str) -> Result<Done, Failure> {
        let progress = Progress::start(&self.console.notes, label, Unit::Bytes);
        let deadline = self.deadline();
        let no_sign_deadline = deadline.min(clock::mono_ms() + millis(NO_SIGN_LIMIT));
        let mut waited = false;
        let mut sign = false;
        loop {
            let info = self.session(node).await?.info("replication").await?;
            let syncing = info.flag("master_sync_in_progress");
            if info.get("role") != Some("slave") {
                return Err(Failure::Changed(format!("{} is no replica any more", node.addr())));
            }
            if info.get("master_link_status") == Some("up") && !syncing {
                return Ok(if waited { Done::Yes(None) } else { Done::Already });
            }
            show_sync(&progress, &info, label);
            (waited, sign) = (true, sign || syncing);
            if !sign {
                let what = format!(
                    "no link yet: can {} reach {}, and log in? Its log says more",
                    node.addr(),
                    master.addr()
                );
                wait_on(no_sign_deadline, &what).await?;
            } else {
                wait_on(deadline, "the synchronisation is still running").await?;
            }
        }
    }

    async fn persist(&mut self, node: &Party, role: Option<&LastingRole>) -> Result<Done, Failure> {
        let session = self.session(node).await?;
        match session.words(&["CONFIG", "REWRITE"]).await {
            Ok(_) => {}
            Err(Fault::Refused(line)) if line.contains("without a config file") => {
                return Ok(no_file(node, role));
            }
            Err(Fault::Refused(line) | Fault::Denied(line)) => {
                return Ok(Done::Short(format!(
                    "{} could not write its configuration file: {line}",
                    node.addr()
                )));
            }
            Err(other) => return Err(other.into()),
        }
        self.changed = true;
        let Some(role) = role else { return Ok(Done::Yes(None)) };
        if !node.addr().is_local() {
            let note = "the server says so; its file cannot be read from here".to_owned();
            return Ok(Done::Yes(Some(note)));
        }
        Ok(match persisted::prove(Path::new(&node.config_file), role) {
            Proof::Proven => Done::Yes(Some(format!("read back from {}", node.config_file))),
            Proof::Unproven(why) => Done::Yes(Some(format!("the server says so; {why}"))),
            Proof::Wrong(what) => Done::Short(what),
        })
    }

    async fn prove_replication(
        &mut self,
        master: &Party,
        replica: &Party,
        read_only: bool,
    ) -> Result<Done, Failure> {
        let limit = self.patience.step;
        // Two sessions at once: take the replica's out of the table while both are used.
        self.session(replica).await?;
        let Some(mut held) = self.sessions.remove(&replica.run_id) else {
            return Err(Failure::Fault(Fault::Unreachable("no session".to_owned())));
        };
        let proven = proof::replication(self.session(master).await?, &mut held, read_only, limit).await;
        self.sessions.insert(replica.run_id.clone(), held);
        proven.map(|offset| Done::Yes(Some(format!("both at offset {offset}"))))
    }

    async fn hand_over(&mut self, action: &Action) -> Result<Done, Failure> {
        let Action::HandOver { master, replica, listed, limit_ms } = action else { return Ok(Done::Already) };
        let nudge = Session::open(&replica.node, self.patience.node).await?;
        self.session(replica).await?;
        let Some(mut held) = self.sessions.remove(&replica.run_id) else {
            return Err(Failure::Fault(Fault::Unreachable("no session".to_owned())));
        };
        let swap = Swap {
            master: (self.session(master).await?, master.addr()),
            replica: (&mut held, replica.addr()),
            listed: listed.as_ref(),
            limit: Duration::from_millis(*limit_ms),
            nudge,
        };
        let swapped = swap.run().await;
        self.changed |= matches!(swapped, Ok(Done::Yes(_)));
        self.sessions.insert(replica.run_id.clone(), held);
        swapped
    }

    /// A snapshot by a connection of its own, which is of no other use afterwards.
    async fn save_copy(&mut self, node: &Party, file: &Path, label: &str) -> Result<Done, Failure> {
        self.session(node).await?;
        let progress = Progress::start(&self.console.notes, label, Unit::Bytes);
        let session = Session::open(&node.node, self.patience.node).await?;
        let bytes = copy::save(session, file, &progress).await?;
        Ok(Done::Yes(Some(format!("{} in {}", format::bytes(bytes), file.display()))))
    }

    /// By connections of their own: a comparison changes their database. That it cannot be made stops nobody, the
    /// copy holds everything.
    async fn list_differences(
        &mut self,
        node: &Party,
        other: &Party,
        file: &Path,
        label: &str,
    ) -> Result<Done, Failure> {
        let progress = Progress::start(&self.console.notes, label, Unit::Items);
        let a = Session::open(&node.node, self.patience.node).await?;
        let b = Session::open(&other.node, self.patience.node).await?;
        Ok(Done::Yes(Some(match verify::list(a, b, file, &progress).await {
            Ok(count) => format!("{} in {}", format::count(count, "difference"), file.display()),
            Err(why) => format!("not compared: {why}"),
        })))
    }

    fn deadline(&self) -> u64 {
        clock::mono_ms() + millis(self.patience.step)
    }
}

/// The end that a test asks for: as sudden as that of a machine.
fn die() {
    use nix::sys::signal::{Signal, kill};
    let _ = kill(nix::unistd::Pid::this(), Signal::SIGKILL);
}

/// A server without a file starts as its command line says. That is a master unless somebody wrote
/// otherwise there; a replica's role is lost.
fn no_file(node: &Party, role: Option<&LastingRole>) -> Done {
    match role {
        Some(LastingRole::Master) => {
            let note = "it runs without a configuration file; its command line decides what it starts as";
            Done::Yes(Some(note.to_owned()))
        }
        _ => {
            Done::Short(format!("{} runs without a configuration file: it cannot keep its role", node.addr()))
        }
    }
}

fn names_master(info: &Info, host: &str, port: &str) -> bool {
    info.get("role") == Some("slave")
        && info.get("master_host") == Some(host)
        && info.get("master_port") == Some(port)
}

/// The total is known for a copy through the disk only; a diskless one just says what has arrived.
fn show_sync(progress: &Progress, info: &Info, label: &str) {
    let total = info.num::<i64>("master_sync_total_bytes").and_then(|total| u64::try_from(total).ok());
    match (total.filter(|total| *total > 0), info.num::<u64>("master_sync_read_bytes")) {
        (Some(total), Some(read)) => progress.set(read, total),
        (None, Some(read)) if read > 0 => {
            progress.label(&format!("{label}: {} received", format::bytes(read)))
        }
        _ => {}
    }
}

/// Waits a moment, unless the deadline has passed.
pub async fn wait_on(deadline_ms: u64, what: &str) -> Result<(), Failure> {
    if clock::mono_ms() >= deadline_ms {
        return Err(Failure::TooLong(what.to_owned()));
    }
    tokio::time::sleep(POLL).await;
    Ok(())
}

/// A duration in the clock's milliseconds.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}

/// Shows a reply in an error text.
pub fn shown(reply: &crate::resp::value::Value) -> String {
    text(reply).unwrap_or_else(|| "nothing".to_owned())
}
