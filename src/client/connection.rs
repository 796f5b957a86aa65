//! One connection: the socket, what has been read and not yet decoded, and the pushes set aside.
//!
//! Requests and replies are exchanged by [`Client::exchange`], which writes and reads at the same
//! time: a long pipeline to a server that stops reading while its replies are not taken would
//! otherwise wait for ever. The client counts as unusable from the first byte of a request to the
//! last of its reply, so a future dropped in between leaves a client that says it is closed.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::handshake;
use super::target::Family;
use super::{ClientError, Endpoint, Target, tls};
use crate::limits::{CLIENT_PUSHES_MAX, CLIENT_READ_BYTES};
use crate::resp::request::encode_command;
use crate::resp::value::{Decoder, Value};

/// Seconds between TCP keepalive probes: a long BLPOP behind a firewall stays alive, a dead peer shows.
const KEEPALIVE_SECONDS: u64 = 15;

/// Longest wait for a TLS handshake.
const TLS_HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// A byte stream to a server, whatever carries it.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// A connected, authenticated client; see the module's page.
pub struct Client {
    socket: Box<dyn Socket>,
    inbox: Inbox,
    io_timeout: Option<Duration>,
    usable: bool,
    hello_refusal: Option<String>,
}

impl Client {
    /// Connects and makes the session `target` describes.
    ///
    /// # Errors
    /// `Connect`, `Auth`, `Handshake`, or whatever broke the connection meanwhile; nothing is sent
    /// after a refused step.
    pub async fn connect(target: &Target) -> Result<Self, ClientError> {
        let mut client = Self::dial(target).await?;
        let session = handshake::run(&mut client, target);
        client.hello_refusal = within(target.connect_timeout, session).await??;
        Ok(client)
    }

    /// As [`Client::connect`], but a refused step of the handshake ends only the handshake: the connection
    /// is there as the steps before left it, and the refusal is returned. This is what redis-cli does, and
    /// only who must behave as redis-cli does may want it.
    ///
    /// # Errors
    /// Whatever leaves no connection.
    pub async fn connect_regardless(target: &Target) -> Result<(Self, Option<ClientError>), ClientError> {
        let mut client = Self::dial(target).await?;
        let session = handshake::run(&mut client, target);
        match within(target.connect_timeout, session).await? {
            Ok(refusal) => {
                client.hello_refusal = refusal;
                Ok((client, None))
            }
            Err(refusal @ (ClientError::Auth(_) | ClientError::Handshake { .. })) => {
                Ok((client, Some(refusal)))
            }
            Err(broken) => Err(broken),
        }
    }

    /// The bare connection, with what has been read from it and not yet decoded: for what is not made of
    /// requests and replies.
    pub fn into_stream(self) -> (Box<dyn Socket>, BytesMut) {
        (self.socket, self.inbox.bytes)
    }

    /// Opens the socket alone.
    async fn dial(target: &Target) -> Result<Self, ClientError> {
        let opened = match timeout_or_never(target.connect_timeout, open(target)).await {
            Some(opened) => opened,
            None => Err(std::io::Error::from_raw_os_error(nix::errno::Errno::ETIMEDOUT as i32)),
        };
        let socket =
            opened.map_err(|source| ClientError::Connect { addr: target.endpoint.to_string(), source })?;
        Ok(Self {
            socket,
            inbox: Inbox::default(),
            io_timeout: target.io_timeout,
            usable: true,
            hello_refusal: None,
        })
    }

    /// Sends one command and returns its reply; an error reply is `Err(ClientError::Server)`.
    ///
    /// # Errors
    /// The server's error line, or why no reply came.
    pub async fn command(&mut self, args: &[impl AsRef<[u8]>]) -> Result<Value, ClientError> {
        let reply = self.call(args).await?;
        match reply.error() {
            Some(line) => Err(ClientError::Server(line)),
            None => Ok(reply),
        }
    }

    /// Sends one command and returns its reply as it is, error replies included.
    ///
    /// # Errors
    /// Why no reply came.
    pub async fn call(&mut self, args: &[impl AsRef<[u8]>]) -> Result<Value, ClientError> {
        let mut request = Vec::new();
        encode_command(&mut request, args);
        let mut replies = self.exchange(&request, 1).await?;
        replies.pop().ok_or(ClientError::Closed)
    }

    /// Sends all commands at once and returns one reply for each, in order, error replies included.
    ///
    /// # Errors
    /// Why not all replies came; some of the commands may have run.
    pub async fn pipeline<A: AsRef<[u8]>>(&mut self, commands: &[Vec<A>]) -> Result<Vec<Value>, ClientError> {
        let mut requests = Vec::new();
        for args in commands {
            encode_command(&mut requests, args);
        }
        self.exchange(&requests, commands.len()).await
    }

    /// Sends one command and waits for nothing: the start of a stream, read by [`Client::next_value`].
    ///
    /// # Errors
    /// `Closed`, `Timeout` or `Io`.
    pub async fn send(&mut self, args: &[impl AsRef<[u8]>]) -> Result<(), ClientError> {
        let mut request = Vec::new();
        encode_command(&mut request, args);
        self.begin()?;
        within(self.io_timeout, self.socket.write_all(&request)).await?.map_err(ClientError::Io)?;
        self.usable = true;
        Ok(())
    }

