//! Three servers made of nothing but the state machines, joined by byte pipes that delay, stall and
//! break, while masters write, crash, restart and are replaced. Everything follows from a seed.
//!
//! The data of a server *is* the stream it has seen, from offset 0: a copy is the stream so far, and two
//! servers agree when their streams are equal, byte for byte. So nothing can be lost or doubled unseen,
//! and whether a partial resync is right can be told by looking at both ends, which no server can.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::handshake::{Action, Handshake, Params, Resume};
use super::ids::{History, ReplId, Window};
use super::journal::{Journal, Reader, Wants};
use super::psync::{self, Peer, Phase, Replconf, Replica, Request, Target};
use super::replicas::{Policy, Replicas, Sync};
use super::stream::{Kind, Stream};
use super::transfer::{self, Progress, Transfer};
use super::unit::{Class, Unit};
use crate::resp::request::{Args, Parsed, Parser, RequestLimits};

const NODES: usize = 3;
const STEP_MS: u64 = 100;
const TIMEOUT_MS: u64 = 3000;
const PIPE_BYTES: usize = 6000;
const BACKLOG: usize = 32 * 1024;

/// A small deterministic generator (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn id(&mut self) -> [u8; 20] {
        std::array::from_fn(|_| self.next() as u8)
    }
}

/// A connection: what is on its way in either direction.
#[derive(Default)]
struct Conn {
    replica: usize,
    master: usize,
    to_master: VecDeque<u8>,
    to_replica: VecDeque<u8>,
    /// Nothing moves until then: a link that looks alive and is not.
    stalled_until: u64,
    cut: bool,
}

/// A master's end of a connection.
#[derive(Default)]
struct MasterLink {
    buf: Vec<u8>,
    parser: Parser,
    peer: Peer,
    out: VecDeque<u8>,
    reader: Option<Reader>,
}

/// A replica's end of its one connection.
enum ReplicaLink {
    Shaking(Handshake),
    Copying { transfer: Transfer, file: Vec<u8>, id: Option<ReplId>, position: u64 },
    Following { stream: Stream, last_io: u64 },
}

struct Snapshot {
    sync: Sync,
    file: Vec<u8>,
    position: u64,
    ready_at: u64,
}

struct Node {
    journal: Arc<Journal>,
    tap: Reader,
    /// The stream this server has seen, and so its data.
    seen: Vec<u8>,
    history: History,
    replicas: Replicas,
    links: BTreeMap<u64, MasterLink>,
    snapshot: Option<Snapshot>,
    follows: Option<usize>,
    link: Option<(u64, ReplicaLink)>,
    retry_at: u64,
    /// False for a server that has never had data worth continuing from.
    resumable: bool,
}

impl Node {
    fn new(random: &mut Random, follows: Option<usize>) -> Self {
        let journal = Journal::new(BACKLOG);
        Node {
            tap: journal.subscribe(Wants::All),
            journal,
            seen: Vec::new(),
            history: History::new(random.id()),
            replicas: Replicas::new(),
            links: BTreeMap::new(),
            snapshot: None,
            follows,
            link: None,
            retry_at: 0,
            resumable: false,
        }
    }

    fn drain_tap(&mut self) {
        while let Some(piece) = self.tap.next(usize::MAX).unwrap() {
            assert_eq!(piece.offset, self.seen.len() as u64);
            self.seen.extend_from_slice(&piece.bytes);
        }
    }

    /// Starts the journal over at the end of what was seen.
    fn reset_journal(&mut self) {
        self.journal.reset(self.seen.len() as u64);
        self.journal.create_backlog();
        self.tap = self.journal.subscribe(Wants::All);
    }

    fn is_following(&self) -> bool {
        matches!(self.link, Some((_, ReplicaLink::Following { .. })))
    }

    fn window(&self) -> Window {
        let first = self.journal.has_backlog().then(|| self.journal.first_offset());
        Window { first, end: self.journal.end() }
    }
}

/// What happened, to see that a run was worth its time.
#[derive(Debug, Default)]
struct Tally {
    partial: usize,
    full: usize,
    joined: usize,
    /// Full copies although the bytes were there: the ids had been forgotten.
    avoidable: usize,
}

