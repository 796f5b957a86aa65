//! Servers for tests: start one, talk to it, cut it down.
//!
//! ```text
//!   let server = Server::start(Program::Rtool, &["--appendonly", "yes"]);   // waits until it answers
//!   assert_eq!(server.call(&["SET", "k", "v"]), ok());
//!   let Some(redis) = Server::peer(Program::Redis, &[]) else { return };    // left out when not installed
//!   redis.call(&["REPLICAOF", "127.0.0.1", &server.port().to_string()]);
//!   wait_until("the link is up", || redis.info("master_link_status") == "up");
//! ```
//!
//! A server lives in its own temporary folder on a free port and is killed when dropped; when the test
//! failed, the end of its log is printed first. A test whose peer is not installed is left out: it says
//! so on standard error past the capture, appends a line to the file `$RTOOL_LEFT_OUT` names, and fails
//! when `CI=true`, where everything must run.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rtool::resp::value::{Decoder, Value};
use tempfile::TempDir;

/// The longest a test waits for anything. Generous: a loaded machine must not make a test fail.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(5);

/// Ports are taken from below the range the system hands out for outgoing connections.
const PORTS: std::ops::Range<u16> = 12_000..31_000;

/// Attempts to start a server before its port is believed to be the least of its troubles.
const START_ATTEMPTS: usize = 5;

/// Bytes of a log that a failing test prints.
const LOG_TAIL: usize = 6_000;

/// A server program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `rtool serve` as built for this test run.
    Rtool,
    /// The distribution's redis-server (7.0).
    Redis,
    /// Redis 8.
    Redis8,
    /// Valkey 9.
    Valkey,
}

impl Program {
    /// Every program that is not ours.
    pub const PEERS: [Program; 3] = [Program::Redis, Program::Redis8, Program::Valkey];

