//! The session: what the server has confirmed about this connection, and how to make it again.
//!
//! ```text
//! not connected --connect()--> connected --run()--> reply: observed, state follows the server's word
//!       ^                          |
//!       +------ link lost ---------+   credentials, database and protocol are in the target and come
//!                                      back with connect(); MULTI and subscriptions are gone
//! ```
//!
//! The prompt and the next connection both read this state, so they cannot disagree with each other:
//! a shell that shows `[2]>` is in database 2, also after a reconnect. No command is ever sent twice.

use std::collections::HashSet;

use super::words::{Command, PubSub};
use crate::client::{Client, ClientError, Endpoint, Protocol, Secret, Target};
use crate::resp::value::Value;

/// Something the server said.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// A RESP3 push that nobody asked for.
    Push(Value),
    /// A message of a subscription, or the confirmation of one.
    Message(Value),
    /// The answer to the command.
    Reply(Value),
}

/// A connection with its remembered state.
pub struct Session {
    target: Target,
    client: Option<Client>,
    /// Inside MULTI, with the database to return to if the transaction does not happen.
    transaction: Option<u32>,
    subscriptions: Subscriptions,
    /// Whether messages come as pushes, and an array is always a reply.
    resp3: bool,
    /// Whether the server has answered anything since the last connect.
    heard: bool,
    /// Other places where the server may be, tried in turn when it is not at the first.
    alternatives: Vec<Endpoint>,
    /// Whether a refused AUTH, SELECT or HELLO leaves a connection all the same, as in redis-cli.
    lenient: bool,
}

impl Session {
    /// A session that is not connected yet.
    pub fn new(target: Target, lenient: bool) -> Self {
        let subscriptions = Subscriptions::default();
        let alternatives = Vec::new();
        Self {
            target,
            client: None,
            transaction: None,
            subscriptions,
            resp3: false,
            heard: false,
            alternatives,
            lenient,
        }
    }

    /// Connects anew and restores credentials, database and protocol. Returns what a person should know
    /// of: RESP3 was wanted but not insisted on, and refused; or, if the session is lenient, any refusal.
    ///
    /// # Errors
    /// Nothing was sent but the handshake; the session stays disconnected.
    pub async fn connect(&mut self) -> Result<Option<String>, ClientError> {
        self.disconnect();
        if self.lenient {
            return self.connect_regardless().await;
        }
        let client = match Client::connect(&self.target).await {
            Err(ClientError::Connect { .. }) if !self.alternatives.is_empty() => {
                self.try_alternatives().await?
            }
            other => other?,
        };
        Ok(self.begin(client))
    }

    /// Says where else the server may be.
    pub fn set_alternatives(&mut self, alternatives: Vec<Endpoint>) {
        self.alternatives = alternatives;
    }

