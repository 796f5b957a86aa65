//! One conversation with one node: the client's replies turned into what the operator commands need.
//!
//! A session belongs to one process on the other side: its run id is read when the session opens, and
//! a restarted server breaks the connection. So whoever compared the run id once knows that every
//! later write on the same session reaches the server the plan was made for.

use std::time::Duration;

use super::info::Info;
use crate::client::{Client, ClientError, Target};
use crate::names::topology::Node;
use crate::resp::value::Value;

/// Name of our connections in CLIENT LIST.
pub const CONNECTION_NAME: &str = "rtool";

/// What to do about a login that is refused.
pub const NAME_THE_PASSWORD: &str =
    "name the password with --password-env, --password-file, --askpass, or in rtool.toml";

/// Why a node did not do what was asked, by what it means to an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No connection. Nothing was sent.
    Unreachable(String),
    /// It answers, and refuses our login: alive.
    Denied(String),
    /// It answered with an error; nothing was changed.
    Refused(String),
    /// The connection broke after the request was sent: it may or may not have been carried out.
    Unknown(String),
}

impl Fault {
    /// The server's or the system's words.
    pub fn text(&self) -> &str {
        match self {
            Fault::Unreachable(text) | Fault::Denied(text) | Fault::Refused(text) | Fault::Unknown(text) => {
                text
            }
        }
    }
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Fault {
        let text = error.to_string();
        match error {
            ClientError::Connect { .. } => Fault::Unreachable(text),
            ClientError::Auth(_) => Fault::Denied(text),
            ClientError::Server(line) => Fault::from_line(line),
            ClientError::Handshake { .. } => Fault::Refused(text),
            _ => Fault::Unknown(text),
        }
    }
}

impl Fault {
    /// The fault behind a reply that is an error line.
    pub fn from_line(line: String) -> Fault {
        let denied = ["NOAUTH", "WRONGPASS", "NOPERM"].iter().any(|code| line.starts_with(code));
        if denied { Fault::Denied(line) } else { Fault::Refused(line) }
    }
}

/// An open, authenticated conversation.
pub struct Session {
    client: Client,
}

impl Session {
    /// Connects to a node; `limit` bounds the connection and every reply.
    ///
    /// # Errors
    /// [`Fault::Unreachable`] or [`Fault::Denied`]; nothing was changed.
    pub async fn open(node: &Node, limit: Duration) -> Result<Session, Fault> {
        let mut target = Target::new(node.addr.endpoint());
        target.user.clone_from(&node.user);
        target.password.clone_from(&node.password);
        target.tls.clone_from(&node.tls);
        target.connect_timeout = Some(limit);
        target.io_timeout = Some(limit);
        target.name = Some(CONNECTION_NAME.to_owned());
        let connected = Client::connect(&target).await;
        match connected {
            Ok(client) => Ok(Session { client }),
            // A password for a server that has none is the usual case of a group in the making.
            Err(ClientError::Auth(line)) if wants_no_password(&line) => {
                target.password = None;
                target.user = None;
                Client::connect(&target).await.map(|client| Session { client }).map_err(before_any_change)
            }
            Err(error) => Err(before_any_change(error)),
        }
    }

    /// Sends one command; an error reply is a fault.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub async fn call(&mut self, command: &[&[u8]]) -> Result<Value, Fault> {
        self.client.command(command).await.map_err(Fault::from)
    }

    /// Sends one command of plain words; an error reply is a fault.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub async fn words(&mut self, command: &[&str]) -> Result<Value, Fault> {
        self.client.command(command).await.map_err(Fault::from)
    }

    /// REPLICAOF, or SLAVEOF where the server does not know the newer name.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub async fn replicaof(&mut self, host: &str, port: &str) -> Result<(), Fault> {
        match self.words(&["REPLICAOF", host, port]).await {
            Err(Fault::Refused(line)) if line.contains("unknown command") => {
                self.words(&["SLAVEOF", host, port]).await.map(|_| ())
            }
            other => other.map(|_| ()),
        }
    }

    /// Sends a command that is not answered.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub async fn send(&mut self, command: &[&str]) -> Result<(), Fault> {
        self.client.send(command).await.map_err(Fault::from)
    }

    /// The bare connection, for what is no command and reply.
    pub fn into_client(self) -> Client {
        self.client
    }

    /// Can another command be sent?
    pub fn is_usable(&self) -> bool {
        self.client.is_usable()
    }

    /// Sends several commands at once; error replies are values.
    ///
    /// # Errors
    /// [`Fault::Unknown`] when not every reply came.
    pub async fn pipeline<A: AsRef<[u8]>>(&mut self, commands: &[Vec<A>]) -> Result<Vec<Value>, Fault> {
        self.client.pipeline(commands).await.map_err(Fault::from)
    }

    /// One section of INFO.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub async fn info(&mut self, section: &str) -> Result<Info, Fault> {
        let reply = self.words(&["INFO", section]).await?;
        Ok(Info::parse(&bytes(&reply).unwrap_or_default()))
    }

    /// A setting's value; `None` where the server does not know it.
    ///
    /// # Errors
    /// Any [`Fault`].
    pub async fn setting(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.words(&["CONFIG", "GET", name]).await.map(|reply| config_value(&reply))
    }
}

/// Nothing is written before the session is open, so a broken connection changed nothing.
fn before_any_change(error: ClientError) -> Fault {
    match Fault::from(error) {
        Fault::Unknown(text) => Fault::Unreachable(text),
        other => other,
    }
}

/// Old and new wording of "AUTH, but I have no password".
fn wants_no_password(line: &str) -> bool {
    line.contains("without any password configured") || line.contains("no password is set")
}

/// A string reply's bytes.
pub fn bytes(value: &Value) -> Option<Vec<u8>> {
    value.as_bytes().map(<[u8]>::to_vec)
}

/// A string reply as text.
pub fn text(value: &Value) -> Option<String> {
    bytes(value).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The value in a CONFIG GET reply for one name, array or map.
pub fn config_value(reply: &Value) -> Option<Vec<u8>> {
    match reply {
        Value::Array(items) => items.get(1).and_then(bytes),
        Value::Map(pairs) => pairs.first().and_then(|(_, value)| bytes(value)),
        _ => None,
    }
}
