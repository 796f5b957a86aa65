//! FAILOVER: a master hands over to a replica under writes, between us and with every peer, and nothing is lost;
//! what ends it early leaves the master as it was.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::Signal;
use rtool::resp::Value;

use crate::harness::{Client, Program, Server, ok, wait_until};

fn state(server: &Server) -> String {
    server.info("master_failover_state")
}

fn role(server: &Server) -> String {
    server.info("role")
}

fn replica_of(program: Program, master: &Server) -> Option<Server> {
    let replica = Server::peer(program, &[])?;
    replica.call(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    wait_until("the link is up", || replica.info("master_link_status") == "up");
    Some(replica)
}

fn port(server: &Server) -> String {
    server.port().to_string()
}

/// Counts a key up until `stop`, wherever the master is: acknowledged numbers must not be lost.
fn count_up(ports: &[u16], stop: &AtomicBool) -> i64 {
    let mut last = 0;
    while !stop.load(Ordering::Acquire) {
        for port in ports {
            let Ok(mut client) = Client::connect(*port) else { continue };
            while !stop.load(Ordering::Acquire) {
                match client.try_call(&["INCR", "count"]) {
                    Ok(Value::Int(number)) => {
                        assert_eq!(number, last + 1, "an acknowledged write is lost, or counted twice");
                        last = number;
                    }
                    _ => break,
                }
            }
        }
    }
    last
}

fn under_writes(from: Program, to: Program) {
    let Some(master) = Server::peer(from, &[]) else { return };
    let Some(replica) = replica_of(to, &master) else { return };
    let stop = AtomicBool::new(false);
    let ports = [master.port(), replica.port()];
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| count_up(&ports, &stop));
        wait_until("some writes", || replica.call(&["GET", "count"]) != Value::Null);
        assert_eq!(master.call(&["FAILOVER", "TO", "127.0.0.1", &port(&replica), "TIMEOUT", "30000"]), ok());
        wait_until("it is over", || role(&replica) == "master" && state(&master) == "no-failover");
        let handed_over = replica.call(&["GET", "count"]);
        wait_until("writes go on", || replica.call(&["GET", "count"]) != handed_over);
        stop.store(true, Ordering::Release);
        let last = writer.join().expect("the writer");
        assert_eq!(replica.call(&["GET", "count"]).as_str(), Some(&*last.to_string()));
    });
    assert_eq!(role(&master), "slave");
    wait_until("the old master follows", || master.info("master_link_status") == "up");
    wait_until("it has all", || master.call(&["GET", "count"]) == replica.call(&["GET", "count"]));
    assert_eq!(replica.info("sync_full"), "0", "its history goes on");
}

#[test]
fn the_lead_goes_to_another_rtool_without_a_loss() {
    under_writes(Program::Rtool, Program::Rtool);
}

#[test]
fn the_lead_goes_to_redis_and_comes_from_it_without_a_loss() {
    for peer in Program::PEERS {
        under_writes(Program::Rtool, peer);
        under_writes(peer, Program::Rtool);
    }
}

#[test]
fn any_replica_that_has_everything_will_do() {
    let master = Server::start(Program::Rtool, &[]);
    let replicas = [(); 2].map(|()| replica_of(Program::Rtool, &master).expect("rtool"));
    replicas[0].signal(Signal::SIGSTOP);
    assert_eq!(master.call(&["SET", "a", "1"]), ok());
    assert_eq!(master.call(&["FAILOVER"]), ok());
    wait_until("the other one leads", || role(&replicas[1]) == "master" && state(&master) == "no-failover");
    replicas[0].signal(Signal::SIGCONT);
    assert_eq!(role(&master), "slave");
}

