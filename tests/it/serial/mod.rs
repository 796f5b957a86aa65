//! Transactions, scripts with and without declared keys, and optimistic ones, from many clients on a server with four
//! workers, while everything that makes threads meet goes on beside them: they run as if one after the other
//! (`history.rs`), money moved between accounts is neither made nor lost, tokens moved by blocking pops are all there
//! at any moment, and in the end a replica and the file have the same data. No request waits for ever.
//!
//! ```text
//! RTOOL_LOAD_SECONDS=3600 cargo nextest run serial --no-capture      # the long run (10 s otherwise)
//! RTOOL_LOAD_SEED=123 cargo nextest run serial                       # the same requests again, not the same moments
//! ```

mod history;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rtool::resp::Value;

use crate::differential::random::Random;
use crate::harness::{Client, Program, Server, ok, wait_until};
use crate::load::{duration, pause, seed};
use history::{Step, Transaction};

/// Clients that append and read lists.
const APPENDERS: u64 = 5;
/// Lists of a round.
const LISTS: usize = 12;
/// Transactions of a round: lists stay short enough to be read.
const ROUND: usize = 3_000;
/// Accounts, and what is on all of them together.
const ACCOUNTS: usize = 8;
const MONEY: i64 = 8_000;
/// Lists that tokens move between, and how many there are.
const POTS: usize = 4;
const TOKENS: i64 = 40;

/// Steps as ARGV: `a` appends, `r` reads; a list is the number of a key, or its name where none is declared.
const STEPS: &str = "
    local out = {}
    for i = 1, #ARGV, 3 do
        local key = KEYS[tonumber(ARGV[i + 1])] or ARGV[i + 1]
        if ARGV[i] == 'a' then
            out[#out + 1] = redis.call('RPUSH', key, ARGV[i + 2])
        else
            out[#out + 1] = redis.call('LRANGE', key, 0, -1)
        end
    end
    return out";

/// Moves what ARGV says from one account to another, if it is there.
const TRANSFER: &str = "
    local from, to = KEYS[1] or ARGV[2], KEYS[2] or ARGV[3]
    if tonumber(redis.call('GET', from)) < tonumber(ARGV[1]) then return 0 end
    redis.call('DECRBY', from, ARGV[1])
    redis.call('INCRBY', to, ARGV[1])
    return 1";

/// The sum of numbers or lengths under a name.
const SUM: &str = "
    local sum = 0
    for i = 0, ARGV[3] - 1 do sum = sum + redis.call(ARGV[1], ARGV[2] .. i) end
    return sum";

/// What everybody shares.
struct Round<'r> {
    port: u16,
    number: u64,
    start: Instant,
    values: &'r AtomicU64,
    history: Mutex<Vec<Transaction>>,
    stop: AtomicBool,
}

struct EndOnPanic<'r>(&'r AtomicBool);

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// How a transaction is sent.
#[derive(Clone, Copy)]
enum Way {
    Single,
    Multi,
    Watch,
    Declared,
    Undeclared,
}

