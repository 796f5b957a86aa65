//! Users in redis.conf and in the ACL file: what a start reads, LOAD replaces, SAVE and CONFIG REWRITE write.

use std::fs;

use rtool::resp::Value;
use tempfile::TempDir;

use crate::harness::{Client, Program, Server, bulk, ok, wait_until};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::with_prefix("rtool-test-").expect("a temporary folder");
    files.iter().for_each(|(name, text)| fs::write(dir.path().join(name), text).expect("written"));
    dir
}

fn users(client: &mut Client) -> Vec<String> {
    let list = client.call(&["ACL", "LIST"]);
    list.as_list().expect("a list").iter().map(|line| line.as_str().expect("a line").to_owned()).collect()
}

#[test]
fn the_same_users_are_read_as_by_redis() {
    let text =
        "user alice on >pw ~a* (+get ~b*) +set &c*\n\nuser bob on nopass +@read %R~* (%W~c* +@write )\n";
    let Some(redis) = Server::peer(Program::Redis8, &[]) else { return };
    drop(redis);
    for args in [&["--aclfile", "users.acl"][..], &["more.conf"]] {
        let lists = [Program::Rtool, Program::Redis8].map(|program| {
            let dir = folder(&[("users.acl", text), ("more.conf", text)]);
            let conf = dir.path().join("more.conf");
            let args: Vec<&str> = args
                .iter()
                .map(|arg| if *arg == "more.conf" { conf.to_str().expect("a path") } else { arg })
                .collect();
            let server = Server::start_in(program, dir, &args);
            users(&mut server.connect())
        });
        assert_eq!(lists[0], lists[1], "{args:?}");
        assert_eq!(lists[0].len(), 3);
    }
}

#[test]
fn wrong_files_stop_the_start() {
    let cases = [
        ("user a +nothing", "Unknown command or category name in ACL"),
        ("user a on\nuser a off", "Duplicate user"),
        ("user a (+get", "nmatched parenthesis"),
        ("user a #123", "password hash must be exactly 64"),
        ("user a >secret what", "Syntax error"),
    ];
    for (text, why) in cases {
        for (file, directives) in [("users.acl", &["--aclfile", "users.acl"][..]), ("more.conf", &[])] {
            let dir = folder(&[(file, text)]);
            let conf = dir.path().join(file);
            let mut args: Vec<&str> = directives.to_vec();
            if directives.is_empty() {
                args.insert(0, conf.to_str().expect("a path"));
            }
            let log = Server::try_start_in(Program::Rtool, dir, &args).err().expect("no start");
            assert!(log.contains(why), "{text:?} in {file}: {log}");
        }
    }
    let dir = folder(&[("users.acl", "user a on"), ("more.conf", "user b on")]);
    let conf = dir.path().join("more.conf");
    let args = [conf.to_str().expect("a path"), "--aclfile", "users.acl"];
    let log = Server::try_start_in(Program::Rtool, dir, &args).err().expect("no start");
    assert!(log.contains("but not both"), "{log}");
}

#[test]
fn a_loaded_file_replaces_the_users_and_those_who_are_gone_are_cut_off() {
    let server = Server::start_in(
        Program::Rtool,
        folder(&[("users.acl", "user alice on nopass +@all ~* &*\nuser bob on nopass +@all &*\n")]),
        &["--aclfile", "users.acl"],
    );
    let file = server.dir().join("users.acl");
    let login = |name: &str| {
        let mut client = server.connect();
        assert_eq!(client.call(&["AUTH", name, "x"]), ok());
        client
    };
    let (mut alice, mut bob, mut listener) = (login("alice"), login("bob"), login("alice"));
    listener.call(&["SUBSCRIBE", "c"]);
    fs::write(&file, "user alice on nopass +@read +acl|whoami ~* (\nuser carol on").expect("written");
    assert!(matches!(server.call(&["ACL", "LOAD"]), Value::Error(text) if text.ends_with(b"was performed")));
    assert_eq!(alice.call(&["SET", "a", "1"]), ok(), "nothing has changed");
    fs::write(&file, "user alice on nopass +@read +acl|whoami ~*\nuser carol on\n").expect("written");
    assert_eq!(server.call(&["ACL", "LOAD"]), ok());
    assert_eq!(alice.call(&["ACL", "WHOAMI"]), bulk("alice"));
    assert!(matches!(alice.call(&["SET", "a", "1"]), Value::Error(text) if text.starts_with(b"NOPERM")));
    for gone in [&mut bob, &mut listener] {
        wait_until("it is cut off", || gone.is_closed());
    }
}

