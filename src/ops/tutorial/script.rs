//! The steps, in the tutorial's order. Where the tutorial edits a file and restarts a server that holds
//! data, this does the same with CONFIG SET and CONFIG REWRITE: with `appendonly yes` in the file a
//! restart would load the (missing) append-only file and start empty.

use super::play::Play;
use super::stage::Who::{self, Another, Master, Replica};
use crate::resp::value::Value;
use crate::ui::error::Result;

/// The name the tutorial gives the append-only file.
const APPEND_FILE: &str = "redis-staging-ao.aof";

/// Plays everything.
///
/// # Errors
/// The first check that does not hold.
pub async fn run(play: &mut Play) -> Result<()> {
    configuration_files(play)?;
    start_and_authenticate(play).await?;
    both_know_each_other(play).await?;
    data_flows(play).await?;
    replica_refuses_writes(play).await?;
    one_more_replica(play).await?;
    master_dies(play).await?;
    promote(play).await?;
    repoint(play).await?;
    original_returns(play).await?;
    original_roles(play).await?;
    nothing_was_lost(play).await
}

fn ok() -> Value {
    Value::Simple(b"OK".to_vec())
}

fn text(text: &str) -> Value {
    Value::Bulk(text.as_bytes().to_vec())
}

fn configuration_files(play: &mut Play) -> Result<()> {
    play.step(
        "Configure the master and the replica",
        "The master keeps its data in an append-only file, never evicts keys, checks idle connections\n\
         every minute and wants a password. The replica has a password of its own, knows where its\n\
         master is, and knows the master's password.\n\
         In one command: rtool configure master FILE, rtool configure replica FILE --of MASTER.",
    )?;
    let master = master_lines(play)?;
    play.configure(Master, &master)?;
    let replica = replica_lines(play, Replica)?;
    play.configure(Replica, &replica)
}

fn master_lines(play: &mut Play) -> Result<Vec<String>> {
    let actor = play.actor(Master)?;
    Ok(vec![
        "bind 127.0.0.1".to_owned(),
        format!("port {}", actor.node.addr.port),
        "tcp-keepalive 60".to_owned(),
        format!("requirepass {}", actor.password()),
        "maxmemory-policy noeviction".to_owned(),
        "appendonly yes".to_owned(),
        format!("appendfilename \"{APPEND_FILE}\""),
    ])
}

fn replica_lines(play: &mut Play, who: Who) -> Result<Vec<String>> {
    let (master_port, master_password) = {
        let master = play.actor(Master)?;
        (master.node.addr.port, master.password())
    };
    let actor = play.actor(who)?;
    Ok(vec![
        "bind 127.0.0.1".to_owned(),
        format!("port {}", actor.node.addr.port),
        format!("requirepass {}", actor.password()),
        format!("slaveof 127.0.0.1 {master_port}"),
        format!("masterauth {master_password}"),
    ])
}

async fn start_and_authenticate(play: &mut Play) -> Result<()> {
    play.step("Start both servers and log in", "Without the password nothing is answered.")?;
    for who in [Master, Replica] {
        play.start(who).await?;
        let mut stranger = play.stranger(who).await?;
        let refused = play.ask_on(who, &mut stranger, &["PING"]).await?;
        let noauth = matches!(&refused, Value::Error(line) if line.starts_with(b"NOAUTH"));
        play.check(&format!("the {} server wants a password", who.name()), noauth, &format!("{refused:?}"))?;
        let password = play.actor(who)?.password();
        let accepted = play.ask_on(who, &mut stranger, &["AUTH", &password]).await?;
        play.check("the password is accepted", accepted == ok(), &format!("{accepted:?}"))?;
    }
    let settings = [
        ("tcp-keepalive", "60"),
        ("maxmemory-policy", "noeviction"),
        ("appendonly", "yes"),
        ("appendfilename", APPEND_FILE),
    ];
    for (name, value) in settings {
        let want = Value::Array(vec![text(name), text(value)]);
        play.expect(Master, &["CONFIG", "GET", name], &want, &format!("{name} is {value}")).await?;
    }
    Ok(())
}

