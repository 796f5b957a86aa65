//! `rtool redis-cli` beside the distribution's redis-cli: the same words on the same data must end in the
//! same bytes on both streams and the same exit code. What `rtool cli` does otherwise is in `cli_own`, what
//! runs instead of a command in `cli_modes`.

use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use crate::harness::{Program, Server, leave_out, ok, rtool, wait_until};

/// redis-cli with nothing inherited but the path, or nothing when it is not installed.
pub fn redis_cli(args: &[&str]) -> Command {
    let mut command = Command::new("redis-cli");
    command.args(args).env_clear().stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn ours(args: &[&str]) -> Command {
    rtool(&[&["redis-cli"], args].concat())
}

/// A redis-server with redis-cli beside it, or nothing.
pub fn redis(directives: &[&str]) -> Option<Server> {
    if redis_cli(&["--version"]).output().is_err() {
        leave_out("redis-cli is not installed (tests/run installs it)");
        return None;
    }
    Server::peer(Program::Redis, directives)
}

/// The data every case starts from.
pub fn fill(server: &Server) {
    let commands: &[&[&str]] = &[
        &["FLUSHALL"],
        &["SET", "s", "a \"b\"\n\u{e9}\u{1}\\"],
        &["SET", "n", "41"],
        &["SET", "empty", ""],
        &["RPUSH", "l", "one", "two", "three", "4", "5", "6", "7", "8", "9", "ten", "eleven"],
        &["HSET", "h", "f", "1", "g", "two words"],
        &["SADD", "one", "x"],
        &["ZADD", "z", "1.5", "a", "inf", "b"],
        &["XADD", "x", "1-1", "field", "value"],
    ];
    for command in commands {
        let reply = server.call(command);
        assert_eq!(reply.error(), None, "{command:?}");
    }
}

/// Runs a client on fresh data.
pub fn run_on_data(server: &Server, command: Command, stdin: &[u8]) -> Output {
    fill(server);
    run(command, stdin)
}

/// Runs a client to its end.
pub fn run(mut command: Command, stdin: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A client that fails early reads nothing.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

pub fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string().replace("\\n", "\n");
    let code = output.status.code();
    format!("code {code:?}\nstdout:\n{}\nstderr:\n{}", text(&output.stdout), text(&output.stderr))
}

/// Both clients, the same words.
pub fn same(server: &Server, args: &[&str], stdin: &[u8], env: &[(&str, &str)]) {
    let port = server.port().to_string();
    let args = [&["-p", &port], args].concat();
    let with_env = |mut command: Command| {
        command.envs(env.iter().copied());
        command
    };
    let theirs = run_on_data(server, with_env(redis_cli(&args)), stdin);
    let got = run_on_data(server, with_env(ours(&args)), stdin);
    assert_eq!(shown(&got), shown(&theirs), "{args:?} < {:?}", stdin.escape_ascii().to_string());
}

/// Commands whose replies cover every type, in RESP2.
const REPLIES: &[&str] = &[
    "PING",
    "GET s",
    "GET n",
    "GET nosuch",
    "GET empty",
    "INCR n",
    "LRANGE l 0 -1",
    "LRANGE l 5 1",
    "HGETALL h",
    "MGET s nosuch n",
    "SMEMBERS one",
    "ZRANGE z 0 -1 WITHSCORES",
    "ZSCORE z a",
    "XRANGE x - +",
    "XREAD STREAMS x 0",
    "COMMAND INFO get nosuch",
    "LPUSH s x",
    "NOSUCH a b",
    "OBJECT HELP",
    "CONFIG GET maxmemory*",
    "EVAL return{1,{2,{3,'x'}},{},false,'y'} 0",
    "EVAL return{err='BAD-thing'} 0",
    "EVAL return{1,redis.error_reply('inner'),3} 0",
    "DEBUG PROTOCOL string",
    "DEBUG PROTOCOL integer",
    "DEBUG PROTOCOL double",
    "DEBUG PROTOCOL null",
    "DEBUG PROTOCOL array",
    "DEBUG PROTOCOL set",
    "DEBUG PROTOCOL map",
    "DEBUG PROTOCOL verbatim",
    "DEBUG PROTOCOL true",
    "DEBUG PROTOCOL false",
    "INFO keyspace",
    "MEMORY DOCTOR",
    "LATENCY DOCTOR",
    "CLUSTER NODES",
];

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

const FORMATS: &[&str] = &["--raw", "--no-raw", "--csv", "--json", "--quoted-json"];

#[test]
fn replies_in_every_format() {
    let Some(server) = redis(&[]) else { return };
    for command in REPLIES {
        for format in FORMATS {
            same(&server, &[&[*format], words(command).as_slice()].concat(), b"", &[]);
        }
        same(&server, &words(command), b"", &[]);
    }
}

#[test]
fn replies_in_resp3_and_resp2_by_name() {
    let Some(server) = redis(&[]) else { return };
    for command in REPLIES {
        for format in FORMATS {
            same(&server, &[&["-3", *format], words(command).as_slice()].concat(), b"", &[]);
        }
        same(&server, &[&["-2", "--json"], words(command).as_slice()].concat(), b"", &[]);
    }
}

#[test]
fn options_of_one_command() {
    let Some(server) = redis(&[]) else { return };
    let table: &[(&str, &[u8])] = &[
        ("-r 3 INCR n", b""),
        ("-r 0 INCR n", b""),
        ("-r 2 -i 0.01 PING", b""),
        ("-n 3 SET k v", b""),
        ("-n 3 DBSIZE", b""),
        ("-x SET k", b"from\x00stdin\n"),
        ("-x ECHO", b""),
        ("-X TAG ECHO TAG", b"tagged"),
        ("-X TAG ECHO OTHER", b"tagged"),
        ("-e GET s", b""),
        ("-e NOSUCH", b""),
        ("-e -r 3 NOSUCH", b""),
        ("-e --json NOSUCH", b""),
        ("NOSUCH", b""),
        ("-d , LRANGE l 0 -1", b""),
        ("-D ; -r 2 GET n", b""),
        ("-d , -D ; --no-raw LRANGE l 0 2", b""),
        ("--quoted-input ECHO \"a\\x41\\n\"", b""),
        ("--quoted-input ECHO \"a", b""),
        ("ECHO \"a\"", b""),
        ("QUIT", b""),
        ("-3 -e CLIENT NO-EVICT maybe", b""),
        ("-n 99 PING", b""),
        ("-n 99 -3 PING", b""),
        ("--user nobody -a x --no-auth-warning PING", b""),
        ("--nosuch PING", b""),
        ("-p", b""),
        ("-2 -3 PING", b""),
        ("-x -X t PING", b""),
        ("-s /nonexistent -c PING", b""),
        ("-c PING", b""),
        ("--eval /nonexistent", b""),
        ("--show-pushes no PING", b""),
        ("EXEC", b""),
        ("DEBUG SLEEP 0.6", b""),
        ("--no-raw DEBUG SLEEP 0.6", b""),
    ];
    for (line, stdin) in table {
        same(&server, &words(line), stdin, &[]);
    }
}

#[test]
fn scripts_on_standard_input() {
    let Some(server) = redis(&[]) else { return };
    let table: &[&[u8]] = &[
        b"",
        b"\n\n",
        b"PING\n",
        b"PING",
        b"GET s\r\nGET n\r\n",
        b"NOSUCH\nGET n\n",
        b"SET k \"a\\x00b\\n\"\nGET k\n",
        b"SET k 'single \\' quoted'\nGET k\n",
        b"GET \"unclosed\nGET n\n",
        b"GET \"a\"b\nGET n\n",
        b"3 INCR n\n",
        b"0 INCR n\n-1 INCR n\n",
        b"3\n",
        b"SELECT 2\nSET k v\nGET k\nSELECT 99\nGET k\n",
        b"MULTI\nSET a 1\nINCR a\nEXEC\n",
        b"MULTI\nSELECT 3\nDISCARD\nGET n\n",
        b"MULTI\nNOSUCH\nEXEC\nGET n\n",
        b"PING\nquit\nPING\n",
        b"PING\nexit\nPING\n",
        b"HGETALL h\nRESET\nHGETALL h\n",
        b"\xff\xfe\nGET \"\\xff\"\n",
        b"INFO keyspace\nGET n\n",
        b"DEBUG SLEEP 0.6\nGET n\n",
    ];
    for script in table {
        for format in [&[][..], &["--no-raw"], &["--json"], &["-3"], &["-n", "1"], &["-e"]] {
            same(&server, format, script, &[]);
        }
    }
}

#[test]
fn passwords() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    assert_eq!(server.call(&["AUTH", "geheim"]), ok());
    let env = &[("REDISCLI_AUTH", "geheim")][..];
    let port = server.port();
    let uri = format!("redis://default:geheim@127.0.0.1:{port}/2");
    let bare = format!("redis://geheim@127.0.0.1:{port}");
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);
    let table: &[Case<'_>] = &[
        (&["PING"], &[]),
        (&["-a", "geheim", "PING"], &[]),
        (&["--pass", "geheim", "--no-auth-warning", "PING"], &[]),
        (&["--user", "default", "-a", "geheim", "PING"], &[]),
        (&["-u", &uri, "CLIENT", "GETNAME"], &[]),
        (&["-u", &bare, "PING"], &[]),
        (&["PING"], env),
        (&["-a", "geheim", "PING"], &[("REDISCLI_AUTH", "other")]),
        (&["--json", "PING"], env),
        (&["-3", "PING"], env),
    ];
    for (args, env) in table {
        same(&server, args, b"", env);
    }
    same(&server, &[], b"PING\nAUTH geheim\nPING\nAUTH wrong\nPING\n", &[]);
    same(&server, &["--askpass", "PING"], b"geheim\n", &[]);
}