impl Round<'_> {
    fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    fn list(&self, number: usize) -> String {
        format!("list:{}:{number}", self.number)
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Runs `work` with a connection, and with a new one whenever that is cut off.
    ///
    /// Whoever panics ends the round for all.
    fn with_client(&self, mut work: impl FnMut(&mut Client) -> std::io::Result<()>) {
        let _end = EndOnPanic(&self.stop);
        while !self.is_over() {
            let Ok(mut client) = Client::connect(self.port) else { continue };
            while !self.is_over() {
                match work(&mut client) {
                    Ok(()) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                        panic!("a request had no reply: the server hangs");
                    }
                    Err(_) => break,
                }
            }
        }
    }

    fn append_and_read(&self, seed: u64) {
        let mut random = Random::new(seed);
        self.with_client(|client| {
            let way = [Way::Single, Way::Multi, Way::Watch, Way::Declared, Way::Undeclared][random.below(5)];
            let most = if matches!(way, Way::Single) { 1 } else { 4 };
            let steps: Vec<Step> = (0..=random.below(most)).map(|_| self.step(&mut random)).collect();
            let began = self.now();
            let outcome = self.send(client, way, &steps);
            let ended = matches!(outcome, Ok(Some(_))).then(|| self.now());
            let steps = match &outcome {
                Ok(Some(seen)) => seen.clone(),
                Ok(None) => return Ok(()),
                Err(_) => steps.into_iter().filter(|step| matches!(step, Step::Append(..))).collect(),
            };
            let mut history = self.history.lock().expect("nobody panics with it");
            history.push(Transaction { began, ended, steps });
            if history.len() >= ROUND {
                self.stop.store(true, Ordering::Relaxed);
            }
            outcome.map(|_| ())
        });
    }

    fn step(&self, random: &mut Random) -> Step {
        let list = random.below(LISTS);
        if random.once_in(2) {
            Step::Append(list, self.values.fetch_add(1, Ordering::Relaxed))
        } else {
            Step::Read(list, Vec::new())
        }
    }

    fn command(&self, step: &Step) -> Vec<String> {
        match step {
            Step::Append(list, value) => vec!["RPUSH".into(), self.list(*list), value.to_string()],
            Step::Read(list, _) => vec!["LRANGE".into(), self.list(*list), "0".into(), "-1".into()],
        }
    }

    /// Sends the steps; what they have seen, or none when they surely did nothing.
    fn send(&self, client: &mut Client, way: Way, steps: &[Step]) -> std::io::Result<Option<Vec<Step>>> {
        match way {
            Way::Single => {
                let reply = client.try_call(&self.command(&steps[0]))?;
                Ok(seen(steps, &[reply]))
            }
            Way::Multi => self.multi(client, &[], steps),
            Way::Watch => {
                let first = [Step::Read(steps.iter().map(list_of).next().unwrap_or(0), Vec::new())];
                client.try_call(&["WATCH", &self.list(list_of(&first[0]))])?;
                let reply = client.try_call(&self.command(&first[0]))?;
                let Some(before) = seen(&first, &[reply]) else { return Ok(None) };
                self.multi(client, &before, steps)
            }
            Way::Declared | Way::Undeclared => {
                let request = self.script(matches!(way, Way::Declared), steps);
                let reply = client.try_call(&request)?;
                Ok(reply.as_list().and_then(|replies| seen(steps, replies)))
            }
        }
    }

    fn multi(
        &self,
        client: &mut Client,
        before: &[Step],
        steps: &[Step],
    ) -> std::io::Result<Option<Vec<Step>>> {
        client.send(&["MULTI"])?;
        steps.iter().try_for_each(|step| client.send(&self.command(step)))?;
        client.send(&["EXEC"])?;
        (0..=steps.len()).try_for_each(|_| client.read().map(|_| ()))?;
        let reply = client.read()?;
        let after = reply.as_list().and_then(|replies| seen(steps, replies));
        Ok(after.map(|after| [before, &after].concat()))
    }

    fn script(&self, declares: bool, steps: &[Step]) -> Vec<String> {
        let keys: Vec<String> = (0..LISTS).filter(|_| declares).map(|list| self.list(list)).collect();
        let mut request = vec!["EVAL".into(), STEPS.into(), keys.len().to_string()];
        request.extend(keys);
        for step in steps {
            let list = list_of(step);
            let (verb, value) = match step {
                Step::Append(_, value) => ("a", value.to_string()),
                Step::Read(..) => ("r", "0".into()),
            };
            let name = if declares { (list + 1).to_string() } else { self.list(list) };
            request.extend([verb.into(), name, value]);
        }
        request
    }

    /// Money goes from account to account.
    fn transfer(&self, seed: u64) {
        let mut random = Random::new(seed);
        self.with_client(|client| {
            let (from, to) = (random.below(ACCOUNTS), random.below(ACCOUNTS));
            let [from, to] = [from, to].map(|account| format!("account:{account}"));
            let amount = random.below(100).to_string();
            let reply = match random.below(3) {
                0 => client.try_call(&["EVAL", TRANSFER, "2", &from, &to, &amount])?,
                1 => client.try_call(&["EVAL", TRANSFER, "0", &amount, &from, &to])?,
                _ => {
                    client.send(&["MULTI"])?;
                    client.send(&["DECRBY", &from, &amount])?;
                    client.send(&["INCRBY", &to, &amount])?;
                    client.send(&["EXEC"])?;
                    (0..3).try_for_each(|_| client.read().map(|_| ()))?;
                    client.read()?
                }
            };
            assert!(reply.error().is_none(), "{reply:?}");
            Ok(())
        });
    }

    /// Tokens go from pot to pot, also into the hands of who waits for one.
    fn move_tokens(&self, seed: u64) {
        let mut random = Random::new(seed);
        self.with_client(|client| {
            let [from, to] = [0; 2].map(|_| format!("pot:{}", random.below(POTS)));
            let ends = ["LEFT", "RIGHT"];
            let (one, other) = (ends[random.below(2)], ends[random.below(2)]);
            let reply = match random.below(3) {
                0 => client.try_call(&["BLMOVE", &from, &to, one, other, "0.05"])?,
                1 => client.try_call(&["LMOVE", &from, &to, one, other])?,
                _ => client.try_call(&["BRPOPLPUSH", &from, &to, "0.05"])?,
            };
            assert!(reply.error().is_none_or(|error| error.starts_with("UNBLOCKED")), "{reply:?}");
            Ok(())
        });
    }

    /// At any moment the sums are what they were.
    fn count(&self, seed: u64) {
        let mut random = Random::new(seed);
        let accounts: Vec<String> = (0..ACCOUNTS).map(|account| format!("account:{account}")).collect();
        self.with_client(|client| {
            match random.below(4) {
                0 => {
                    let reply = client.try_call(&[&["MGET".to_owned()][..], &accounts].concat())?;
                    assert_eq!(sum(&reply), MONEY, "{reply:?}");
                }
                1 => {
                    let reply =
                        client.try_call(&["EVAL", SUM, "0", "GET", "account:", &ACCOUNTS.to_string()])?;
                    assert_eq!(reply, Value::Int(MONEY));
                }
                2 => {
                    let reply = client.try_call(&["EVAL", SUM, "0", "LLEN", "pot:", &POTS.to_string()])?;
                    assert_eq!(reply, Value::Int(TOKENS));
                }
                _ => {
                    client.send(&["MULTI"])?;
                    (0..POTS).try_for_each(|pot| client.send(&["LLEN", &format!("pot:{pot}")]))?;
                    client.send(&["EXEC"])?;
                    (0..=POTS).try_for_each(|_| client.read().map(|_| ()))?;
                    let reply = client.read()?;
                    assert_eq!(sum(&reply), TOKENS, "{reply:?}");
                }
            }
            Ok(())
        });
    }

    /// Everything else that a server has to do meanwhile; databases 2 and 3 are its own.
    fn disturb(&self, seed: u64) {
        let mut random = Random::new(seed);
        self.with_client(|client| {
            client.try_call(&["SELECT", "2"])?;
            for _ in 0..random.below(20) {
                let line = random.pick(DISTURBANCES);
                let words = rtool::resp::quote::split(line.as_bytes()).expect("quotes are balanced");
                client.try_call(&words)?;
            }
            Ok(())
        });
    }
}

