//! The shell with somebody at the terminal: a pseudo terminal types and reads. What it shows is
//! searched in order, each find starting behind the one before.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

use nix::pty::{Winsize, openpty};
use rtool::resp::value::Value;
use tempfile::TempDir;

use crate::harness::{Program, Server, bulk, leave_out, ok, wait_for, wait_until};

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const ENTER: &str = "\r";
const TAB: &str = "\t";
const UP: &str = "\x1b[A";

/// A shell at a terminal of its own, with an empty home.
struct Terminal {
    child: Child,
    keys: File,
    screen: Arc<Mutex<Vec<u8>>>,
    found: usize,
    home: TempDir,
}

impl Terminal {
    /// Starts `rtool cli` with these words; nothing when the terminal cannot be made its own.
    fn start(words: &[&str]) -> Option<Self> {
        let size = Winsize { ws_row: 40, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        let home = tempfile::tempdir().unwrap();
        // setsid makes the terminal the process's own, so that Ctrl-C reaches it as a signal.
        let mut command = Command::new("setsid");
        command.args(["--ctty", env!("CARGO_BIN_EXE_rtool"), "cli"]).args(words);
        command.env_clear().env("TERM", "xterm").env("HOME", home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let side = || pty.slave.try_clone().unwrap();
        let Ok(child) = command.stdin(side()).stdout(side()).stderr(side()).spawn() else {
            leave_out("setsid (util-linux) is not installed");
            return None;
        };
        let keys = File::from(pty.master);
        let screen = watch(keys.try_clone().unwrap());
        Some(Self { child, keys, screen, found: 0, home })
    }

    /// A shell on this server, its prompt awaited.
    fn on(server: &Server, words: &[&str]) -> Option<Self> {
        let port = server.port().to_string();
        let mut terminal = Self::start(&[&["-p", &port], words].concat())?;
        terminal.see(&format!("{}> ", server.addr()));
        Some(terminal)
    }

    /// Presses keys.
    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line and waits for what it prints.
    fn run(&mut self, line: &str, shows: &str) {
        self.press(line);
        self.press(ENTER);
        self.see(shows);
    }

    /// Presses Ctrl-C at the prompt and waits for the next one, which the switch to bracketed paste
    /// announces: the prompt itself is shown again at every key. Keys in between would be dropped.
    fn cancel(&mut self) {
        self.press(CTRL_C);
        self.see("\x1b[?2004h");
    }

    /// Everything shown so far.
    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits until `text` is shown behind what was found before.
    fn see(&mut self, text: &str) {
        let screen = Arc::clone(&self.screen);
        let found = self.found;
        let look = || {
            let bytes = screen.lock().unwrap();
            let at = bytes[found..].windows(text.len()).position(|window| window == text.as_bytes())?;
            Some(found + at + text.len())
        };
        self.found = wait_for(&format!("{text:?} in {:?}", self.shown()), look);
    }

    /// Waits for the end and returns the exit code.
    fn end(&mut self) -> i32 {
        let child = &mut self.child;
        wait_for("the shell ends", || child.try_wait().unwrap()).code().unwrap()
    }

    fn history(&self) -> PathBuf {
        self.home.path().join(".rtool_history")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the terminal:\n{:?}", self.shown());
        }
    }
}

/// Collects what the terminal shows.
fn watch(mut terminal: File) -> Arc<Mutex<Vec<u8>>> {
    let screen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&screen);
    std::thread::spawn(move || {
        let mut block = [0; 4096];
        while let Ok(n @ 1..) = terminal.read(&mut block) {
            sink.lock().unwrap().extend_from_slice(&block[..n]);
        }
    });
    screen
}

/// The terminal's ways are the shell's own; the server behind them is any.
fn redis(directives: &[&str]) -> Option<Server> {
    Server::peer(Program::Redis, directives)
}