#[test]
fn a_failover_that_cannot_be_ends_with_the_old_master() {
    let master = Server::start(Program::Rtool, &[]);
    let replica = replica_of(Program::Rtool, &master).expect("rtool");
    let id = master.info("master_replid");
    replica.signal(Signal::SIGSTOP);
    master.call(&["SET", "a", "1"]);
    assert_eq!(master.call(&["FAILOVER", "TO", "127.0.0.1", &port(&replica), "TIMEOUT", "3000"]), ok());
    assert_eq!(state(&master), "waiting-for-sync");
    assert_eq!(master.call(&["GET", "a"]).as_str(), Some("1"), "reads go on");
    let mut writer = master.connect();
    writer.send(&["SET", "a", "2"]).expect("sent");
    wait_until("its time is over", || state(&master) == "no-failover");
    assert_eq!(writer.read().expect("a reply"), ok(), "writes go on");

    assert_eq!(master.call(&["FAILOVER", "TIMEOUT", "60000"]), ok());
    let errors = [
        (&["FAILOVER"][..], "ERR FAILOVER already in progress."),
        (&["REPLICAOF", "NO", "ONE"], "ERR REPLICAOF not allowed while failing over."),
    ];
    for (words, error) in errors {
        assert_eq!(master.call(words).error().as_deref(), Some(error));
    }
    assert_eq!(master.call(&["FAILOVER", "ABORT"]), ok());
    assert_eq!((role(&master), state(&master)), ("master".into(), "no-failover".into()));
    assert_eq!(master.call(&["SET", "a", "3"]), ok());
    assert_eq!(master.info("master_replid"), id, "nothing has happened");
    replica.signal(Signal::SIGCONT);
}

/// While the other one does not answer, nobody leads; ABORT takes the lead back.
#[test]
fn a_forced_failover_waits_for_the_other_one_to_lead() {
    let master = Server::start(Program::Rtool, &[]);
    let replica = replica_of(Program::Rtool, &master).expect("rtool");
    let to = port(&replica);
    let force = ["FAILOVER", "TO", "127.0.0.1", to.as_str(), "TIMEOUT", "100", "FORCE"];
    for end in ["it comes back", "abort"] {
        replica.signal(Signal::SIGSTOP);
        master.call(&["SET", "a", end]);
        assert_eq!(master.call(&force), ok());
        wait_until("it is in progress", || state(&master) == "failover-in-progress");
        assert_eq!(role(&master), "slave");
        if end == "abort" {
            assert_eq!(master.call(&["FAILOVER", "ABORT"]), ok());
            assert_eq!((role(&master), state(&master)), ("master".into(), "no-failover".into()));
            assert_eq!(master.call(&["SET", "a", "2"]), ok());
            return replica.signal(Signal::SIGCONT);
        }
        replica.signal(Signal::SIGCONT);
        wait_until("it leads", || role(&replica) == "master" && state(&master) == "no-failover");
        master.call(&["REPLICAOF", "NO", "ONE"]);
        replica.follow(&master);
    }
}

#[test]
fn a_replica_that_refuses_leaves_the_master_in_place() {
    let master = Server::start(Program::Rtool, &[]);
    let replica = replica_of(Program::Rtool, &master).expect("rtool");
    assert_eq!(replica.call(&["ACL", "SETUSER", "default", "-psync"]), ok());
    assert_eq!(master.call(&["FAILOVER"]), ok());
    wait_until("it is refused", || master.log().contains("Failover target rejected psync request"));
    wait_until("it is over", || state(&master) == "no-failover");
    assert_eq!((role(&master), role(&replica)), ("master".into(), "slave".into()));
    assert_eq!(master.call(&["SET", "a", "1"]), ok());
    wait_until("it follows again", || replica.call(&["GET", "a"]).as_str() == Some("1"));
}

#[test]
fn bad_requests_are_refused_as_by_redis() {
    let lines = [
        "FAILOVER ABORT",
        "FAILOVER TO",
        "FAILOVER TO h",
        "FAILOVER TO h x",
        "FAILOVER TO h 1",
        "FAILOVER TIMEOUT 0",
        "FAILOVER TIMEOUT -1",
        "FAILOVER TIMEOUT x",
        "FAILOVER TIMEOUT",
        "FAILOVER FORCE",
        "FAILOVER FORCE FORCE",
        "FAILOVER TIMEOUT 1 TIMEOUT 2",
        "FAILOVER ABORT NOW",
        "FAILOVER what",
        "FAILOVER TO h 99999",
        "FAILOVER FORCE TIMEOUT 100",
        "FAILOVER TO h 1 FORCE",
    ];
    let Some(redis) = Server::peer(Program::Redis8, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let replica = replica_of(Program::Rtool, &rtool).expect("rtool");
    let _theirs = replica_of(Program::Rtool, &redis);
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(rtool.call(&words), redis.call(&words), "{line}");
    }
    assert_eq!(
        replica.call(&["FAILOVER"]).error().as_deref(),
        Some("ERR FAILOVER is not valid when server is a replica.")
    );
}