    /// Connects to the first of the other places that takes a connection; that is the first place from then on.
    async fn try_alternatives(&mut self) -> Result<Client, ClientError> {
        let mut last = ClientError::Closed;
        for at in 0..self.alternatives.len() {
            let mut target = self.target.clone();
            std::mem::swap(&mut target.endpoint, &mut self.alternatives[at]);
            let result = Client::connect(&target).await;
            std::mem::swap(&mut target.endpoint, &mut self.alternatives[at]);
            match result {
                Ok(client) => {
                    std::mem::swap(&mut self.target.endpoint, &mut self.alternatives[at]);
                    return Ok(client);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn connect_regardless(&mut self) -> Result<Option<String>, ClientError> {
        let (client, refusal) = Client::connect_regardless(&self.target).await?;
        let hello = self.begin(client);
        let Some(refusal) = refusal else { return Ok(hello) };
        self.target.db = 0;
        self.resp3 = false;
        Ok(Some(refusal.to_string()))
    }

    /// Takes a new connection into use. Returns what is to be said of HELLO.
    fn begin(&mut self, client: Client) -> Option<String> {
        let refusal = client.hello_refusal().map(|line| format!("HELLO 3 failed: {line}"));
        self.client = Some(client);
        self.heard = false;
        self.resp3 = self.target.protocol != Protocol::Resp2 && refusal.is_none();
        refusal
    }

    /// Insists on every step of the handshake from now on.
    pub fn insist(&mut self) {
        self.lenient = false;
    }

    /// The connection, for what sends more than one command at once.
    ///
    /// # Errors
    /// There is none.
    pub fn client(&mut self) -> Result<&mut Client, ClientError> {
        self.client.as_mut().ok_or(ClientError::Closed)
    }

    /// The connection, taken out of the session.
    ///
    /// # Errors
    /// There is none.
    pub fn take_client(&mut self) -> Result<Client, ClientError> {
        self.client.take().ok_or(ClientError::Closed)
    }

    /// Whether the server has answered anything on this connection, or on the one that was lost.
    pub fn has_heard(&self) -> bool {
        self.heard
    }

    /// How to connect: for a second connection beside this one.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Drops the connection and what lived in it.
    pub fn disconnect(&mut self) {
        self.client = None;
        if let Some(db) = self.transaction.take() {
            self.target.db = db;
        }
        self.subscriptions = Subscriptions::default();
    }

    /// Points the session at another server; the caller connects.
    pub fn redirect(&mut self, endpoint: Endpoint) {
        self.disconnect();
        self.target.endpoint = endpoint;
    }

    /// Points the session at another server, with everything that connecting there takes; the caller connects.
    /// Returns how it was.
    pub fn move_to(&mut self, place: (Target, Vec<Endpoint>)) -> (Target, Vec<Endpoint>) {
        self.disconnect();
        let (target, alternatives) = place;
        (std::mem::replace(&mut self.target, target), std::mem::replace(&mut self.alternatives, alternatives))
    }

    /// Whether the next command can be sent without connecting.
    pub fn is_connected(&self) -> bool {
        self.client.as_ref().is_some_and(Client::is_usable)
    }

    /// The server's address.
    pub fn endpoint(&self) -> &Endpoint {
        &self.target.endpoint
    }

    /// The database in use.
    pub fn db(&self) -> u32 {
        self.target.db
    }

    /// Whether MULTI was accepted and neither EXEC nor DISCARD followed.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Whether a command of the shell's own is answered at once: in a transaction it would become part of it.
    pub fn is_plain(&self) -> bool {
        !self.in_transaction() && !self.is_subscribed()
    }

    /// Whether messages of a subscription may arrive.
    pub fn is_subscribed(&self) -> bool {
        !self.subscriptions.is_empty()
    }

    /// Sends a command and returns everything the server said up to and including its answer.
    ///
    /// # Errors
    /// The link is lost; the command may have run.
    pub async fn run(&mut self, command: &Command<'_>) -> Result<Vec<Event>, ClientError> {
        let result = self.exchange(command).await;
        self.heard |= result.is_ok();
        if result.is_err() {
            self.disconnect();
        }
        result
    }

    async fn exchange(&mut self, command: &Command<'_>) -> Result<Vec<Event>, ClientError> {
        let client = self.client.as_mut().ok_or(ClientError::Closed)?;
        let mut events = Vec::new();
        if command.pub_sub().is_none() && self.subscriptions.is_empty() {
            let reply = client.call(command.args()).await?;
            events.extend(client.take_pushes().into_iter().map(Event::Push));
            self.observe(command, &reply);
            events.push(Event::Reply(reply));
        } else {
            client.send(command.args()).await?;
            self.read_among_messages(command, &mut events).await?;
        }
        Ok(events)
    }

    /// Reads up to the answer of `command` on a connection where messages may come in between.
    async fn read_among_messages(
        &mut self,
        command: &Command<'_>,
        events: &mut Vec<Event>,
    ) -> Result<(), ClientError> {
        let mut confirmations = self.subscriptions.confirmations(command);
        loop {
            let value = self.next_value().await?;
            let Some(kind) = message_kind(&value, self.resp3) else {
                if matches!(value, Value::Push(_)) {
                    events.push(Event::Push(value));
                    continue;
                }
                self.observe(command, &value);
                events.push(Event::Reply(value));
                return Ok(());
            };
            let confirms = command.is(&String::from_utf8_lossy(kind));
            events.push(Event::Message(value));
            if confirms {
                confirmations = confirmations.saturating_sub(1);
                if confirmations == 0 {
                    return Ok(());
                }
            }
        }
    }

    /// The next value of a stream: a message, a MONITOR line, a push. May be dropped and repeated.
    ///
    /// # Errors
    /// The link is lost.
    pub async fn next_value(&mut self) -> Result<Value, ClientError> {
        let client = self.client.as_mut().ok_or(ClientError::Closed)?;
        let value = client.next_value().await?;
        self.subscriptions.observe(&value);
        Ok(value)
    }

    /// Sends a command whose answers are read with [`Session::next_value`].
    ///
    /// # Errors
    /// The link is lost.
    pub async fn send(&mut self, command: &Command<'_>) -> Result<(), ClientError> {
        self.client.as_mut().ok_or(ClientError::Closed)?.send(command.args()).await
    }

    /// Follows what an accepted command did to the session.
    fn observe(&mut self, command: &Command<'_>, reply: &Value) {
        if reply.error().is_some() {
            return self.observe_refusal(command);
        }
        match command.name().as_str() {
            "select" => self.target.db = command.number(1).unwrap_or(self.target.db),
            "auth" => self.remember_auth(command.tail(1)),
            "hello" => self.observe_hello(command),
            "multi" => self.transaction = self.transaction.or(Some(self.target.db)),
            "exec" if reply.is_null() => self.leave_transaction(),
            "exec" => self.transaction = None,
            "discard" => self.leave_transaction(),
            "reset" => self.observe_reset(),
            _ => {}
        }
    }

    /// A refused EXEC ends the transaction all the same.
    fn observe_refusal(&mut self, command: &Command<'_>) {
        if command.is("exec") {
            self.leave_transaction();
        }
    }

    /// The transaction did not happen: neither did a SELECT in it.
    fn leave_transaction(&mut self) {
        if let Some(db) = self.transaction.take() {
            self.target.db = db;
        }
    }

    fn observe_reset(&mut self) {
        self.transaction = None;
        self.subscriptions = Subscriptions::default();
        self.target.db = 0;
        self.speak(Protocol::Resp2);
    }

    fn speak(&mut self, protocol: Protocol) {
        self.target.protocol = protocol;
        self.resp3 = protocol == Protocol::Resp3;
    }

    /// `HELLO [version [AUTH user password] [SETNAME name]]`, accepted.
    fn observe_hello(&mut self, command: &Command<'_>) {
        match command.number(1) {
            Some(3) => self.speak(Protocol::Resp3),
            Some(_) => self.speak(Protocol::Resp2),
            None => {}
        }
        let words = command.tail(2);
        if let Some(at) = words.iter().position(|word| word.eq_ignore_ascii_case(b"auth")) {
            self.remember_auth(words.get(at + 1..at + 3).unwrap_or_default());
        }
    }

    /// `[user] password`, accepted: a reconnect uses them.
    fn remember_auth(&mut self, words: &[Vec<u8>]) {
        let (user, password) = match words {
            [password] => (None, password),
            [user, password] => (Some(String::from_utf8_lossy(user).into_owned()), password),
            _ => return,
        };
        self.target.user = user;
        self.target.password = Some(Secret::new(password.clone()));
    }
}

/// The first element of a pub/sub message: a push in RESP3, a mere array in RESP2.
fn message_kind(value: &Value, resp3: bool) -> Option<&[u8]> {
    let items = match value {
        Value::Push(items) => items,
        Value::Array(items) if !resp3 => items,
        _ => return None,
    };
    let kind = items.first()?.as_bytes()?;
    let is_message = kind.ends_with(b"message") || PubSub::from_word(kind).is_some();
    (is_message && items.len() >= 3).then_some(kind)
}

/// The names subscribed to, by the command that subscribes to them.
#[derive(Default)]
struct Subscriptions {
    names: HashSet<(u8, Vec<u8>)>,
}

impl Subscriptions {
    fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// How many confirmations the server will send for a command of the subscribe family: one for
    /// each name given, or for each name held when an UNSUBSCRIBE gives none.
    fn confirmations(&self, command: &Command<'_>) -> usize {
        let Some(kind) = command.pub_sub() else { return 0 };
        let given = command.tail(1).len();
        if given > 0 || kind.adds {
            return given.max(1);
        }
        self.names.iter().filter(|name| name.0 == kind.space).count().max(1)
    }

    /// Follows a confirmation; other values change nothing.
    fn observe(&mut self, value: &Value) {
        let (Value::Array(items) | Value::Push(items)) = value else { return };
        let [word, name, _count] = items.as_slice() else { return };
        let Some(kind) = word.as_bytes().and_then(PubSub::from_word) else { return };
        let entry = (kind.space, name.as_bytes().unwrap_or_default().to_vec());
        if kind.adds {
            self.names.insert(entry);
        } else {
            self.names.remove(&entry);
        }
    }
}