const DISTURBANCES: &[&str] = &[
    "SWAPDB 2 3",
    "FLUSHDB",
    "FLUSHDB ASYNC",
    "SET a 1 PX 5",
    "SET b 1 PX 1",
    "MSET a 1 b 2 c 3 d 4",
    "KEYS *",
    "RANDOMKEY",
    "SCAN 0 COUNT 1000",
    "INFO everything",
    "INFO keysizes",
    "HOTKEYS GET",
    "MEMORY STATS",
    "CLIENT LIST",
    "CLIENT KILL TYPE normal",
    "CLIENT KILL TYPE replica",
    "CLIENT PAUSE 3 WRITE",
    "CLIENT PAUSE 2 ALL",
    "CLIENT NO-EVICT on",
    "CONFIG SET appendfsync always",
    "CONFIG SET appendfsync everysec",
    "CONFIG SET list-max-listpack-size 2 hz 100",
    "CONFIG SET list-max-listpack-size -2 hz 10",
    "CONFIG SET slowlog-log-slower-than 0 latency-tracking no",
    "CONFIG SET slowlog-log-slower-than 10000 latency-tracking yes",
    "CONFIG SET maxmemory 1gb",
    "CONFIG SET maxmemory 0",
    "ACL SETUSER someone on nopass ~x:* +@all",
    "ACL SETUSER someone resetkeys",
    "ACL DELUSER someone",
    "SCRIPT FLUSH",
    "BGREWRITEAOF",
    "BGSAVE",
    "BLPOP nothing 0.01",
    "EVAL 'for i = 1, 20000 do local x = i * 2 end return 1' 0",
    "EVAL 'return #redis.call(\"KEYS\", \"*\")' 0",
    "EVAL 'redis.call(\"SET\", \"a\", 1) redis.call(\"PEXPIRE\", \"a\", 2) return 1' 0",
    "EVAL 'redis.call(\"SET\", KEYS[1], 1) return redis.call(\"GET\", \"b\")' 1 a",
    "FUNCTION LOAD REPLACE '#!lua name=l\nredis.register_function(\"f\", function(k) return redis.call(\"SET\", k[1], 1) end)'",
    "FCALL f 1 a",
    "FUNCTION FLUSH",
    "PUBLISH ch x",
    "DEBUG SLEEP 0.001",
];