#[test]
fn prompts_follow_the_session() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    let addr = server.addr();
    shell.run("set k 'a b'", "OK");
    shell.run("get k", "\"a b\"");
    shell.run("select 2", &format!("{addr}[2]> "));
    shell.run("multi", &format!("{addr}[2](TX)> "));
    shell.run("select 3", &format!("{addr}[3](TX)> "));
    shell.run("discard", &format!("{addr}[2]> "));
    shell.run("select 99", "(error) ERR DB index is out of range");
    shell.see(&format!("{addr}[2]> "));
    shell.run("reset", &format!("{addr}> "));
    shell.run("3 incr n", "(integer) 3");
    shell.run("help getdel", "GETDEL");
    shell.press(CTRL_D);
    assert_eq!(shell.end(), 0);
}

#[test]
fn hints_and_completion_come_from_the_catalog() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.press("getrange k ");
    shell.see("start end");
    shell.cancel();
    shell.press(&format!("getd{TAB}"));
    shell.see("getdel");
    shell.run(" k", "(nil)");
    shell.run(":set nohints", "> ");
    shell.run(":set nonsense", "unknown preference 'nonsense'");
    shell.press(&format!("quit{ENTER}"));
    assert_eq!(shell.end(), 0);
}

#[test]
fn pasted_lines_all_run() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.press("\x1b[200~set a \"x\ny\"\nget a\nauth geheim\nincr n\x1b[201~\r");
    shell.see("\"x\\ny\"");
    shell.see("(error) ERR AUTH");
    shell.see("(integer) 1");
    let history = std::fs::read_to_string(shell.history()).unwrap();
    assert!(history.contains("incr n") && !history.contains("geheim"), "{history}");
}

#[test]
fn what_is_typed_ahead_is_kept() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &["--yes"]) else { return };
    shell.press("debug sleep 0.1\rincr n\rincr n\rincr n\r");
    shell.see("(integer) 3");
}

#[test]
fn a_secret_never_reaches_the_history() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &["--yes"]) else { return };
    shell.run("set visible 1", "OK");
    shell.run("config set requirepass geheim", "OK");
    shell.run("auth geheim", "OK");
    shell.run("hello 2 auth default geheim", "server");
    shell.run("\"auth geheim\"x", "Invalid argument(s)");
    shell.run("get visible", "\"1\"");
    shell.press(UP);
    shell.see("get\x1b[0m visible");
    shell.cancel();
    shell.press(CTRL_D);
    assert_eq!(shell.end(), 0);
    let history = std::fs::read_to_string(shell.history()).unwrap();
    assert!(history.contains("set visible 1") && !history.contains("geheim"), "{history}");
    assert!(history.contains("auth ***") && history.contains("config set requirepass ***"), "{history}");
    let mode = std::fs::metadata(shell.history()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_reconnect_comes_back_to_the_same_user_and_database() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    assert_eq!(server.call(&["AUTH", "geheim"]), ok());
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    let addr = server.addr();
    shell.run("ping", "(error) NOAUTH");
    shell.run("auth geheim", "OK");
    shell.run("select 2", &format!("{addr}[2]> "));
    shell.run("multi", "(TX)> ");
    server.call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    shell.run("set stray 1", "Error: Server closed the connection");
    shell.see("(the transaction is gone with the connection: none of it ran)");
    shell.see("not connected> ");
    shell.run("set k v", "OK");
    shell.see(&format!("{addr}[2]> "));
    assert_eq!(server.call(&["SELECT", "2"]), ok());
    assert_eq!(server.call(&["GET", "k"]), bulk("v"));
    assert_eq!(server.call(&["GET", "stray"]), Value::Null);
}

#[test]
fn ctrl_c_cancels_and_never_ends() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.run("select 1", "[1]> ");
    shell.press("flushall");
    shell.cancel();
    shell.press(&format!("blpop nosuch 0{ENTER}"));
    wait_until("the shell waits", || server.info("blocked_clients") == "1");
    shell.press(CTRL_C);
    shell.see("(nil)");
    shell.see("[1]> ");
    wait_until("nobody waits", || server.info("blocked_clients") == "0");
    shell.run("ping", "PONG");
}

