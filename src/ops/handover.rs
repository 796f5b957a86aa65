//! The swap of `switchover`: all of it, or nothing.
//!
//! ```text
//!  FAILOVER TO replica TIMEOUT t     the server holds writes, waits, swaps; or gives up by itself (6.2 and later)
//!
//!  hold writes          CLIENT PAUSE t WRITE; before 6.2 a fence: errors instead of waiting
//!  catch up             the replica's offset reaches the master's     too long: let writes go on, nothing changed
//!  REPLICAOF NO ONE     on the replica                                refused: the same
//!  REPLICAOF replica    on the master                                 refused: the replica goes back
//!  let writes go on     they are answered with READONLY, or the clients are closed
//! ```
//!
//! In doubt both roles are read again: what they say is what happened.

use std::time::Duration;

use super::apply::{Done, Failure, millis};
use super::info::Info;
use super::plan::fence::{self, SETTING};
use super::session::{Fault, Session};
use crate::clock;
use crate::names::address::Address;

/// Between two looks while writes are held.
const POLL: Duration = Duration::from_millis(5);

/// Time that the servers get for the swap itself once the replica has caught up, and for FAILOVER to give up.
const GRACE: Duration = Duration::from_secs(5);

/// Both sides of a swap.
pub struct Swap<'a> {
    /// The master that steps back, and where the replica can reach it.
    pub master: (&'a mut Session, &'a Address),
    /// The replica that takes over, and where the master can reach it.
    pub replica: (&'a mut Session, &'a Address),
    /// The replica in the master's own list.
    pub listed: Option<&'a Address>,
    /// Longest time without a writable master.
    pub limit: Duration,
    /// A further connection to the replica, on which nothing is answered.
    pub nudge: Session,
}