    /// What the left-out list calls it.
    pub fn name(self) -> &'static str {
        match self {
            Program::Rtool => "rtool",
            Program::Redis => "redis-server",
            Program::Redis8 => "Redis 8",
            Program::Valkey => "Valkey 9",
        }
    }

    /// Can it be started here?
    pub fn is_installed(self) -> bool {
        self.command().is_ok()
    }

    /// The program's file.
    pub fn path(self) -> Option<PathBuf> {
        self.command().ok()?.into_iter().next()
    }

    /// The words that start it, or the reason why it cannot be.
    pub fn command(self) -> Result<Vec<PathBuf>, String> {
        let (variable, cached) = match self {
            Program::Rtool => return Ok(vec![env!("CARGO_BIN_EXE_rtool").into(), "serve".into()]),
            Program::Redis => ("RTOOL_PEERS_REDIS", "redis-server"),
            Program::Redis8 => ("RTOOL_PEERS_REDIS8", "redis8-server"),
            Program::Valkey => ("RTOOL_PEERS_VALKEY", "valkey-server"),
        };
        let in_cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/.cache/bin").join(cached);
        let named = std::env::var_os(variable).map(PathBuf::from);
        let candidates = named.into_iter().chain([in_cache]).chain(on_path(cached));
        match candidates.into_iter().find(|path| path.is_file()) {
            Some(path) => Ok(vec![path]),
            None => {
                Err(format!("{} is not installed (tests/run installs it; {variable} names one)", self.name()))
            }
        }
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// Say that the running test is left out and why; in CI that is its failure.
pub fn leave_out(reason: &str) {
    let thread = std::thread::current();
    let line = format!("left out: {}: {reason}\n", thread.name().unwrap_or("a test"));
    if let Some(list) = std::env::var_os("RTOOL_LEFT_OUT") {
        let mut file =
            OpenOptions::new().create(true).append(true).open(list).expect("the left-out list opens");
        file.write_all(line.as_bytes()).expect("the left-out list is writable");
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{line}");
    // Not eprint!, which the test runner swallows when the test passes.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Look at a condition until it holds.
///
/// # Panics
/// When it does not within [`PATIENCE`], naming it.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}

/// Look until there is something to see, and return it.
///
/// # Panics
/// When nothing comes within [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "still not so after {PATIENCE:?}: {what}");
        std::thread::sleep(PAUSE);
    }
}

/// A port nobody listens on now. Starting from the process id keeps parallel test processes apart.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let span = PORTS.end - PORTS.start;
    let own = u16::try_from(std::process::id() * 37 % u32::from(span)).expect("within the range");
    for _ in 0..span {
        let port = PORTS.start + (own + NEXT.fetch_add(1, Ordering::Relaxed) % span) % span;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port in {PORTS:?}")
}

/// The reply `+OK`.
pub fn ok() -> Value {
    Value::Simple(b"OK".to_vec())
}

/// A bulk string reply.
pub fn bulk(text: &str) -> Value {
    Value::Bulk(text.as_bytes().to_vec())
}

/// The rtool binary with nothing inherited but the path: for tests of the command line.
pub fn rtool(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rtool"));
    command.args(args).env_clear().stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// A running server.
pub struct Server {
    program: Program,
    child: Child,
    dir: TempDir,
    port: u16,
    directives: Vec<String>,
    client: RefCell<Option<Client>>,
}

impl Server {
    /// Start with these directives (`--name value` words, a configuration file may come first) and wait
    /// until it answers.
    ///
    /// # Panics
    /// When the program is not installed or does not come up.
    pub fn start(program: Program, directives: &[&str]) -> Server {
        let dir = TempDir::with_prefix("rtool-test-").expect("a temporary folder");
        Self::start_in(program, dir, directives)
    }

    /// The same in a folder prepared by the test.
    pub fn start_in(program: Program, dir: TempDir, directives: &[&str]) -> Server {
        let started = Self::try_start_in(program, dir, directives);
        started.unwrap_or_else(|log| panic!("{program:?} does not start:\n{log}"))
    }

    /// The same, or the end of its log when it does not come up.
    pub fn try_start_in(program: Program, dir: TempDir, directives: &[&str]) -> Result<Server, String> {
        let directives: Vec<String> = directives.iter().map(ToString::to_string).collect();
        for attempt in 1.. {
            let port = free_port();
            let mut child = spawn(program, dir.path(), port, &directives);
            if answers(&mut child, port, &directives) {
                return Ok(Server { program, child, dir, port, directives, client: RefCell::new(None) });
            }
            let log = tail(&dir.path().join("log"));
            if attempt == START_ATTEMPTS || !log.contains("in use") {
                return Err(log);
            }
        }
        unreachable!()
    }

    /// A server of another make, or nothing, with the test left out, when it is not installed.
    pub fn peer(program: Program, directives: &[&str]) -> Option<Server> {
        match program.command() {
            Ok(_) => Some(Self::start(program, directives)),
            Err(reason) => {
                leave_out(&reason);
                None
            }
        }
    }

    /// Which program it is.
    pub fn program(&self) -> Program {
        self.program
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address as the operator commands take it.
    pub fn addr(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The folder it runs in: `dump.rdb`, `appendonlydir`, `log`.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Everything it logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.dir().join("log")).unwrap_or_default()).into_owned()
    }

    /// A new connection.
    pub fn connect(&self) -> Client {
        Client::connect(self.port).expect("the server accepts connections")
    }

    /// Run one command on a connection kept for this; it is made anew when the server closed it.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn call<A: AsRef<[u8]>>(&self, args: &[A]) -> Value {
        let mut kept = self.client.borrow_mut();
        if let Some(answer) = kept.as_mut().and_then(|client| client.try_call(args).ok()) {
            return answer;
        }
        kept.insert(self.connect()).call(args)
    }

    /// One field of INFO, empty when absent.
    pub fn info(&self, field: &str) -> String {
        let answer = self.call(&["INFO", "everything"]);
        let text = String::from_utf8_lossy(answer.as_bytes().unwrap_or_default()).into_owned();
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| *name == field).map(|(_, value)| value.to_owned()).unwrap_or_default()
    }

    /// `DEBUG DIGEST` as text: equal for equal data, whatever the make of the server.
    pub fn digest(&self) -> String {
        let answer = self.call(&["DEBUG", "DIGEST"]);
        answer.as_str().unwrap_or_else(|| panic!("DEBUG DIGEST said {answer:?}")).to_owned()
    }

    /// Follow a master and wait until the link is up.
    pub fn follow(&self, master: &Server) {
        let port = master.port().to_string();
        assert_eq!(self.call(&["REPLICAOF", "127.0.0.1", &port]), ok());
        wait_until("the replica's link is up", || self.info("master_link_status") == "up");
    }

    /// Wait until this replica has executed what the master has written so far.
    pub fn catch_up(&self, master: &Server) {
        let number = |server: &Server, field| server.info(field).parse::<i64>().unwrap_or(-1);
        let want = number(master, "master_repl_offset");
        wait_until("the replica has the master's offset", || number(self, "slave_repl_offset") >= want);
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"))
    }

    /// Send it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("the server runs");
    }

    /// Wait for it to end by itself.
    pub fn wait_end(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait_for("the server ends", || child.try_wait().expect("it is our child"))
    }

    /// End it as an operator does, with SIGTERM.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.wait_end()
    }

    /// End it as a power cut does, with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("the server runs");
        self.wait_end();
    }

    /// Start it again after its end with further directives.
    pub fn start_again_with(&mut self, more: &[&str]) {
        self.directives.extend(more.iter().map(ToString::to_string));
        self.start_again();
    }

    /// Start it again after its end: same folder, port and directives.
    pub fn start_again(&mut self) {
        self.client.replace(None);
        self.child = spawn(self.program, self.dir.path(), self.port, &self.directives);
        let up = answers(&mut self.child, self.port, &self.directives);
        assert!(up, "does not start again:\n{}", tail(&self.dir().join("log")));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!(
                "--- {} on port {}:\n{}",
                self.program.name(),
                self.port,
                tail(&self.dir().join("log"))
            );
        }
    }
}

