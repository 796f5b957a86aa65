//! The same random commands to our server and to a real redis-server 7.0, every reply compared, and at the
//! end the digest of every key.
//!
//! ```text
//! RTOOL_DIFFERENTIAL_COMMANDS=1000000 cargo nextest run differential     # a night's run
//! RTOOL_DIFFERENTIAL_SEED=123 cargo nextest run differential             # the run that failed, again
//! ```
//!
//! A difference is shrunk by leaving out commands before it as long as it stays, and printed with the seed.

pub mod generate;
pub mod grammar;
pub mod random;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use rtool::resp::Value;

use crate::harness::{Client, Program, Server};
use generate::{Generator, Request};

/// Commands of an ordinary run.
const COMMANDS: usize = 10_000;
/// Commands after which both servers are emptied: short histories shrink better.
const ROUND: usize = 1_000;
/// Databases that the commands reach.
const DATABASES: usize = 4;
/// Replays spent on shrinking.
const REPLAYS: usize = 400;

/// Commands whose elements come in no promised order.
const UNORDERED: &[&str] =
    &["SMEMBERS", "SINTER", "SUNION", "SDIFF", "HGETALL", "HKEYS", "HVALS", "KEYS", "EXEC"];
/// Of these the elements of a set are in no order where BY does not tell them apart.
const SORTS: &[&str] = &["SORT", "SORT_RO"];
/// Commands that answer in pages. How many elements a page has, and what a cursor is, is everybody's own:
/// what the pages have together is compared.
const PAGED: &[&str] = &["SCAN", "HSCAN", "SSCAN", "ZSCAN"];
/// Pages after which a walk is taken for endless.
const PAGES: usize = 10_000;
/// Commands that answer a time: only its sign is compared.
const TIMES: &[&str] = &["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"];
/// Commands whose answers depend on the version by intent: encodings have other names, DUMP another version,
/// and 7.2 reads all arguments of BITCOUNT and BITPOS even where the key is missing.
const BY_VERSION: &[&str] = &["OBJECT", "DUMP", "BITCOUNT", "BITPOS"];

/// Does a reply, or one in it, say that a HyperLogLog is damaged?
fn is_damage(reply: &Value) -> bool {
    match reply {
        Value::Error(text) => text.starts_with(b"INVALIDOBJ"),
        reply => reply.as_list().is_some_and(|parts| parts.iter().any(is_damage)),
    }
}

/// LPOS with the least of all ranks: 7.2 refuses it at once, 7.0 reads on.
fn has_least_rank(request: &Request) -> bool {
    is_one_of(request, &["LPOS"]) && request.iter().any(|word| word == i64::MIN.to_string().as_bytes())
}

