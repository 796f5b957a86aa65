//! Listening sockets and the acceptor. `bind` may name several addresses (IPv4, IPv6, `*`, `-` in front
//! of one that may be missing), and there may be a unix socket. One acceptor task per socket takes
//! connections, applies protected mode and `maxclients`, and hands each to the worker with the fewest.

use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::server::config::Settings;
use crate::server::worker::{Accepted, Inbox};
use crate::server::{Server, log};

/// Why a server cannot listen.
#[derive(Debug)]
pub struct ListenError(pub String);

/// Sockets that listen.
pub struct Listeners {
    /// TCP sockets.
    pub tcp: Vec<std::net::TcpListener>,
    /// Unix socket and its path.
    pub unix: Option<(std::os::unix::net::UnixListener, String)>,
}

/// Opens every socket the settings name.
pub fn open(settings: &Settings) -> Result<Listeners, ListenError> {
    let tcp = if settings.port == 0 { Vec::new() } else { open_tcp(settings)? };
    let unix = settings.unixsocket.as_ref().map(|path| open_unix(path, settings)).transpose()?;
    if tcp.is_empty() && unix.is_none() {
        return Err(ListenError("Configured to not listen anywhere, exiting.".into()));
    }
    Ok(Listeners { tcp, unix })
}

/// Opens the TCP sockets; an address that starts with `-` may fail.
pub fn open_tcp(settings: &Settings) -> Result<Vec<std::net::TcpListener>, ListenError> {
    let mut open = Vec::new();
    for name in &settings.bind {
        let (optional, name) = name.strip_prefix('-').map_or((false, name.as_str()), |rest| (true, rest));
        let result = addresses(name, settings.port).and_then(|all| {
            all.into_iter().map(|addr| open_one(addr, settings)).collect::<io::Result<Vec<_>>>()
        });
        match result {
            Ok(sockets) => open.extend(sockets),
            Err(e) if optional && is_unavailable(&e) => {}
            Err(e) => {
                log::warning(format_args!(
                    "Warning: Could not create server TCP listening socket {name}:{}: bind: {}",
                    settings.port,
                    crate::server::os_reason(&e)
                ));
                return Err(ListenError(format!(
                    "Failed listening on port {} (tcp), aborting.",
                    settings.port
                )));
            }
        }
    }
    Ok(open)
}

fn is_unavailable(e: &io::Error) -> bool {
    e.kind() == ErrorKind::AddrNotAvailable
        || matches!(
            e.raw_os_error().map(nix::errno::Errno::from_raw),
            Some(
                nix::errno::Errno::EAFNOSUPPORT
                    | nix::errno::Errno::EPROTONOSUPPORT
                    | nix::errno::Errno::ENOPROTOOPT
                    | nix::errno::Errno::EPFNOSUPPORT
                    | nix::errno::Errno::ESOCKTNOSUPPORT
            )
        )
}

fn addresses(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match name {
        "*" => Ok(vec![SocketAddr::from(([0, 0, 0, 0], port))]),
        "::*" | "[::]" => Ok(vec![SocketAddr::from(([0u16; 8], port))]),
        name => {
            let bare = name.trim_start_matches('[').trim_end_matches(']');
            match bare.parse::<IpAddr>() {
                Ok(ip) => Ok(vec![SocketAddr::new(ip, port)]),
                Err(_) => Ok((bare, port).to_socket_addrs()?.take(1).collect()),
            }
        }
    }
}

fn open_one(addr: SocketAddr, settings: &Settings) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(i32::try_from(settings.tcp_backlog).unwrap_or(i32::MAX))?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn open_unix(
    path: &str,
    settings: &Settings,
) -> Result<(std::os::unix::net::UnixListener, String), ListenError> {
    let failed = |e: io::Error| {
        log::warning(format_args!("Failed opening Unix socket: bind: {}", crate::server::os_reason(&e)));
        ListenError("Failed opening Unix socket: see the log".into())
    };
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let listener = std::os::unix::net::UnixListener::bind(path).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    if settings.unixsocketperm != 0 {
        let mode = std::fs::Permissions::from_mode(settings.unixsocketperm);
        std::fs::set_permissions(path, mode).map_err(failed)?;
    }
    Ok((listener, path.to_owned()))
}