/// What the server cannot be made to let go costs the connection, not the shell.
#[test]
fn ctrl_c_gives_up_what_cannot_be_cancelled() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &["--yes"]) else { return };
    server.call(&["CLIENT", "PAUSE", "60000", "WRITE"]);
    shell.press(&format!("incr n{ENTER}"));
    wait_until("the shell waits", || server.info("blocked_clients") == "1");
    shell.press(CTRL_C);
    shell.see("(interrupted");
    shell.run("ping", "PONG");
}

#[test]
fn a_script_that_runs_wild_is_stopped() {
    let Some(server) = redis(&["--busy-reply-threshold", "100"]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.press(&format!("eval 'while true do end' 0{ENTER}"));
    let is_busy = || server.call(&["PING"]).error().is_some_and(|line| line.starts_with("BUSY"));
    wait_until("the script runs", is_busy);
    shell.press(CTRL_C);
    shell.see("asked to stop the script");
    shell.see("Script killed by user");
    shell.run("ping", "PONG");
}

#[test]
fn dangerous_commands_ask_by_what_is_at_stake() {
    let Some(server) = redis(&[]) else { return };
    server.call(&["SET", "k", "v"]);
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.run("keys *", "note: KEYS looks at every key");
    shell.see("1) \"k\"");
    shell.run("config set maxmemory 100mb", "CONFIG SET changes how the running server behaves.");
    shell.see("master with 0 replicas, 1 keys");
    shell.run("n", "(not sent)");
    shell.run("flushall", "FLUSHALL deletes every key of every database.");
    shell.run("y", "(not sent)");
    assert_eq!(server.call(&["DBSIZE"]).as_int(), Some(1));
    shell.run("flushall", &format!("Type the name of the server, {}, to go on:", server.addr()));
    shell.run(&server.addr(), "OK");
    assert_eq!(server.call(&["DBSIZE"]).as_int(), Some(0));
}

#[test]
fn replies_go_to_programs_and_files() {
    let Some(server) = redis(&[]) else { return };
    server.call(&["SET", "k", "b\na\u{1}"]);
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.run("get k | sort | od -c", "a 001");
    let file = shell.home.path().join("out");
    shell.run(&format!("get k > {}", file.display()), "> ");
    wait_until("the file is there", || std::fs::read(&file).is_ok_and(|bytes| bytes == b"b\na\x01"));
    shell.run(&format!("incr n >> {}", file.display()), "> ");
    wait_until("more is behind it", || std::fs::read(&file).is_ok_and(|bytes| bytes == b"b\na\x011\n"));
    shell.run("ping > /nonexistent/x", "cannot write /nonexistent/x");
    shell.run("ping", "PONG");
}

#[test]
fn values_have_several_lines() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.press(&format!("set k \"one{ENTER}two\"{ENTER}"));
    shell.see("OK");
    assert_eq!(server.call(&["GET", "k"]).as_str(), Some("one\ntwo"));
    shell.run("# a remark", "> ");
    shell.run("ping", "PONG");
}

/// Presses TAB until the name is there: a server that is slow to answer is not waited for.
fn complete(shell: &mut Terminal, shows: &str) {
    wait_until("the name is completed", || {
        shell.press(TAB);
        shell.shown().contains(shows)
    });
}

#[test]
fn names_are_completed_from_the_server() {
    let Some(server) = redis(&[]) else { return };
    server.call(&["MSET", "user:1000", "a", "other", "b"]);
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.press("get us");
    complete(&mut shell, "get\x1b[0m user:1000");
    shell.press(ENTER);
    shell.see("\"a\"");
    shell.press("config get maxmemory-p");
    complete(&mut shell, "config\x1b[0m get maxmemory-policy");
    shell.press(ENTER);
    shell.see("noeviction");
}