struct World {
    random: Random,
    now: u64,
    nodes: Vec<Node>,
    conns: BTreeMap<u64, Conn>,
    next_conn: u64,
    diskless: bool,
    tally: Tally,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let second = if random.chance(50) { 0 } else { 1 };
        let follows = [None, Some(0), Some(second)];
        let nodes = follows.map(|follows| Node::new(&mut random, follows)).into();
        let diskless = random.chance(50);
        let (conns, tally) = (BTreeMap::new(), Tally::default());
        World { random, now: 0, nodes, conns, next_conn: 1, diskless, tally }
    }

    fn master(&self) -> usize {
        self.nodes.iter().position(|node| node.follows.is_none()).unwrap()
    }

    fn step(&mut self) {
        self.now += STEP_MS;
        for node in 0..NODES {
            self.serve_replicas(node);
            self.follow_master(node);
        }
        self.reap();
    }

    /// Both ends of a cut connection notice.
    fn reap(&mut self) {
        let cut: Vec<u64> = self.conns.iter().filter(|(_, conn)| conn.cut).map(|(id, _)| *id).collect();
        for id in cut {
            let Some(conn) = self.conns.remove(&id) else { continue };
            self.nodes[conn.master].links.remove(&id);
            self.nodes[conn.master].replicas.remove(id);
            let replica = &mut self.nodes[conn.replica];
            if replica.link.as_ref().is_some_and(|(link, _)| *link == id) {
                replica.link = None;
                replica.retry_at = self.now + 1000;
            }
        }
    }

    fn cut(&mut self, conn: u64) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.cut = true;
        }
    }

    fn cut_all(&mut self, touches: impl Fn(&Conn) -> bool) {
        self.conns.values_mut().filter(|conn| touches(conn)).for_each(|conn| conn.cut = true);
    }

    /// Some of the bytes that are on their way to one end.
    fn receive(&mut self, id: u64, to_master: bool) -> Vec<u8> {
        let Some(conn) = self.conns.get_mut(&id) else { return Vec::new() };
        if conn.cut || conn.stalled_until > self.now || self.random.chance(20) {
            return Vec::new();
        }
        let pipe = if to_master { &mut conn.to_master } else { &mut conn.to_replica };
        let most = if self.random.chance(30) { 1 + self.random.below(50) } else { PIPE_BYTES };
        pipe.drain(..most.min(pipe.len())).collect()
    }

    // -- the master's side --

    fn serve_replicas(&mut self, node: usize) {
        let links: Vec<u64> = self.nodes[node].links.keys().copied().collect();
        for id in links {
            let bytes = self.receive(id, true);
            self.take_requests(node, id, &bytes);
        }
        for id in self.nodes[node].replicas.silent(self.now, TIMEOUT_MS) {
            self.cut(id);
        }
        self.snapshots(node);
        let links: Vec<u64> = self.nodes[node].links.keys().copied().collect();
        for id in links {
            self.send(node, id);
        }
    }

    fn take_requests(&mut self, node: usize, id: u64, bytes: &[u8]) {
        let Some(mut link) = self.nodes[node].links.remove(&id) else { return };
        link.buf.extend_from_slice(bytes);
        let (mut at, mut spans) = (0, Vec::new());
        while let Ok(Parsed::Complete { consumed, .. }) =
            link.parser.next(&mut link.buf, at, RequestLimits::MASTER, &mut spans)
        {
            let buf = link.buf.clone();
            self.request(node, id, &mut link, Args::new(&buf, &spans));
            at += consumed;
            spans.clear();
        }
        link.buf.drain(..at);
        self.nodes[node].links.insert(id, link);
    }

    fn request(&mut self, node: usize, id: u64, link: &mut MasterLink, args: Args<'_>) {
        match args.at(0).to_ascii_lowercase().as_slice() {
            b"ping" => link.out.extend(b"+PONG\r\n"),
            b"replconf" => match link.peer.replconf(args) {
                Replconf::Ok => link.out.extend(b"+OK\r\n"),
                Replconf::Ack { offset, fack } => {
                    if let Some(replica) = self.nodes[node].replicas.get_mut(id) {
                        replica.acked(offset, fack, self.now);
                    }
                }
                other => panic!("{other:?}"),
            },
            _ => self.psync(node, id, link, args),
        }
    }

    fn psync(&mut self, node: usize, id: u64, link: &mut MasterLink, args: Args<'_>) {
        let Ok(Request::Psync { id: asked, offset, .. }) = Request::parse(args) else { panic!("{args:?}") };
        let me = &self.nodes[node];
        if me.follows.is_some() && !me.is_following() {
            link.out.extend(b"-NOMASTERLINK Can't SYNC while not connected with my master\r\n");
            return;
        }
        let decision = me.history.can_continue(asked, offset, me.window());
        self.judge(node, id, offset, decision.is_ok());
        let now = self.now;
        match decision {
            Ok(position) => {
                let me = &mut self.nodes[node];
                link.reader = me.journal.subscribe_at(position, Wants::All);
                assert!(link.reader.is_some());
                me.replicas.add(id, Replica::continuing(link.peer.clone(), "sim".to_owned(), now));
                link.out.extend(psync::continue_line(link.peer.capa, me.history.id()).as_bytes());
                self.tally.partial += 1;
            }
            Err(_) => self.want_copy(node, id, link),
        }
    }

    fn want_copy(&mut self, node: usize, id: u64, link: &mut MasterLink) {
        let random = self.random.id();
        let me = &mut self.nodes[node];
        if !me.journal.has_backlog() {
            me.history.renew(random);
            me.journal.create_backlog();
        }
        let mut replica = Replica::waiting(link.peer.clone(), "sim".to_owned(), false, self.now);
        self.tally.full += 1;
        let running = me.snapshot.as_mut().filter(|snapshot| snapshot.sync.can_join(&link.peer));
        if let Some(snapshot) = running
            && let Some(reader) = me.journal.subscribe_at(snapshot.position, Wants::All)
        {
            link.reader = Some(reader);
            link.out.extend(psync::full_line(me.history.id(), snapshot.position).as_bytes());
            replica.snapshot_begun(Target::File);
            snapshot.sync.links.push(id);
            self.tally.joined += 1;
        }
        me.replicas.add(id, replica);
    }

    /// Looks at both ends, which nobody else can: may this replica continue?
    fn judge(&mut self, node: usize, id: u64, offset: i64, accepted: bool) {
        let (me, other) = (&self.nodes[node], &self.nodes[self.conns[&id].replica]);
        let same = me.seen.starts_with(&other.seen);
        let kept = me.window().first.is_some_and(|first| other.seen.len() as u64 >= first);
        if accepted {
            assert_eq!(offset, other.seen.len() as i64 + 1);
            assert!(same && kept, "a partial resync across different histories");
        } else if same && kept && offset > 0 {
            self.tally.avoidable += 1;
        }
    }

    fn snapshots(&mut self, node: usize) {
        let policy = Policy { diskless: self.diskless, delay_ms: 500, max_replicas: 0 };
        let slow = 300 + STEP_MS * self.random.below(20) as u64;
        let me = &mut self.nodes[node];
        if let Some(snapshot) = me.snapshot.take_if(|snapshot| snapshot.ready_at <= self.now) {
            for id in &snapshot.sync.links {
                let (Some(replica), Some(link)) = (me.replicas.get_mut(*id), me.links.get_mut(id)) else {
                    continue;
                };
                if replica.phase() == Phase::WaitFile {
                    replica.file_ready();
                    link.out.extend(transfer::sized_header(snapshot.file.len() as u64));
                    link.out.extend(&snapshot.file);
                }
            }
        }
        if me.snapshot.is_none()
            && let Some(sync) = me.replicas.due(policy, self.now)
        {
            self.begin_snapshot(node, sync, slow);
        }
    }

    fn begin_snapshot(&mut self, node: usize, sync: Sync, slow: u64) {
        let mark = *ReplId::from_random(self.random.id()).as_bytes().first_chunk().unwrap();
        let me = &mut self.nodes[node];
        if me.follows.is_none() {
            me.journal.reset_db();
        }
        let position = me.journal.end();
        for id in &sync.links {
            let (Some(replica), Some(link)) = (me.replicas.get_mut(*id), me.links.get_mut(id)) else {
                continue;
            };
            replica.snapshot_begun(sync.target);
            link.reader = Some(me.journal.subscribe(Wants::All));
            link.out.extend(psync::full_line(me.history.id(), position).as_bytes());
            if sync.target == Target::Sockets {
                link.out.extend(transfer::marked_header(&mark));
                link.out.extend(&me.seen);
                link.out.extend(mark);
            }
        }
        let file = me.seen.clone();
        me.snapshot = Some(Snapshot { sync, file, position, ready_at: self.now + slow });
    }

    /// Moves what there is to send into the pipe, as far as it has room.
    fn send(&mut self, node: usize, id: u64) {
        let (Some(conn), me) = (self.conns.get_mut(&id), &mut self.nodes[node]) else { return };
        let Some(link) = me.links.get_mut(&id) else { return };
        let room = |conn: &Conn| PIPE_BYTES.saturating_sub(conn.to_replica.len());
        let now = room(conn).min(link.out.len());
        conn.to_replica.extend(link.out.drain(..now));
        let Some(replica) = me.replicas.get_mut(id) else { return };
        if replica.wants_newlines() && self.now.is_multiple_of(1000) {
            conn.to_replica.push_back(b'\n');
        }
        let sending = matches!(replica.phase(), Phase::SendFile | Phase::Streaming);
        if sending && link.out.is_empty() {
            replica.copy_sent(self.now);
        }
        if replica.phase() != Phase::Online || !link.out.is_empty() {
            return;
        }
        let Some(reader) = link.reader.as_mut() else { return };
        match reader.next(room(conn)) {
            Ok(piece) => conn.to_replica.extend(piece.iter().flat_map(|piece| piece.bytes.iter())),
            Err(_) => conn.cut = true,
        }
    }

    // -- the replica's side --

    fn follow_master(&mut self, node: usize) {
        let Some(master) = self.nodes[node].follows else { return };
        if self.nodes[node].link.is_none() && self.nodes[node].retry_at <= self.now {
            self.connect(node, master);
        }
        let Some((id, link)) = self.nodes[node].link.take() else { return };
        let bytes = self.receive(id, false);
        let link = match link {
            ReplicaLink::Shaking(shake) => self.shake(id, shake, &bytes),
            link => Some((link, bytes)),
        };
        let link = link.and_then(|(link, bytes)| match link {
            ReplicaLink::Copying { .. } => self.copy(node, link, &bytes),
            link => Some((link, bytes)),
        });
        let link = link.and_then(|(link, bytes)| match link {
            ReplicaLink::Following { stream, last_io } => self.apply(node, id, stream, last_io, &bytes),
            link => Some(link),
        });
        match link {
            Some(link) => self.nodes[node].link = Some((id, link)),
            None => self.fail(node, id),
        }
    }

    fn fail(&mut self, node: usize, id: u64) {
        self.cut(id);
        self.nodes[node].retry_at = self.now + 1000;
    }

    fn connect(&mut self, node: usize, master: usize) {
        let id = self.next_conn;
        self.next_conn += 1;
        let me = &mut self.nodes[node];
        let resume = Resume { id: me.history.id(), position: me.seen.len() as u64 };
        let resume = me.resumable.then_some(resume);
        let params = Params { port: 1, timeout_ms: TIMEOUT_MS, resume, ..Params::default() };
        let mut shake = Handshake::new(params, self.now);
        let hello = shake.connected(self.now);
        me.link = Some((id, ReplicaLink::Shaking(shake)));
        self.conns.insert(id, Conn { replica: node, master, ..Conn::default() });
        self.nodes[master].links.insert(id, MasterLink::default());
        self.act(id, hello);
    }

    /// Does what a handshake asks for; a final action is returned.
    fn act(&mut self, id: u64, actions: Vec<Action>) -> Option<Action> {
        let mut last = None;
        for action in actions {
            match action {
                Action::Send(bytes) => self.conns.get_mut(&id)?.to_master.extend(bytes),
                Action::Notice(_) | Action::Warning(_) => {}
                action => last = Some(action),
            }
        }
        last
    }

    fn shake(&mut self, id: u64, mut shake: Handshake, bytes: &[u8]) -> Option<(ReplicaLink, Vec<u8>)> {
        let mut actions = shake.tick(self.now);
        let mut taken = 0;
        if !bytes.is_empty() {
            let (n, more) = shake.input(bytes, self.now);
            taken = n;
            actions.extend(more);
        }
        let rest = bytes[taken..].to_vec();
        match self.act(id, actions) {
            None => Some((ReplicaLink::Shaking(shake), rest)),
            Some(Action::Full { id, position }) => {
                let transfer = Transfer::new(TIMEOUT_MS, self.now);
                Some((ReplicaLink::Copying { transfer, file: Vec::new(), id, position }, rest))
            }
            Some(Action::Continue { id: new }) => {
                let node = self.conns[&id].replica;
                let me = &mut self.nodes[node];
                let end = me.journal.end();
                if new.is_some_and(|new| me.history.continue_as(new, end)) {
                    self.cut_all(|conn| conn.master == node);
                }
                self.nodes[node].journal.create_backlog();
                let stream = Stream::new(end);
                Some((ReplicaLink::Following { stream, last_io: self.now }, rest))
            }
            Some(_) => None,
        }
    }

    fn copy(&mut self, node: usize, link: ReplicaLink, bytes: &[u8]) -> Option<(ReplicaLink, Vec<u8>)> {
        let ReplicaLink::Copying { mut transfer, mut file, id, position } = link else { return None };
        transfer.tick(self.now).ok()?;
        if bytes.is_empty() {
            return Some((ReplicaLink::Copying { transfer, file, id, position }, Vec::new()));
        }
        match transfer.input(bytes, self.now, |part| file.extend_from_slice(part)).unwrap() {
            Progress::More => Some((ReplicaLink::Copying { transfer, file, id, position }, Vec::new())),
            Progress::Done { taken } => {
                assert_eq!(file.len() as u64, position);
                self.cut_all(|conn| conn.master == node);
                let me = &mut self.nodes[node];
                me.seen = file;
                me.history.adopt(id.unwrap());
                me.reset_journal();
                me.resumable = true;
                let stream = Stream::new(position);
                Some((ReplicaLink::Following { stream, last_io: self.now }, bytes[taken..].to_vec()))
            }
        }
    }

    fn apply(
        &mut self,
        node: usize,
        id: u64,
        mut stream: Stream,
        mut last_io: u64,
        bytes: &[u8],
    ) -> Option<ReplicaLink> {
        if !bytes.is_empty() {
            last_io = self.now;
            stream.feed(bytes);
        }
        let me = &mut self.nodes[node];
        while let Some(unit) = stream.next_unit().unwrap() {
            me.journal.append_raw(unit.raw, unit.class);
            if let Kind::Select(db) = unit.kind {
                me.journal.set_db(db);
            }
            stream.applied();
        }
        me.drain_tap();
        assert_eq!(stream.position(), me.seen.len() as u64);
        if self.now.is_multiple_of(1000)
            && let Some(conn) = self.conns.get_mut(&id)
        {
            let ack = stream.position().to_string();
            let mut bytes = Vec::new();
            crate::resp::request::encode_command(&mut bytes, ["REPLCONF", "ACK", &ack]);
            conn.to_master.extend(bytes);
        }
        let silent = self.now - last_io > TIMEOUT_MS;
        (!silent).then_some(ReplicaLink::Following { stream, last_io })
    }

    // -- what happens to them --

    fn write(&mut self) {
        let master = self.master();
        let mut unit = Unit::new();
        for _ in 0..1 + self.random.below(3) {
            let size = if self.random.chance(5) { 9000 } else { self.random.below(600) };
            let (db, n) = (self.random.below(3) as u32, self.random.next().to_string());
            unit.effect(db, &[b"SET", n.as_bytes(), &vec![b'v'; size]]);
        }
        let node = &mut self.nodes[master];
        node.journal.append(&unit);
        node.drain_tap();
    }

    fn ping(&mut self) {
        let master = self.master();
        let node = &mut self.nodes[master];
        node.journal.append_raw(b"*1\r\n$4\r\nPING\r\n", Class::ReplicaOnly);
        node.drain_tap();
    }

    fn trouble(&mut self) {
        let ids: Vec<u64> = self.conns.keys().copied().collect();
        let Some(id) = (!ids.is_empty()).then(|| ids[self.random.below(ids.len())]) else { return };
        if self.random.chance(50) {
            self.cut(id);
        } else if let Some(conn) = self.conns.get_mut(&id) {
            conn.stalled_until = self.now + 200 * (1 + self.random.below(30)) as u64;
        }
    }

    /// Another server becomes the master; all others follow it, directly or in a chain.
    fn promote(&mut self) {
        let new = self.random.below(NODES);
        let random = self.random.id();
        let node = &mut self.nodes[new];
        if node.follows.take().is_some() {
            node.link = None;
            let end = node.journal.end();
            node.history.promote(end, random);
            node.journal.reset_db();
        }
        let middle = (new + 1 + self.random.below(2)) % NODES;
        for other in (0..NODES).filter(|other| *other != new) {
            let chained = self.random.chance(40) && other != middle;
            let node = &mut self.nodes[other];
            // A master that becomes a replica asks to continue from its own history.
            node.resumable |= node.follows.is_none();
            node.follows = Some(if chained { middle } else { new });
            node.link = None;
            node.retry_at = self.now;
        }
        let follows: Vec<_> = self.nodes.iter().map(|node| node.follows).collect();
        self.cut_all(|conn| follows[conn.replica] != Some(conn.master) || follows[conn.replica].is_none());
        self.cut_all(|_| true);
        self.reap();
    }

    /// A server stops and comes back: with its data and the ids it saved, or with nothing.
    fn restart(&mut self, keeps_data: bool) {
        let at = self.random.below(NODES);
        self.cut_all(|conn| conn.master == at || conn.replica == at);
        self.reap();
        let new = Node::new(&mut self.random, self.nodes[at].follows);
        let old = std::mem::replace(&mut self.nodes[at], new);
        let node = &mut self.nodes[at];
        if keeps_data {
            node.seen = old.seen;
            node.resumable = old.resumable;
            if node.follows.is_some() {
                node.history.adopt(old.history.id());
            } else {
                node.history.restore(old.history.id(), node.seen.len() as u64);
            }
            node.reset_journal();
        }
    }

    fn converge(&mut self) {
        self.conns.values_mut().for_each(|conn| conn.stalled_until = 0);
        for round in 0..5000 {
            if round % 20 == 0 {
                self.ping();
            }
            self.step();
            let master = &self.nodes[self.master()];
            let agrees =
                |node: &Node| node.follows.is_none() || (node.is_following() && node.seen == master.seen);
            if self.nodes.iter().all(agrees) {
                return;
            }
        }
        panic!("the servers do not agree");
    }

    fn run(&mut self, steps: usize, changes: bool) {
        for step in 0..steps {
            if self.random.chance(40) {
                self.write();
            }
            if step % 10 == 0 {
                self.ping();
            }
            if self.random.chance(3) {
                self.trouble();
            }
            if changes && self.random.chance(1) {
                match self.random.below(4) {
                    0 => self.restart(false),
                    1 => self.restart(true),
                    _ => self.promote(),
                }
            }
            self.step();
        }
        self.converge();
    }
}

/// Runs many worlds; a failure names its seed (`RTOOL_SEED` runs that one alone).
fn run_seeds(count: u64, changes: bool) -> Tally {
    let only = std::env::var("RTOOL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..count, |seed: u64| seed..seed + 1);
    let mut total = Tally::default();
    for seed in seeds {
        let run = || {
            let mut world = World::new(seed);
            world.run(300, changes);
            world.tally
        };
        let Ok(tally) = catch_unwind(AssertUnwindSafe(run)) else { panic!("failed with RTOOL_SEED={seed}") };
        total.partial += tally.partial;
        total.full += tally.full;
        total.joined += tally.joined;
        total.avoidable += tally.avoidable;
    }
    total
}

#[test]
fn broken_links_heal_with_the_least_copying() {
    let tally = run_seeds(30, false);
    assert_eq!(tally.avoidable, 0, "{tally:?}");
    // Both kinds must have happened often, whatever the seeds.
    assert!(tally.partial > 60 && tally.full > 30, "{tally:?}");
}

#[test]
fn crashes_and_promotions_converge() {
    let tally = run_seeds(80, true);
    assert!(tally.partial > 100 && tally.joined > 5, "{tally:?}");
}