/// Our directives stand before the test's, so that the test's win. Nothing is saved unless asked for.
fn spawn(program: Program, dir: &Path, port: u16, directives: &[String]) -> Child {
    let words = program.command().unwrap_or_else(|reason| panic!("{reason}"));
    let log = File::options().create(true).append(true).open(dir.join("log")).expect("the log opens");
    let mut command = Command::new(&words[0]);
    // A configuration file comes before every option.
    let (file, directives) = match directives.split_first() {
        Some((first, rest)) if !first.starts_with("--") => (Some(first), rest),
        _ => (None, directives),
    };
    command.args(&words[1..]).args(file).current_dir(dir).stdin(Stdio::null());
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0"]);
    command.args(directives).stdout(log.try_clone().expect("the log can be shared")).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{program:?} cannot be started: {error}"))
}

/// Wait until the server answers PING with something else than "loading"; false when it ended instead.
fn answers(child: &mut Child, port: u16, directives: &[String]) -> bool {
    let unreachable = directives.windows(2).any(|pair| pair[0] == "--port" && pair[1] == "0");
    wait_for("the server starts", || {
        if child.try_wait().expect("it is our child").is_some() {
            return Some(false);
        }
        if unreachable {
            return Some(true);
        }
        let answer = Client::connect(port).ok()?.try_call(&["PING"]).ok()?;
        let loading = answer.error().is_some_and(|line| line.starts_with("LOADING"));
        (!loading).then_some(true)
    })
}

fn tail(log: &Path) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(LOG_TAIL)..]).into_owned()
}

/// A blocking connection: bytes out, values in, nothing hidden.
pub struct Client {
    stream: TcpStream,
    decoder: Decoder,
    unread: Vec<u8>,
}

impl Client {
    /// Connect to a port of this machine.
    pub fn connect(port: u16) -> std::io::Result<Client> {
        let stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, decoder: Decoder::new(), unread: Vec::new() })
    }

    /// Send a request and read its reply.
    pub fn call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Value {
        self.try_call(args).unwrap_or_else(|error| panic!("no reply: {error}"))
    }

    /// The same where the connection may be gone.
    pub fn try_call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> std::io::Result<Value> {
        self.send(args)?;
        self.read()
    }

    /// Send a request without reading: for pipelines.
    pub fn send<A: AsRef<[u8]>>(&mut self, args: &[A]) -> std::io::Result<()> {
        self.send_bytes(&request(args))
    }

    /// Send bytes as they are: for broken requests.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Read one value, out-of-band messages included.
    pub fn read(&mut self) -> std::io::Result<Value> {
        loop {
            let decoded = self.decoder.decode(&self.unread);
            match decoded.map_err(|error| std::io::Error::other(format!("{error:?}")))? {
                Some((value, used)) => {
                    self.unread.drain(..used);
                    return Ok(value);
                }
                None => self.read_more()?,
            }
        }
    }

    /// Read a line that is no reply, without its end; empty lines are passed over.
    pub fn read_line(&mut self) -> std::io::Result<String> {
        loop {
            let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') else {
                self.read_more()?;
                continue;
            };
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            if !line.is_empty() {
                return Ok(line);
            }
        }
    }

    /// Read so many bytes that are no reply.
    pub fn read_bytes(&mut self, count: usize) -> std::io::Result<Vec<u8>> {
        while self.unread.len() < count {
            self.read_more()?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    /// Whether the server closed this connection, after everything it sent before.
    pub fn is_closed(&mut self) -> bool {
        loop {
            match self.read_more() {
                Ok(()) => self.unread.clear(),
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn read_more(&mut self) -> std::io::Result<()> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            n => {
                self.unread.extend_from_slice(&piece[..n]);
                Ok(())
            }
        }
    }
}

/// A request as clients send it.
pub fn request<A: AsRef<[u8]>>(args: &[A]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        let arg = arg.as_ref();
        bytes.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        bytes.extend_from_slice(arg);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