async fn both_know_each_other(play: &mut Play) -> Result<()> {
    play.step("Look at both sides", "INFO tells who follows whom.")?;
    let port = play.actor(Master)?.node.addr.port.to_string();
    let replica = [
        ("role", "slave"),
        ("master_host", "127.0.0.1"),
        ("master_port", port.as_str()),
        ("master_link_status", "up"),
        ("master_sync_in_progress", "0"),
        ("slave_read_only", "1"),
    ];
    play.expect_replication(Replica, &replica).await?;
    play.expect_replication(Master, &[("role", "master"), ("connected_slaves", "1")]).await?;
    play.expect_online(Master, Replica).await
}

async fn data_flows(play: &mut Play) -> Result<()> {
    play.step("Data flows", "A key set on the master appears on the replica.")?;
    play.expect(Master, &["SET", "a", "1"], &ok(), "the master accepts the key").await?;
    play.expect_key(Replica, "a", "1").await
}

async fn replica_refuses_writes(play: &mut Play) -> Result<()> {
    play.step("The replica is read-only", "Only the master takes writes.")?;
    play.expect_refusal(Replica, &["SET", "a", "2"], "READONLY", "the write is refused").await?;
    play.expect(Replica, &["GET", "a"], &text("1"), "the value is untouched").await
}

async fn one_more_replica(play: &mut Play) -> Result<()> {
    play.step("One more replica", "Any number can be added, with the same lines in the file.")?;
    let lines = replica_lines(play, Another)?;
    play.configure(Another, &lines)?;
    play.start(Another).await?;
    play.expect_replication(Another, &[("role", "slave"), ("master_link_status", "up")]).await?;
    play.expect_replication(Master, &[("connected_slaves", "2")]).await?;
    play.expect_key(Another, "a", "1").await
}

async fn master_dies(play: &mut Play) -> Result<()> {
    play.step("The master dies", "The replicas notice, go on answering reads, and go on refusing writes.")?;
    play.kill(Master)?;
    play.expect_replication(Replica, &[("role", "slave"), ("master_link_status", "down")]).await?;
    play.expect(Replica, &["GET", "a"], &text("1"), "the data is still there").await?;
    play.expect_refusal(Replica, &["SET", "b", "2"], "READONLY", "nobody takes writes now").await
}

async fn promote(play: &mut Play) -> Result<()> {
    play.step(
        "Make the replica the master",
        "It stops following, gets the settings that belong to a master, and keeps all of it in its file.\n\
         In one command, with the checks before it: rtool promote REPLICA.",
    )?;
    play.expect(Replica, &["SLAVEOF", "NO", "ONE"], &ok(), "it follows no one").await?;
    play.expect_replication(Replica, &[("role", "master"), ("connected_slaves", "0")]).await?;
    for (name, value) in [("tcp-keepalive", "60"), ("maxmemory-policy", "noeviction"), ("appendonly", "yes")]
    {
        let what = format!("{name} is set");
        play.expect(Replica, &["CONFIG", "SET", name, value], &ok(), &what).await?;
    }
    play.expect(Replica, &["CONFIG", "REWRITE"], &ok(), "its file is rewritten").await?;
    let file = read_config(play, Replica)?;
    play.check("the file names no master any more", following_line(&file).is_none(), &file)?;
    play.check("the file says appendonly yes", file.contains("appendonly yes"), &file)?;
    play.expect(Replica, &["SET", "b", "2"], &ok(), "it takes writes").await?;
    play.expect(Replica, &["GET", "a"], &text("1"), "the old data is there").await
}

fn read_config(play: &mut Play, who: Who) -> Result<String> {
    let path = play.actor(who)?.config.clone();
    let read = std::fs::read_to_string(&path);
    read.map_err(|error| crate::ui::Error::failed(format!("cannot read {}", path.display())).source(&error))
}