fn list_of(step: &Step) -> usize {
    match step {
        Step::Append(list, _) | Step::Read(list, _) => *list,
    }
}

/// The steps with what was read; none when the replies are no such ones.
fn seen(steps: &[Step], replies: &[Value]) -> Option<Vec<Step>> {
    let seen = steps.iter().zip(replies).map(|(step, reply)| match step {
        Step::Append(..) => matches!(reply, Value::Int(_)).then(|| step.clone()),
        Step::Read(list, _) => Some(Step::Read(*list, numbers(reply)?)),
    });
    seen.collect()
}

fn numbers(reply: &Value) -> Option<Vec<u64>> {
    reply.as_list()?.iter().map(|value| value.as_str()?.parse().ok()).collect()
}

fn sum(reply: &Value) -> i64 {
    let of = |value: &Value| match value {
        Value::Int(number) => *number,
        value => value.as_str().and_then(|text| text.parse().ok()).unwrap_or(i64::MIN / 100),
    };
    reply.as_list().map_or(i64::MIN, |values| values.iter().map(of).sum())
}

const OPTIONS: &[&str] = &["--io-threads", "4", "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"];

fn run_round(round: &Round<'_>, seed: u64) {
    std::thread::scope(|scope| {
        for i in 0..APPENDERS {
            scope.spawn(move || round.append_and_read(seed + i));
        }
        for i in 0..2 {
            scope.spawn(move || round.transfer(seed + 100 + i));
            scope.spawn(move || round.move_tokens(seed + 200 + i));
            scope.spawn(move || round.disturb(seed + 300 + i));
        }
        scope.spawn(move || round.count(seed + 400));
        let started = Instant::now();
        while !round.is_over() && started.elapsed() < ROUND_AT_MOST {
            pause(Instant::now() + ROUND_AT_MOST);
        }
        round.stop.store(true, Ordering::Relaxed);
    });
}

/// A round whose clients all wait is over by then.
const ROUND_AT_MOST: Duration = Duration::from_secs(60);

#[test]
fn commands_run_as_if_one_after_the_other() {
    let seed = seed();
    let mut master = Server::start(Program::Rtool, OPTIONS);
    let replica = Server::start(Program::Rtool, OPTIONS);
    replica.follow(&master);
    for account in 0..ACCOUNTS {
        let share = (MONEY / ACCOUNTS as i64).to_string();
        assert_eq!(master.call(&["SET", &format!("account:{account}"), &share]), ok());
    }
    for token in 0..TOKENS {
        master.call(&["RPUSH", &format!("pot:{}", token as usize % POTS), &token.to_string()]);
    }
    let (values, end) = (AtomicU64::new(1), Instant::now() + duration());
    let (mut number, mut transactions) = (0, 0);
    while Instant::now() < end {
        let round = Round {
            port: master.port(),
            number,
            start: Instant::now(),
            values: &values,
            history: Mutex::default(),
            stop: AtomicBool::new(false),
        };
        run_round(&round, seed.wrapping_add(number * 1000));
        master.call(&["CLIENT", "UNPAUSE"]);
        let lists = (0..LISTS).map(|list| numbers(&master.call(&["LRANGE", &round.list(list), "0", "-1"])));
        let lists: Vec<Vec<u64>> = lists.map(|list| list.expect("a list of numbers")).collect();
        let history = round.history.lock().expect("nobody panics with it").clone();
        history::check(&history, &lists).unwrap_or_else(|why| panic!("round {number}: {why}"));
        wait_until("the replica has the same data", || replica.digest() == master.digest());
        let digest = master.digest();
        if number % 4 == 3 {
            master.kill();
            master.start_again();
            assert_eq!(master.digest(), digest, "round {number}: the file gives other data");
            wait_until("the replica is back", || replica.digest() == digest);
        }
        (0..LISTS).for_each(|list| _ = master.call(&["DEL", &round.list(list)]));
        transactions += history.len();
        number += 1;
    }
    eprintln!("{transactions} transactions in {number} rounds");
    assert!(transactions > 0, "nothing was tried");
}