#[test]
fn hints_are_those_of_the_server_that_answers() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    // The catalog has further conditions there (Redis 8.4), which this server lacks.
    shell.press("set k v ");
    shell.see("[NX|XX] [GET] [EX seconds|");
    shell.press("ex 10 k");
    shell.press(CTRL_C);
    assert!(!shell.shown().contains("IFEQ"), "{}", shell.shown());
    let Some(mut shell) = Terminal::start(&["-p", "1"]) else { return };
    shell.see("> ");
    shell.press("set k v ");
    shell.see("[NX|XX|IFEQ ifeq-value|");
}

#[test]
fn errors_say_what_to_do_next() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.run("gte k", "(did you mean GET?)");
    shell.run("rpush list a", "(integer) 1");
    shell.run("get list", "(peek list shows what it is)");
}

#[test]
fn a_password_is_asked_for_and_not_shown() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.press(&format!(":auth{ENTER}"));
    shell.see("Password: ");
    shell.press(&format!("geheim{ENTER}"));
    shell.see("OK");
    shell.run("ping", "PONG");
    assert!(!shell.shown().contains("geheim"));
}

/// What the shell asks for itself would become part of the transaction.
#[test]
fn a_transaction_holds_what_was_typed_and_nothing_else() {
    let Some(server) = redis(&[]) else { return };
    server.call(&["SET", "k", "v"]);
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.run("multi", "OK");
    shell.run("keys *", "QUEUED");
    shell.run("hgetall nosuch", "QUEUED");
    shell.run("peek k", "(not in a transaction");
    shell.run(":plan get k", "(not in a transaction");
    shell.run("flushall", "Type the name of the server");
    shell.run("no", "(not sent)");
    shell.run("exec", "1) 1) \"k\"");
    shell.see("2) (empty array)");
    shell.run("ping", "PONG");
    assert_eq!(server.call(&["EXISTS", "k"]).as_int(), Some(1));
}

/// What one server is spoken to with, its password, its TLS or the lack of it, does not go along to another.
#[test]
fn a_profile_brings_its_own_security() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    let Some(other) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &["--user", "default", "-a", "geheim", "--no-auth-warning"])
    else {
        return;
    };
    let folder = shell.home.path().join(".config/rtool");
    std::fs::create_dir_all(&folder).unwrap();
    let address = other.addr();
    let profiles = format!(
        "[profile.plain]\naddress = \"{address}\"\n[profile.secured]\naddress = \"{address}\"\ntls = {{ insecure = true }}\n"
    );
    std::fs::write(folder.join("config.toml"), profiles).unwrap();
    shell.run(":profile secured", "TLS");
    shell.see("not connected> ");
    shell.run(":profile plain", &format!("plain {address}> "));
    shell.run("ping", "PONG");
    shell.run(":scratch", "scratch redis ");
    shell.run(":back", &format!("plain {address}> "));
}

#[test]
fn words_of_the_shell_itself() {
    let Some(server) = redis(&[]) else { return };
    server.call(&["RPUSH", "list", "a", "b"]);
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.run("peek list", "list (");
    shell.see("length    2");
    shell.see("1) \"a\"");
    shell.run(":plan lpush list x", "key        \"list\" list of 2 elements [RW insert]");
    shell.see("allowed    OK (default)");
    shell.see("sent to replicas");
    shell.run(":timing on", "> ");
    shell.run("ping", " ms)");
    shell.run(":timing off", "> ");
    let script = shell.home.path().join("script");
    std::fs::write(&script, "incr n\nnosuch\nincr n\n").unwrap();
    shell.run(&format!(":source {}", script.display()), "script:2: stopped here");
    assert_eq!(server.call(&["GET", "n"]).as_str(), Some("1"));
    shell.run(":watch 0.05 incr watched", "(integer) 3");
    shell.press(CTRL_C);
    shell.run("ping", "PONG");
    shell.run(":fork l*", "1 keys copied");
    shell.run(":scratch", "scratch redis ");
    shell.run("del list", "(integer) 1");
    shell.run(":back", &format!("{}> ", server.addr()));
    shell.run("llen list", "(integer) 2");
    shell.run(":nosuch", "unknown internal command");
    shell.run(":watch", "usage: :watch SECONDS COMMAND");
}