#[test]
fn sockets_and_nobody_there() {
    let Some(server) = redis(&["--unixsocket", "r.sock"]) else { return };
    let socket = server.dir().join("r.sock");
    let socket = socket.to_str().unwrap();
    same(&server, &["-s", socket, "PING"], b"", &[]);
    same(&server, &["-s", "/nonexistent/r.sock", "PING"], b"", &[]);
    same(&server, &["-h", "localhost", "PING"], b"", &[]);
    same(&server, &["-h", "no.such.host.invalid", "PING"], b"", &[]);
    same(&server, &["-p", "1", "PING"], b"", &[]);
    same(&server, &["-p", "1"], b"PING\nPING\n", &[]);
    same(&server, &["SHUTDOWN", "NOSAVE", "badoption"], b"", &[]);
}

/// What does not change from one call to the next, on any make of server and its data.
const ANY_SERVER: &[&str] = &[
    "SET k \u{e9}",
    "GET k",
    "MGET k nosuch",
    "CONFIG GET maxmemory*",
    "NOSUCH x",
    "INFO keyspace",
    "COMMAND INFO get",
    "EXEC",
    "DEBUG PROTOCOL map",
    "DEBUG PROTOCOL set",
    "DEBUG PROTOCOL double",
    "DEBUG PROTOCOL verbatim",
];

