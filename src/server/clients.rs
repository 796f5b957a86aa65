//! The registry of clients, what they take together, and how CLIENT LIST describes one. A leaf lock.
//!
//! A client's task notes what it takes after each turn (`note_memory`); the sum is exact to some hundred
//! bytes a client and costs nothing while a client's buffers stay as they are. Replicas and the link to the
//! master are not in it: their limits are their own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::catalog;
use crate::server::pubsub::Kind;
use crate::server::session::{Class, ClientShared, KILL};
use crate::server::sync::locked;
use crate::server::tracking::mode;

/// A client's memory is noted when it has changed by this much, in bytes.
const NOTED_FROM_BYTES: usize = 1024;

/// All clients, the links of replicas and of the master included, by id.
#[derive(Debug, Default)]
pub struct Clients {
    by_id: Mutex<BTreeMap<u64, Arc<ClientShared>>>,
    last_id: AtomicU64,
    memory: AtomicUsize,
}

impl Clients {
    /// A fresh client id.
    pub fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds a client.
    pub fn add(&self, client: &Arc<ClientShared>) {
        locked(&self.by_id).insert(client.id, Arc::clone(client));
    }

    /// Removes a client; false when it has gone already.
    pub fn remove(&self, id: u64) -> bool {
        let gone = locked(&self.by_id).remove(&id);
        gone.inspect(|client| self.forget_memory(client)).is_some()
    }

    /// Ends a client: from now on it is not there for others, whenever its task comes to it. False when it
    /// has gone already.
    pub fn expel(&self, client: &ClientShared) -> bool {
        client.leaves_with(client.memory());
        client.raise(KILL);
        self.remove(client.id)
    }

    /// Takes up what a client takes now into the sum of all, which is returned; its own task calls it.
    pub fn note_memory(&self, client: &ClientShared) -> usize {
        let now = client.memory();
        let leaves = || client.flags() & KILL != 0;
        if now.abs_diff(client.counted.load(Ordering::Relaxed)) < NOTED_FROM_BYTES || leaves() {
            return self.memory.load(Ordering::Relaxed);
        }
        let before = client.counted.swap(now, Ordering::Relaxed);
        let change = now.wrapping_sub(before);
        self.memory.fetch_add(change, Ordering::Relaxed).wrapping_add(change)
    }

    /// Takes a client out of the sum: it ends, or becomes a replica.
    pub fn forget_memory(&self, client: &ClientShared) {
        self.memory.fetch_sub(client.counted.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// A client by id.
    pub fn get(&self, id: u64) -> Option<Arc<ClientShared>> {
        locked(&self.by_id).get(&id).cloned()
    }

    /// All clients now connected, oldest first.
    pub fn all(&self) -> Vec<Arc<ClientShared>> {
        locked(&self.by_id).values().cloned().collect()
    }

    /// Number of clients.
    pub fn len(&self) -> usize {
        locked(&self.by_id).len()
    }

    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Ends every client of a class.
    pub fn kill_class(&self, class: Class) {
        self.all().iter().filter(|c| c.class() == class).for_each(|c| _ = self.expel(c));
    }
}

impl ClientShared {
    /// The flags column of CLIENT LIST.
    pub fn flag_letters(&self) -> String {
        let mut out = String::new();
        match self.class() {
            Class::Replica => out.push('S'),
            Class::Master => out.push('M'),
            Class::Normal | Class::Pubsub => {}
        }
        let subscribed = self.subs.iter().any(|count| count.load(Ordering::Relaxed) > 0);
        let set = [
            (self.monitor.load(Ordering::Relaxed), 'O'),
            (subscribed, 'P'),
            (self.multi.load(Ordering::Relaxed) >= 0, 'x'),
            (self.blocked.load(Ordering::Relaxed), 'b'),
            (self.tracking.is(mode::ON), 't'),
            (self.tracking.is(mode::BROKEN), 'R'),
            (self.tracking.is(mode::BCAST), 'B'),
            (self.watch_dirty(), 'd'),
            (self.closing.load(Ordering::Relaxed), 'c'),
            (self.addr.ends_with(":0"), 'U'),
            (self.no_evict.load(Ordering::Relaxed), 'e'),
            (self.no_touch.load(Ordering::Relaxed), 'T'),
        ];
        out.extend(set.iter().filter(|(on, _)| *on).map(|(_, letter)| letter));
        if out.is_empty() {
            out.push('N');
        }
        out
    }

    /// What the client has said it can do, as the letters of CLIENT LIST.
    pub fn capability_letters(&self) -> &'static str {
        if self.redirects.load(Ordering::Relaxed) { "r" } else { "" }
    }

    /// The line of CLIENT LIST, without its end.
    pub fn describe(&self, now_ms: i64, mono_ms: u64) -> String {
        let meta = locked(&self.meta).clone();
        let idle_s = mono_ms.saturating_sub(self.active_ms.load(Ordering::Relaxed)) / 1000;
        let (queued, outbox) = self.outbox_size();
        let output = self.output_bytes.load(Ordering::Relaxed);
        let input = self.input_bytes.load(Ordering::Relaxed);
        let multi = self.multi.load(Ordering::Relaxed);
        let multi_bytes = self.multi_bytes.load(Ordering::Relaxed);
        let subs = Kind::ALL.map(|kind| self.subs[kind as usize].load(Ordering::Relaxed));
        let mut line = String::new();
        // A write to a String cannot fail.
        let _ = write!(
            line,
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={} \
             qbuf={} qbuf-free={} argv-mem={} multi-mem={} rbs={} rbp={} obl={} oll={} omem={} tot-mem={} events={} cmd={} \
             user={} redir={} resp={} lib-name={} lib-ver={} watch={} capa={} tot-net-in={} tot-net-out={} tot-cmds={}",
            self.id,
            self.addr,
            self.laddr,
            self.fd,
            meta.name,
            (now_ms - self.created_ms).max(0) / 1000,
            idle_s,
            self.flag_letters(),
            self.db.load(Ordering::Relaxed),
            subs[Kind::Channel as usize],
            subs[Kind::Pattern as usize],
            subs[Kind::Shard as usize],
            multi,
            input,
            self.input_free.load(Ordering::Relaxed),
            self.argv_bytes.load(Ordering::Relaxed),
            multi_bytes,
            1024,
            0,
            output,
            queued,
            output + outbox,
            self.memory(),
            if output > 0 { "rw" } else { "r" },
            self.last_command_name(),
            self.user_name(),
            self.tracking.redirect().map_or(-1, |id| id as i64),
            self.proto.load(Ordering::Relaxed),
            meta.lib_name,
            meta.lib_ver,
            self.watched.load(Ordering::Relaxed),
            self.capability_letters(),
            self.net_in.load(Ordering::Relaxed),
            self.net_out.load(Ordering::Relaxed),
            self.commands.load(Ordering::Relaxed),
        );
        line
    }

    /// The name of its user, as text.
    fn user_name(&self) -> String {
        locked(&self.user).as_ref().map_or_else(|| "(superuser)".into(), |user| user.shown())
    }

    fn last_command_name(&self) -> &'static str {
        let id = self.last_cmd.load(Ordering::Relaxed);
        catalog::all().get(usize::from(id)).map_or("NULL", |command| command.full_name)
    }
}