/// A relative time that must be later (or earlier) than the one there is: when that was given as the same
/// number, it depends on whether a millisecond has passed since.
fn is_race(request: &Request) -> bool {
    let compares = |word: &Vec<u8>| word == b"GT" || word == b"LT";
    is_one_of(request, &["EXPIRE", "PEXPIRE"]) && request.last().is_some_and(compares)
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn is_one_of(request: &Request, names: &[&str]) -> bool {
    names.iter().any(|name| request[0].eq_ignore_ascii_case(name.as_bytes()))
}

/// A reply as text, in an order of its own where none is promised.
fn text(value: &Value, any_order: bool) -> String {
    match value.as_list() {
        Some(list) => {
            let mut parts: Vec<String> = list.iter().map(|part| text(part, any_order)).collect();
            if any_order {
                parts.sort();
            }
            format!("[{}]", parts.join(" "))
        }
        None => format!("{value:?}"),
    }
}

/// Both servers, with a client each.
struct Pair {
    ours: Client,
    theirs: Client,
    /// The open transaction holds a command whose answer is not compared.
    not_compared: bool,
}

/// Where a command of `PAGED` has its cursor.
fn cursor_of(request: &Request) -> usize {
    if is_one_of(request, &["SCAN"]) { 1 } else { 2 }
}

/// A page: the cursor of the next one, and what the page has. Fields and scores come with their element.
fn page(reply: &Value, pairs: bool) -> Option<(Vec<u8>, Vec<String>)> {
    let [Value::Bulk(next), items] = reply.as_list()? else { return None };
    let items = items.as_list()?.chunks(1 + usize::from(pairs));
    Some((next.clone(), items.map(|item| format!("{item:?}")).collect()))
}

/// Every page from the first one on, as one set: an element may come twice.
fn pages(client: &mut Client, request: &Request, first: &Value) -> Option<BTreeSet<String>> {
    let pairs = is_one_of(request, &["HSCAN", "ZSCAN"]);
    let (mut next, found) = page(first, pairs)?;
    let mut all = BTreeSet::from_iter(found);
    for _ in 0..PAGES {
        if next == b"0" {
            return Some(all);
        }
        let mut words = request.clone();
        words[cursor_of(request)] = next;
        let more;
        (next, more) = page(&client.call(&words), pairs)?;
        all.extend(more);
    }
    None
}

impl Pair {
    /// Sends a request to both; says how the replies differ. A damaged HyperLogLog, whose change failed half
    /// way, may be left in different ways: it goes, with all the rest.
    fn ask(&mut self, request: &Request) -> Option<String> {
        let (our, their) = (self.ours.call(request), self.theirs.call(request));
        let difference = self.compare(request, &our, &their);
        if difference.is_none() && is_damage(&our) {
            self.reset();
        }
        difference
    }

    fn compare(&mut self, request: &Request, our: &Value, their: &Value) -> Option<String> {
        let same = match (our, their) {
            (Value::Int(a), Value::Int(b)) if is_one_of(request, TIMES) => a.signum() == b.signum(),
            (a, b) if is_one_of(request, PAGED) && a.as_list().is_some() && b.as_list().is_some() => {
                self.same_pages(request, a, b)
            }
            (Value::Error(_), Value::Error(_)) if has_least_rank(request) => true,
            (Value::Int(_), Value::Int(_)) if is_race(request) => true,
            (a, b) if is_one_of(request, BY_VERSION) => {
                self.not_compared = true;
                let error = |value: &Value| matches!(value, Value::Error(_));
                error(a) || error(b) || is_one_of(request, &["OBJECT", "DUMP"]) || a == b
            }
            (a, b) if is_one_of(request, &["EXEC"]) && self.not_compared => {
                a.as_list().is_some() == b.as_list().is_some()
            }
            (a, b) => {
                let by = is_one_of(request, SORTS) && request.iter().any(|word| word == b"BY");
                let any_order = by || is_one_of(request, UNORDERED);
                text(a, any_order) == text(b, any_order)
            }
        };
        let begins = is_one_of(request, &["MULTI"]) && !matches!(our, Value::Error(_));
        if begins || is_one_of(request, &["EXEC", "DISCARD"]) {
            self.not_compared = false;
        } else if is_one_of(request, PAGED) || is_one_of(request, TIMES) || is_race(request) {
            // In a transaction a time is a number among other replies: a millisecond may lie between the servers.
            self.not_compared = true;
        }
        (!same).then(|| format!("{}\n    rtool: {our:?}\n    redis: {their:?}", show(request)))
    }

    /// Whether both walks come to the same; one that begins in the middle may begin anywhere.
    fn same_pages(&mut self, request: &Request, ours: &Value, theirs: &Value) -> bool {
        if request[cursor_of(request)] != b"0" {
            return true;
        }
        let ours = pages(&mut self.ours, request, ours);
        ours.is_some() && ours == pages(&mut self.theirs, request, theirs)
    }

    /// Empties both and ends transactions.
    fn reset(&mut self) {
        for client in [&mut self.ours, &mut self.theirs] {
            client.call(&["DISCARD"]);
            client.call(&["FLUSHALL"]);
        }
    }

    /// Plays requests from the beginning; says where and how the first difference shows.
    fn play(&mut self, requests: &[Request]) -> Option<(usize, String)> {
        self.reset();
        for (at, request) in requests.iter().enumerate() {
            if let Some(difference) = self.ask(request) {
                return Some((at, difference));
            }
        }
        self.compare_keys().map(|difference| (requests.len(), difference))
    }

    /// The digests of all keys.
    fn compare_keys(&mut self) -> Option<String> {
        self.ours.call(&["DISCARD"]);
        self.theirs.call(&["DISCARD"]);
        let digest = |client: &mut Client| format!("{:?}", client.call(&["DEBUG", "DIGEST"]));
        if digest(&mut self.ours) == digest(&mut self.theirs) {
            return None;
        }
        // Or one of them still counts a key whose time is over, and that nobody has looked at.
        let found = (0..DATABASES).find_map(|db| self.compare_database(db));
        self.ask(&words("SELECT 0")).or(found)
    }

    fn compare_database(&mut self, db: usize) -> Option<String> {
        let differs = self.ask(&words(&format!("SELECT {db}"))).or_else(|| self.ask(&words("KEYS *")));
        if differs.is_some() {
            return differs;
        }
        let keys = self.theirs.call(&["KEYS", "*"]);
        keys.as_list().unwrap_or_default().iter().find_map(|key| {
            let key = key.as_bytes()?.to_vec();
            let mut looks = [words("DEBUG DIGEST-VALUE"), words("PTTL")];
            looks.iter_mut().find_map(|look| {
                look.push(key.clone());
                self.ask(look)
            })
        })
    }

    /// Leaves out requests as long as a difference stays.
    fn shrink(&mut self, mut requests: Vec<Request>) -> (Vec<Request>, String) {
        let mut shown = String::new();
        let (mut piece, mut replays) = (requests.len().div_ceil(2), 0);
        while piece > 0 && replays < REPLAYS {
            let mut at = 0;
            while at < requests.len() && replays < REPLAYS {
                let mut fewer = requests.clone();
                fewer.drain(at..(at + piece).min(requests.len()));
                replays += 1;
                match self.play(&fewer) {
                    Some((last, difference)) => {
                        fewer.truncate(last + 1);
                        (requests, shown) = (fewer, difference);
                    }
                    None => at += piece,
                }
            }
            piece /= 2;
        }
        (requests, shown)
    }
}

fn words(line: &str) -> Request {
    line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn show(request: &Request) -> String {
    request.iter().map(|word| format!("\"{}\"", word.escape_ascii())).collect::<Vec<_>>().join(" ")
}

#[test]
fn random_commands_have_the_replies_of_redis() {
    let Some(redis) = Server::peer(Program::Redis, &["--enable-debug-command", "yes"]) else { return };
    let rtool = Server::start(Program::Rtool, &["--enable-debug-command", "yes"]);
    let mut pair = Pair { ours: rtool.connect(), theirs: redis.connect(), not_compared: false };
    let seed = number_from("RTOOL_DIFFERENTIAL_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let commands = number_from("RTOOL_DIFFERENTIAL_COMMANDS").map_or(COMMANDS, |n| n as usize);
    eprintln!("RTOOL_DIFFERENTIAL_SEED={seed}");
    let mut generator = Generator::new(seed);
    for _ in 0..commands.div_ceil(ROUND) {
        let requests: Vec<Request> = (0..ROUND).map(|_| generator.next()).collect();
        if let Some((at, difference)) = pair.play(&requests) {
            let mut head = requests;
            head.truncate(at + 1);
            let (fewest, shown) = pair.shrink(head);
            let lines: Vec<String> = fewest.iter().map(show).collect();
            let shown = if shown.is_empty() { difference } else { shown };
            panic!("RTOOL_DIFFERENTIAL_SEED={seed}\n{}\n\n{shown}", lines.join("\n"));
        }
    }
}