#[test]
fn what_is_saved_is_what_comes_back() {
    let rules = ["on", ">pw", "~a*", "%R~b", "&c*", "+@all", "-@admin", "(+get ~z*)", "db=1,2"];
    let set: Vec<&str> = ["ACL", "SETUSER", "alice"].into_iter().chain(rules).collect();
    let mut server =
        Server::start_in(Program::Rtool, folder(&[("users.acl", "")]), &["--aclfile", "users.acl"]);
    server.call(&set);
    assert_eq!(server.call(&["ACL", "SAVE"]), ok());
    let before = users(&mut server.connect());
    server.stop();
    server.start_again();
    assert_eq!(users(&mut server.connect()), before);

    let dir = folder(&[("redis.conf", "# kept\nuser old on\n")]);
    let conf = dir.path().join("redis.conf");
    let mut server = Server::start_in(Program::Rtool, dir, &[conf.to_str().expect("a path")]);
    server.call(&set);
    server.call(&["ACL", "DELUSER", "old"]);
    assert_eq!(server.call(&["CONFIG", "REWRITE"]), ok());
    let before = users(&mut server.connect());
    let text = fs::read_to_string(&conf).expect("read");
    assert!(
        text.contains("# kept") && !text.contains("user old") && !text.contains("user default"),
        "{text}"
    );
    server.stop();
    server.start_again();
    assert_eq!(users(&mut server.connect()), before);
}

/// With a line for the default user the password in `requirepass` would have no say at the next start.
#[test]
fn a_default_user_of_its_own_is_written_and_one_of_requirepass_is_not() {
    let dir = folder(&[("redis.conf", "requirepass one\n")]);
    let conf = dir.path().join("redis.conf");
    let server = Server::start_in(Program::Rtool, dir, &[conf.to_str().expect("a path")]);
    let mut client = server.connect();
    client.call(&["AUTH", "one"]);
    client.call(&["CONFIG", "SET", "requirepass", "two"]);
    client.call(&["CONFIG", "REWRITE"]);
    let text = fs::read_to_string(&conf).expect("read");
    assert!(text.contains("requirepass \"two\"") && !text.contains("user default"), "{text}");
    client.call(&["ACL", "SETUSER", "default", "-flushall"]);
    client.call(&["CONFIG", "REWRITE"]);
    let text = fs::read_to_string(&conf).expect("read");
    assert!(text.contains("user default on sanitize-payload #"), "{text}");
}

#[test]
fn faults_of_a_file_are_told_as_redis_tells_them() {
    let texts =
        ["user", "users a", "user a +x +y\nuser a on\n user b what what\nuser \t", "user a on\tx\n\nb"];
    let told = [Program::Rtool, Program::Redis8].map(|program| {
        let dir = folder(&[("users.acl", "")]);
        let server =
            program.is_installed().then(|| Server::start_in(program, dir, &["--aclfile", "users.acl"]));
        texts.map(|text| {
            let Some(server) = &server else { return String::new() };
            fs::write(server.dir().join("users.acl"), text).expect("written");
            format!("{:?}", server.call(&["ACL", "LOAD"]))
        })
    });
    if Server::peer(Program::Redis8, &[]).is_some() {
        assert_eq!(told[0], told[1]);
    }
}

/// Redis 8 ends at such a file.
#[test]
fn a_selector_without_an_end_is_a_fault_of_the_file() {
    let server = Server::start_in(Program::Rtool, folder(&[("users.acl", "")]), &["--aclfile", "users.acl"]);
    fs::write(server.dir().join("users.acl"), "user a (+get ~x\n").expect("written");
    let told = server.call(&["ACL", "LOAD"]);
    let text = "ERR users.acl:1: Unmatched parenthesis in selector definition.";
    assert!(matches!(&told, Value::Error(line) if line.starts_with(text.as_bytes())), "{told:?}");
    assert_eq!(users(&mut server.connect()).len(), 1);
}