/// The line that makes a server a replica.
fn following_line(file: &str) -> Option<&str> {
    file.lines().find(|line| line.starts_with("slaveof ") || line.starts_with("replicaof "))
}

async fn repoint(play: &mut Play) -> Result<()> {
    play.step("Point the other replica to the new master", "It needs the new master's password first.\nIn one command: rtool repoint REPLICA --to MASTER (promote does it, too).")?;
    follow(play, Another, Replica).await?;
    play.expect_replication(Replica, &[("role", "master"), ("connected_slaves", "1")]).await?;
    play.expect_key(Another, "b", "2").await
}

/// Gives a server a new master and waits until it is there.
async fn follow(play: &mut Play, who: Who, master: Who) -> Result<()> {
    let (port, password) = {
        let master = play.actor(master)?;
        (master.node.addr.port.to_string(), master.password())
    };
    let what = "it knows its new master's password";
    play.expect(who, &["CONFIG", "SET", "masterauth", &password], &ok(), what).await?;
    play.expect(who, &["SLAVEOF", "127.0.0.1", &port], &ok(), "it turns to its new master").await?;
    let lines = [("role", "slave"), ("master_port", port.as_str()), ("master_link_status", "up")];
    play.expect_replication(who, &lines).await?;
    play.expect(who, &["CONFIG", "REWRITE"], &ok(), "its file is rewritten").await?;
    let file = read_config(play, who)?;
    let line = following_line(&file).unwrap_or_default().to_owned();
    play.check("the file names the new master", line.ends_with(&format!("127.0.0.1 {port}")), &line)
}

async fn original_returns(play: &mut Play) -> Result<()> {
    play.step(
        "The original master returns",
        "Its append-only file brings back what it had. It believes to be a master still, and becomes a\n\
         replica of the one that took over.\n\
         In one command, which saves what only it holds: rtool rejoin NODE --to MASTER.",
    )?;
    play.start(Master).await?;
    play.expect(Master, &["GET", "a"], &text("1"), "the append-only file kept the key").await?;
    play.expect(Master, &["GET", "b"], &Value::Null, "it missed what was written meanwhile").await?;
    follow(play, Master, Replica).await?;
    play.expect_replication(Replica, &[("role", "master"), ("connected_slaves", "2")]).await?;
    play.expect_key(Master, "b", "2").await?;
    play.expect_refusal(Master, &["SET", "b", "3"], "READONLY", "it is read-only now").await
}

async fn original_roles(play: &mut Play) -> Result<()> {
    play.step(
        "Back to the original roles",
        "When the original master has everything, it takes over again and the others follow it.\n\
         In one command, without losing a write: rtool failback NODE.",
    )?;
    play.expect_same_offset(Master, Replica).await?;
    play.expect(Master, &["SLAVEOF", "NO", "ONE"], &ok(), "the original master follows no one").await?;
    play.expect_replication(Master, &[("role", "master")]).await?;
    play.expect(Master, &["CONFIG", "REWRITE"], &ok(), "its file is rewritten").await?;
    let file = read_config(play, Master)?;
    play.check("its file names no master", following_line(&file).is_none(), &file)?;
    follow(play, Replica, Master).await?;
    follow(play, Another, Master).await?;
    play.expect_replication(Master, &[("role", "master"), ("connected_slaves", "2")]).await
}

async fn nothing_was_lost(play: &mut Play) -> Result<()> {
    play.step("Nothing was lost", "Every key from every phase is on every server.")?;
    play.expect(Master, &["SET", "c", "3"], &ok(), "the original master takes writes again").await?;
    for who in Who::ALL {
        play.expect_key(who, "c", "3").await?;
        let want = Value::Array(vec![text("1"), text("2"), text("3")]);
        play.expect(who, &["MGET", "a", "b", "c"], &want, "all keys are there").await?;
        play.expect(who, &["DBSIZE"], &Value::Int(3), "and no others").await?;
    }
    play.expect_refusal(Replica, &["SET", "c", "4"], "READONLY", "the replica is read-only again").await
}