/// Lets CONFIG SET, on any thread, replace the TCP sockets that the main thread accepts on.
#[derive(Debug, Default)]
pub struct Control(OnceLock<UnboundedSender<Vec<std::net::TcpListener>>>);

impl Control {
    /// Accepts on these sockets from now on, and closes the ones before.
    pub fn replace(&self, listeners: Vec<std::net::TcpListener>) {
        if let Some(sender) = self.0.get() {
            let _ = sender.send(listeners); // fails only when the process is ending
        }
    }
}

/// Starts an acceptor task for each socket, on the main thread.
pub fn start(server: &'static Server, listeners: Listeners) {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let _ = server.listeners.0.set(sender);
    server.listeners.replace(listeners.tcp);
    tokio::task::spawn_local(async move {
        let mut tasks: Vec<JoinHandle<()>> = Vec::new();
        while let Some(sockets) = receiver.recv().await {
            tasks.drain(..).for_each(|task| task.abort());
            tasks.extend(sockets.into_iter().map(|s| tokio::task::spawn_local(accept_tcp(server, s))));
        }
    });
    if let Some((listener, path)) = listeners.unix {
        tokio::task::spawn_local(accept_unix(server, listener, path));
    }
}

/// Accepts TCP connections until told to stop.
pub async fn accept_tcp(server: &'static Server, listener: std::net::TcpListener) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                if let Ok(socket) = socket.into_std() {
                    admit_tcp(server, socket, peer);
                }
            }
            Err(e) => accept_failed(&e).await,
        }
    }
}

/// Accepts connections on the unix socket.
pub async fn accept_unix(server: &'static Server, listener: std::os::unix::net::UnixListener, path: String) {
    let Ok(listener) = tokio::net::UnixListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                if let Ok(socket) = socket.into_std()
                    && let Some(socket) = admit(server, socket, |mut s| s.write_all(FULL))
                {
                    hand_over(server, Accepted::Unix(socket, path.clone()));
                }
            }
            Err(e) => accept_failed(&e).await,
        }
    }
}

/// Out of descriptors or the like: the socket stays readable, so wait instead of spinning.
async fn accept_failed(e: &io::Error) {
    log::warning(format_args!("Accepting client connection: {}", crate::server::os_reason(e)));
    tokio::time::sleep(Duration::from_millis(100)).await;
}

const FULL: &[u8] = b"-ERR max number of clients reached\r\n";

const PROTECTED: &[u8] = b"-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n";

fn admit_tcp(server: &'static Server, socket: std::net::TcpStream, peer: SocketAddr) {
    let settings = server.config.snapshot();
    let local = peer.ip().to_canonical().is_loopback();
    if settings.protected_mode && server.acl.default_has_no_password() && !local {
        server.stats.rejected_connections.add_shared(1);
        let _ = (&socket).write_all(PROTECTED);
        return;
    }
    let _ = socket.set_nodelay(true);
    if settings.tcp_keepalive > 0 {
        let _ = SockRef::from(&socket).set_tcp_keepalive(&keepalive(settings.tcp_keepalive));
    }
    if let Some(socket) = admit(server, socket, |mut s| s.write_all(FULL)) {
        hand_over(server, Accepted::Tcp(socket, local));
    }
}

/// Keepalive as Redis sets it: first probe after `seconds`, then thrice at a third of it.
pub fn keepalive(seconds: u64) -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(Duration::from_secs(seconds))
        .with_interval(Duration::from_secs((seconds / 3).max(1)))
        .with_retries(3)
}

/// Counts a connection in, or says no and closes it.
fn admit<S>(server: &'static Server, socket: S, refuse: impl FnOnce(&S) -> io::Result<()>) -> Option<S> {
    let limit = server.config.snapshot().maxclients;
    if server.connected.fetch_add(1, Ordering::AcqRel) >= limit {
        server.connected.fetch_sub(1, Ordering::AcqRel);
        server.stats.rejected_connections.add_shared(1);
        let _ = refuse(&socket);
        return None;
    }
    server.stats.connections.add_shared(1);
    Some(socket)
}

fn hand_over(server: &'static Server, accepted: Accepted) {
    let least = server.inboxes().iter().min_by_key(|inbox: &&Inbox| inbox.load.load(Ordering::Relaxed));
    if let Some(inbox) = least {
        inbox.send(accepted);
    }
}