impl Swap<'_> {
    /// Swaps the roles.
    ///
    /// # Errors
    /// Nothing is swapped, or it is not known.
    pub async fn run(mut self) -> Result<Done, Failure> {
        if self.is_done().await? {
            return Ok(Done::Already);
        }
        let began = clock::mono_ms();
        match self.failover().await? {
            true => {}
            false => self.by_hand().await?,
        }
        match self.is_done().await? {
            true => Ok(Done::Yes(Some(format!("writes waited for {} ms", clock::mono_ms() - began)))),
            false => Err(Failure::Disproved("the roles are not swapped".to_owned())),
        }
    }

    /// Does the master follow, and the replica lead?
    async fn is_done(&mut self) -> Result<bool, Failure> {
        Ok(is_slave(&self.look_at_master().await?) && !is_slave(&self.look_at_replica().await?))
    }

    async fn look_at_master(&mut self) -> Result<Info, Fault> {
        self.master.0.info("replication").await
    }

    async fn look_at_replica(&mut self) -> Result<Info, Fault> {
        self.replica.0.info("replication").await
    }

    /// FAILOVER; false where the server does not know it, or does not know the replica by an address.
    async fn failover(&mut self) -> Result<bool, Failure> {
        let Some(listed) = self.listed.cloned() else { return Ok(false) };
        if !self.ask_to_fail_over(&listed).await? {
            return Ok(false);
        }
        let deadline = clock::mono_ms() + millis(self.limit + GRACE);
        loop {
            let info = self.look_at_master().await?;
            let state = info.get("master_failover_state").unwrap_or_default();
            if state == "no-failover" {
                return if is_slave(&info) { Ok(true) } else { Err(self.gave_up()) };
            }
            if clock::mono_ms() > deadline {
                // Without an answer to trust, both sides are read again by whoever comes next.
                self.master.0.words(&["FAILOVER", "ABORT"]).await?;
                return Err(Failure::Fault(Fault::Unknown("FAILOVER did not end in time".to_owned())));
            }
            self.hurry().await;
        }
    }

    /// Sends FAILOVER; false where the server does not know it. A replica that has not acknowledged anything yet is
    /// not online to its master: that passes, and no write is held meanwhile.
    async fn ask_to_fail_over(&mut self, listed: &Address) -> Result<bool, Failure> {
        let (port, limit) = (listed.port.to_string(), millis(self.limit).to_string());
        let deadline = clock::mono_ms() + millis(self.limit);
        loop {
            match self.master.0.words(&["FAILOVER", "TO", &listed.host, &port, "TIMEOUT", &limit]).await {
                Ok(_) => return Ok(true),
                Err(Fault::Refused(line)) if line.contains("unknown command") => return Ok(false),
                Err(Fault::Refused(line)) if line.contains("not online") && clock::mono_ms() < deadline => {}
                Err(fault) => return Err(fault.into()),
            }
            self.hurry().await;
        }
    }

    /// The master waits for an acknowledgement, which replicas send once a second unless asked. Whoever cannot be
    /// asked is waited for.
    async fn hurry(&mut self) {
        let _ = self.nudge.send(&["REPLCONF", "GETACK", "*"]).await;
        tokio::time::sleep(POLL).await;
    }

    fn gave_up(&self) -> Failure {
        let limit = millis(self.limit);
        Failure::Changed(format!(
            "the replica did not catch up within {limit} ms: the master takes writes again, nothing is swapped"
        ))
    }

    async fn by_hand(&mut self) -> Result<(), Failure> {
        let held = self.hold_writes().await?;
        let swapped = self.swap().await;
        let released = self.release_writes(held).await;
        swapped?;
        released.map_err(Failure::from)
    }

    async fn swap(&mut self) -> Result<(), Failure> {
        let deadline = clock::mono_ms() + millis(self.limit);
        while !self.has_caught_up().await? {
            if clock::mono_ms() > deadline {
                return Err(self.gave_up());
            }
            tokio::time::sleep(POLL).await;
        }
        self.replica.0.replicaof("NO", "ONE").await?;
        let (host, port) = (self.replica.1.host.clone(), self.replica.1.port.to_string());
        match self.master.0.replicaof(&host, &port).await {
            Ok(()) => Ok(()),
            Err(Fault::Refused(why) | Fault::Denied(why)) => self.take_back(&why).await,
            // It may follow already: whoever took the swap back now could leave two that follow each other.
            Err(fault) => Err(Failure::Fault(Fault::Unknown(format!(
                "nobody knows whether the old master follows: {}",
                fault.text()
            )))),
        }
    }

    /// The old master has said that it does not follow: the new one goes back to it.
    async fn take_back(&mut self, why: &str) -> Result<(), Failure> {
        let (host, port) = (self.master.1.host.clone(), self.master.1.port.to_string());
        self.replica.0.replicaof(&host, &port).await.map_err(|fault| {
            let text = fault.text();
            Failure::Fault(Fault::Unknown(format!("both may be masters: {why}; and then: {text}")))
        })?;
        Err(Failure::Changed(format!("the master does not follow ({why}): the swap is taken back")))
    }

    async fn has_caught_up(&mut self) -> Result<bool, Failure> {
        let wanted: u64 = self.look_at_master().await?.num("master_repl_offset").unwrap_or(u64::MAX);
        let replica = self.look_at_replica().await?;
        let reached: u64 = replica.num("slave_repl_offset").unwrap_or(0);
        Ok(replica.get("master_link_status") == Some("up") && reached >= wanted)
    }

    /// Writes wait, or are refused where they cannot be made to wait: then what the setting was before.
    async fn hold_writes(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let limit = millis(self.limit + GRACE).to_string();
        match self.master.0.words(&["CLIENT", "PAUSE", &limit, "WRITE"]).await {
            Ok(_) => Ok(None),
            // Before 6.2 it would hold our own questions, too.
            Err(Fault::Refused(_)) => {
                let before = self.master.0.setting(SETTING).await?.unwrap_or_default();
                let value = std::str::from_utf8(&before).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
                self.master.0.words(&["CONFIG", "SET", SETTING, &fence::raised(value)]).await?;
                Ok(Some(before))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    async fn release_writes(&mut self, held: Option<Vec<u8>>) -> Result<(), Fault> {
        match held {
            None => self.master.0.words(&["CLIENT", "UNPAUSE"]).await.map(|_| ()),
            Some(before) => {
                let command: [&[u8]; 4] = [b"CONFIG", b"SET", SETTING.as_bytes(), &before];
                self.master.0.call(&command).await.map(|_| ())
            }
        }
    }
}

fn is_slave(info: &Info) -> bool {
    info.get("role") == Some("slave")
}