#[test]
fn every_make_of_server() {
    if redis(&[]).is_none() {
        return;
    }
    for program in [Program::Rtool, Program::Redis8, Program::Valkey] {
        let Some(server) = Server::peer(program, &[]) else { continue };
        let port = server.port().to_string();
        for command in ANY_SERVER {
            for options in ["--no-raw -2", "--no-raw -3", "--json", "--csv"] {
                let args = [&["-p", &port], words(options).as_slice(), words(command).as_slice()].concat();
                let theirs = run(redis_cli(&args), b"");
                assert_eq!(shown(&run(ours(&args), b"")), shown(&theirs), "{args:?} on {program:?}");
            }
        }
    }
}

/// A child whose standard output is collected while it runs.
struct Listener {
    child: Child,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Listener {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut block = [0; 4096];
            while let Ok(n @ 1..) = stdout.read(&mut block) {
                sink.lock().unwrap().extend_from_slice(&block[..n]);
            }
        });
        Self { child, heard }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }

    fn wait_for(&self, text: &str) {
        wait_until(&format!("{text:?} is heard"), || self.text().contains(text));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both listeners, until both have heard `last`; they must have heard the same.
fn same_stream(server: &Server, args: &[&str], publish: &[&[&str]], last: &str) {
    let port = server.port().to_string();
    let args = [&["-p", &port], args].concat();
    let listeners = [Listener::start(redis_cli(&args)), Listener::start(ours(&args))];
    wait_until("both listen", || listeners.iter().all(|listener| !listener.text().is_empty()));
    for command in publish {
        server.call(command);
    }
    listeners.iter().for_each(|listener| listener.wait_for(last));
    assert_eq!(listeners[1].text(), listeners[0].text(), "{args:?}");
}

/// Raw alone: in other formats redis-cli 7.0 announces that it reads messages, 7.2 only on a terminal.
#[test]
fn messages_until_stopped() {
    let Some(server) = redis(&[]) else { return };
    let publish: &[&[&str]] =
        &[&["PUBLISH", "a", "hello"], &["PUBLISH", "p1", "x y"], &["PUBLISH", "a", "end"]];
    same_stream(&server, &["SUBSCRIBE", "a"], publish, "end");
    same_stream(&server, &["-3", "SUBSCRIBE", "a", "b"], publish, "end");
    same_stream(&server, &["PSUBSCRIBE", "p*", "a"], publish, "end");
}

#[test]
fn monitor_until_stopped() {
    let Some(server) = redis(&[]) else { return };
    same_stream(&server, &["MONITOR"], &[&["SET", "k", "v"], &["GET", "end"]], "end");
    same_stream(&server, &["--no-raw", "MONITOR"], &[&["GET", "end"]], "end");
}