#[test]
fn ctrl_c_while_connecting_cancels_at_once() {
    let Some(server) = redis(&[]) else { return };
    // The system takes the connection, and nobody ever answers on it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let Some(mut shell) = Terminal::start(&["-p", &port, "-n", "1"]) else { return };
    let mut held = vec![silent.accept().unwrap()];
    shell.press(CTRL_C);
    for line in ["ping".to_owned(), format!("connect 127.0.0.1 {port}")] {
        shell.see("(interrupted: not connected");
        shell.see("not connected> ");
        shell.press(&format!("{line}{ENTER}"));
        held.push(silent.accept().unwrap());
        shell.press(CTRL_C);
    }
    shell.see("(interrupted: not connected");
    shell.run(&format!("connect 127.0.0.1 {}", server.port()), &format!("{}[1]> ", server.addr()));
    shell.run("ping", "PONG");
}

#[test]
fn monitor_until_ctrl_c() {
    let Some(server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &[]) else { return };
    shell.run("monitor", "OK");
    server.call(&["SET", "watched", "1"]);
    shell.see("\"SET\" \"watched\" \"1\"");
    shell.press(CTRL_C);
    shell.see(&format!("{}> ", server.addr()));
    shell.run("ping", "PONG");
}

#[test]
fn subscribed_mode_lets_one_type() {
    let Some(server) = redis(&[]) else { return };
    for protocol in ["-2", "-3"] {
        let Some(mut shell) = Terminal::on(&server, &[protocol]) else { return };
        let addr = server.addr();
        shell.run("subscribe a b", "3) (integer) 2");
        shell.see("Reading messages... (press Ctrl-C to quit or any key to type command)");
        server.call(&["PUBLISH", "a", "hello"]);
        shell.see("\"hello\"");
        shell.see("Reading messages...");
        shell.press("unsubscribe a");
        shell.see(&format!("{addr}(subscribed mode)> "));
        shell.press(ENTER);
        shell.see("3) (integer) 1");
        shell.see("Reading messages...");
        shell.press(CTRL_C);
        shell.see(&format!("{addr}> "));
        shell.run("get nosuch", "(nil)");
        shell.run("subscribe c", "Reading messages...");
        shell.press("unsubscribe");
        shell.press(ENTER);
        shell.see("3) (integer) 0");
        shell.see(&format!("{addr}> "));
    }
}

#[test]
fn a_password_is_asked_for_behind_stars() {
    let Some(server) = redis(&["--requirepass", "geheim"]) else { return };
    let port = server.port().to_string();
    let Some(mut shell) = Terminal::start(&["-p", &port, "--askpass"]) else { return };
    shell.see("Please input password: ");
    shell.press("geheim\n");
    shell.see("******");
    shell.see(&format!("{}> ", server.addr()));
    shell.run("ping", "PONG");
    assert!(!shell.shown().contains("geheim"), "{}", shell.shown());
}

#[test]
fn a_server_that_is_not_there_is_said_and_tried_again() {
    let Some(mut server) = redis(&[]) else { return };
    let Some(mut shell) = Terminal::on(&server, &["--yes"]) else { return };
    shell.run("shutdown nosave", "not connected> ");
    server.wait_end();
    let refused = format!("Could not connect to Redis at {}: Connection refused", server.addr());
    shell.run("ping", &refused);
    shell.see("not connected> ");
    server.start_again();
    shell.run("ping", "PONG");
    shell.see(&format!("{}> ", server.addr()));
}
