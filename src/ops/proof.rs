//! Proofs on live servers: a key with a name of its own is written, seen where it should be seen, and
//! removed. The key expires by itself should we die in between.

use std::time::Duration;

use super::apply::{Failure, millis, shown, wait_on};
use super::random;
use super::session::{Fault, Session};
use crate::clock;
use crate::resp::value::Value;

/// Lifetime of a test key, in milliseconds, as the server wants it.
const TEST_KEY_LIFE_MS: &str = "60000";

/// Longest wait for one written key to arrive, whatever the time limit of the step: seconds here mean
/// that replication does not work.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(15);

/// A key that nobody else has.
struct TestKey(String);

impl TestKey {
    fn new() -> Result<TestKey, Failure> {
        let word = random::word().map_err(Failure::Disproved)?;
        Ok(TestKey(format!("rtool:test:{word}")))
    }

    /// Written only if absent; its value is its name.
    async fn write(&self, on: &mut Session) -> Result<(), Failure> {
        let command = ["SET", &self.0, &self.0, "PX", TEST_KEY_LIFE_MS, "NX"];
        let reply = on.words(&command).await.map_err(|fault| disproved("a write is refused", &fault))?;
        match &reply {
            Value::Simple(_) => Ok(()),
            other => Err(Failure::Disproved(format!("a write of a test key returned {}", shown(other)))),
        }
    }

    async fn read(&self, on: &mut Session) -> Result<bool, Failure> {
        let reply =
            on.words(&["GET", &self.0]).await.map_err(|fault| disproved("a read is refused", &fault))?;
        Ok(reply.as_bytes() == Some(self.0.as_bytes()))
    }

    async fn remove(&self, on: &mut Session) -> Result<(), Failure> {
        let reply = on.words(&["DEL", &self.0]).await;
        reply.map(|_| ()).map_err(|fault| disproved("the test key cannot be removed", &fault))
    }
}

fn disproved(what: &str, fault: &Fault) -> Failure {
    Failure::Disproved(format!("{what}: {}", fault.text()))
}

/// The node takes a write, returns it, and removes it.
///
/// # Errors
/// [`Failure::Disproved`].
pub async fn writable(node: &mut Session) -> Result<(), Failure> {
    let key = TestKey::new()?;
    key.write(node).await?;
    let seen = key.read(node).await;
    key.remove(node).await?;
    match seen? {
        true => Ok(()),
        false => Err(Failure::Disproved("a written key could not be read back".to_owned())),
    }
}

/// The node refuses a write.
///
/// # Errors
/// [`Failure::Disproved`].
pub async fn fenced(node: &mut Session) -> Result<(), Failure> {
    let key = TestKey::new()?;
    match node.words(&["SET", &key.0, &key.0, "PX", TEST_KEY_LIFE_MS, "NX"]).await {
        Err(Fault::Refused(line)) if line.starts_with("NOREPLICAS") || line.starts_with("READONLY") => Ok(()),
        Err(fault) => Err(disproved("a write is answered with another error", &fault)),
        Ok(_) => {
            key.remove(node).await?;
            Err(Failure::Disproved("the server accepted a write".to_owned()))
        }
    }
}

/// A key written on the master arrives on the replica, the replica refuses a write, and it reaches the
/// master's offset, which is returned.
///
/// # Errors
/// [`Failure::Disproved`] with what did not hold.
pub async fn replication(
    master: &mut Session,
    replica: &mut Session,
    read_only: bool,
    limit: Duration,
) -> Result<u64, Failure> {
    let key = TestKey::new()?;
    key.write(master).await?;
    let outcome = watch(&key, replica, read_only, limit).await;
    key.remove(master).await?;
    outcome?;
    reach_offset(master, replica, limit).await
}

async fn watch(
    key: &TestKey,
    replica: &mut Session,
    read_only: bool,
    limit: Duration,
) -> Result<(), Failure> {
    let deadline = clock::mono_ms() + millis(limit.min(ARRIVAL_LIMIT));
    while !key.read(replica).await? {
        wait_on(deadline, "").await.map_err(|_| {
            Failure::Disproved("a key written on the master did not arrive on the replica".to_owned())
        })?;
    }
    if read_only { refuses_writes(key, replica).await } else { Ok(()) }
}

async fn refuses_writes(key: &TestKey, replica: &mut Session) -> Result<(), Failure> {
    match replica.words(&["SET", &key.0, "changed"]).await {
        Err(Fault::Refused(line)) if line.starts_with("READONLY") => Ok(()),
        Err(fault) => Err(disproved("the replica answers a write with another error", &fault)),
        Ok(_) => Err(Failure::Disproved("the replica accepted a write".to_owned())),
    }
}

async fn reach_offset(master: &mut Session, replica: &mut Session, limit: Duration) -> Result<u64, Failure> {
    let wanted: u64 = master.info("replication").await?.num("master_repl_offset").unwrap_or(0);
    let deadline = clock::mono_ms() + millis(limit.min(ARRIVAL_LIMIT));
    loop {
        let reached: u64 = replica.info("replication").await?.num("slave_repl_offset").unwrap_or(0);
        if reached >= wanted {
            return Ok(wanted);
        }
        wait_on(deadline, "").await.map_err(|_| {
            Failure::Disproved(format!("the replica stays at offset {reached}, the master is at {wanted}"))
        })?;
    }
}