    /// The next value the server sends, push or reply, in the order of arrival. Waits without limit;
    /// may be dropped and called again without losing anything.
    ///
    /// # Errors
    /// `Closed`, `Io` or `Protocol`.
    pub async fn next_value(&mut self) -> Result<Value, ClientError> {
        if let Some(push) = self.inbox.pushes.pop_front() {
            return Ok(push);
        }
        if !self.usable {
            return Err(ClientError::Closed);
        }
        let next = self.inbox.next(&mut self.socket).await;
        self.usable = next.is_ok();
        next
    }

    /// The RESP3 pushes that arrived between replies, oldest first.
    pub fn take_pushes(&mut self) -> VecDeque<Value> {
        std::mem::take(&mut self.inbox.pushes)
    }

    /// Whether another command can be sent.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// The server's line when RESP3 was asked for if possible and refused.
    pub fn hello_refusal(&self) -> Option<&str> {
        self.hello_refusal.as_deref()
    }

    /// Writes `requests` and reads `count` replies, both at once.
    async fn exchange(&mut self, requests: &[u8], count: usize) -> Result<Vec<Value>, ClientError> {
        self.begin()?;
        let (mut reader, mut writer) = tokio::io::split(&mut self.socket);
        let inbox = &mut self.inbox;
        let limit = self.io_timeout;
        let sending = async { writer.write_all(requests).await.map_err(ClientError::Io) };
        let receiving = async {
            let mut replies = Vec::new();
            while replies.len() < count {
                replies.push(within(limit, inbox.next_reply(&mut reader)).await??);
            }
            Ok(replies)
        };
        let ((), replies) = tokio::try_join!(sending, receiving)?;
        self.usable = true;
        Ok(replies)
    }

    /// Marks the client as in the middle of a request.
    fn begin(&mut self) -> Result<(), ClientError> {
        if !std::mem::replace(&mut self.usable, false) {
            return Err(ClientError::Closed);
        }
        Ok(())
    }
}

/// What has arrived: bytes not yet decoded, and pushes nobody has asked for yet.
#[derive(Default)]
struct Inbox {
    bytes: BytesMut,
    decoder: Decoder,
    pushes: VecDeque<Value>,
}

impl Inbox {
    /// The next value of any kind. Dropping the future loses nothing: all state is in `self`.
    async fn next(&mut self, reader: &mut (impl AsyncRead + Unpin)) -> Result<Value, ClientError> {
        loop {
            if let Some(value) = self.decode()? {
                return Ok(value);
            }
            self.bytes.reserve(CLIENT_READ_BYTES);
            if reader.read_buf(&mut self.bytes).await.map_err(ClientError::Io)? == 0 {
                return Err(ClientError::Closed);
            }
        }
    }

    /// The next value that answers a request; pushes met on the way are set aside.
    async fn next_reply(&mut self, reader: &mut (impl AsyncRead + Unpin)) -> Result<Value, ClientError> {
        loop {
            match self.next(reader).await? {
                push @ Value::Push(_) => self.set_aside(push),
                reply => return Ok(reply),
            }
        }
    }

    /// Keeps a push for later; the oldest go when nobody takes them.
    fn set_aside(&mut self, push: Value) {
        if self.pushes.len() >= CLIENT_PUSHES_MAX {
            self.pushes.pop_front();
        }
        self.pushes.push_back(push);
    }

    fn decode(&mut self) -> Result<Option<Value>, ClientError> {
        let decoded = self.decoder.decode(&self.bytes);
        let decoded = decoded.map_err(|error| ClientError::Protocol(error.to_string()))?;
        Ok(decoded.map(|(value, used)| {
            self.bytes.advance(used);
            value
        }))
    }
}

/// Opens the socket with the options a command connection wants, and secures it.
async fn open(target: &Target) -> std::io::Result<Box<dyn Socket>> {
    let (socket, host): (Box<dyn Socket>, &str) = match &target.endpoint {
        Endpoint::Unix(path) => (Box::new(UnixStream::connect(path).await?), "localhost"),
        Endpoint::Tcp { host, port } => (Box::new(open_tcp(host, *port, target.family).await?), host),
    };
    let Some(tls) = &target.tls else { return Ok(socket) };
    // A server that does not speak TLS may wait for the end of what it takes for a line.
    match timeout(TLS_HANDSHAKE_MAX, tls::secure(socket, host, tls)).await {
        Ok(secured) => secured,
        Err(_) => Err(std::io::Error::other("no answer to the TLS handshake: the port may not speak TLS")),
    }
}

async fn open_tcp(host: &str, port: u16, family: Family) -> std::io::Result<TcpStream> {
    let stream = match family {
        Family::Any => TcpStream::connect((host, port)).await?,
        family => {
            let found = tokio::net::lookup_host((host, port)).await?;
            let fitting: Vec<_> = found.filter(|addr| addr.is_ipv4() == (family == Family::V4)).collect();
            if fitting.is_empty() {
                return Err(std::io::Error::other("the host has no address of this family"));
            }
            TcpStream::connect(fitting.as_slice()).await?
        }
    };
    stream.set_nodelay(true)?;
    let probes = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(KEEPALIVE_SECONDS))
        .with_interval(Duration::from_secs(KEEPALIVE_SECONDS / 3));
    socket2::SockRef::from(&stream).set_tcp_keepalive(&probes)?;
    Ok(stream)
}

/// Runs `work` under a time limit, if there is one.
async fn timeout_or_never<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}

/// Like [`timeout_or_never`], with the error a caller wants.
async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Result<T, ClientError> {
    timeout_or_never(limit, work).await.ok_or(ClientError::Timeout)
}
