//! Which clients CLIENT LIST and CLIENT KILL mean: the options of Redis, and those of Valkey 9 (names, flags,
//! databases and so on, each also with NOT- in front of it). All of them must hold; the last of one kind
//! counts.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::resp::Args;
use crate::server::Server;
use crate::server::acl::User;
use crate::server::commands::parse;
use crate::server::fault::{self, Fault};
use crate::server::session::{Class, ClientShared};
use crate::server::sync::locked;

/// The letters that the flags column can hold, in Redis or Valkey.
const FLAGS: &[u8] = b"AbBcdeEiIMNOPrRStTuUx";

/// The letters that the column of capabilities can hold.
const CAPABILITIES: &[u8] = b"r";

/// How the two commands differ.
pub struct Form {
    /// Whether the client that asks is left out unless it says SKIPME.
    pub skip_me: bool,
    /// The error for an id that is none.
    pub bad_id: &'static str,
    /// The least id that is no error.
    pub least_id: i64,
    /// Whether what follows an id and is no option is an id that is none.
    pub ids_to_the_end: bool,
}

/// CLIENT LIST.
pub const LIST: Form =
    Form { skip_me: false, bad_id: "ERR Invalid client ID", least_id: i64::MIN, ids_to_the_end: true };

/// CLIENT KILL.
pub const KILL: Form = Form {
    skip_me: true,
    bad_id: "ERR client-id should be greater than 0",
    least_id: 1,
    ids_to_the_end: false,
};

/// The filter of one command.
pub struct Filter {
    ids: Option<Vec<i64>>,
    not_ids: Vec<i64>,
    tests: Vec<Test>,
    skip_me: bool,
}

/// One option with its value.
struct Test {
    option: String,
    want: Want,
    not: bool,
}

/// What a client must be.
enum Want {
    Class(Class),
    User(Arc<User>),
    Addr(String),
    Laddr(String),
    Ip(String),
    Name(String),
    LibName(String),
    LibVer(String),
    AgeSeconds(i64),
    IdleSeconds(i64),
    Flags(Vec<u8>),
    Capabilities(Vec<u8>),
    Db(usize),
}

/// The times that ages are counted to.
pub struct Now {
    /// Wall clock, ms.
    pub wall_ms: i64,
    /// Monotonic, ms.
    pub mono_ms: u64,
}

impl Filter {
    /// The options from the third argument on.
    pub fn parse(server: &Server, args: Args<'_>, form: &Form) -> Result<Filter, Fault> {
        let mut filter = Filter { ids: None, not_ids: Vec::new(), tests: Vec::new(), skip_me: form.skip_me };
        let mut rest = args.tail(2);
        while !rest.is_empty() {
            let value = rest.get(1).ok_or(fault::SYNTAX)?;
            let option = parse::lossy(rest.at(0)).to_lowercase();
            let values = match option.as_str() {
                "id" | "not-id" => filter.take_ids(option == "id", rest.tail(1), form)?,
                "skipme" if parse::is(value, "yes") => filter.skip(true),
                "skipme" if parse::is(value, "no") => filter.skip(false),
                _ => filter.take(server, option, value)?,
            };
            rest = rest.tail(1 + values);
        }
        Ok(filter)
    }

    /// The old form of CLIENT KILL: an address, whoever has it.
    pub fn address(addr: &[u8]) -> Filter {
        let want = Want::Addr(parse::lossy(addr));
        let test = Test { option: "addr".into(), want, not: false };
        Filter { ids: None, not_ids: Vec::new(), tests: vec![test], skip_me: false }
    }

    fn skip(&mut self, skip_me: bool) -> usize {
        self.skip_me = skip_me;
        1
    }

    /// Takes ids up to what is none; says how many.
    fn take_ids(&mut self, wanted: bool, values: Args<'_>, form: &Form) -> Result<usize, Fault> {
        let ends = |arg: &[u8]| parse::int(arg).is_err() && (!form.ids_to_the_end || is_option(arg));
        let count = values.iter().skip(1).position(ends).map_or(values.len(), |at| at + 1);
        let bad = |id: &i64| *id < form.least_id;
        let ids = values.iter().take(count).map(|arg| parse::int_or(arg, form.bad_id));
        let ids = ids.collect::<Result<Vec<i64>, Fault>>()?;
        if ids.iter().any(bad) {
            return Err(Fault::new(form.bad_id));
        }
        if wanted {
            self.ids.get_or_insert_default().extend(ids)
        } else {
            self.not_ids.extend(ids)
        }
        Ok(count)
    }

    fn take(&mut self, server: &Server, option: String, value: &[u8]) -> Result<usize, Fault> {
        let (name, not) = option.strip_prefix("not-").map_or((option.as_str(), false), |name| (name, true));
        let want = want(server, name, not, value)?;
        self.tests.retain(|test| test.option != option);
        self.tests.push(Test { option, want, not });
        Ok(1)
    }

    /// The clients meant: in the order of the ids if there are any, else the oldest first.
    pub fn find(&self, server: &Server, me: u64, now: &Now) -> Vec<Arc<ClientShared>> {
        let candidates = match &self.ids {
            Some(ids) => ids.iter().filter_map(|id| server.clients.get(u64::try_from(*id).ok()?)).collect(),
            None => server.clients.all(),
        };
        candidates.into_iter().filter(|client| self.means(client, me, now)).collect()
    }

    fn means(&self, client: &ClientShared, me: u64, now: &Now) -> bool {
        let left_out = self.skip_me && client.id == me
            || self.not_ids.iter().any(|id| u64::try_from(*id) == Ok(client.id));
        !left_out && self.tests.iter().all(|test| test.want.is(client, now) != test.not)
    }
}

/// The options with one value; the later ones have no opposite.
const OPTIONS: [&str; 13] = [
    "type", "user", "addr", "laddr", "ip", "name", "lib-name", "lib-ver", "flags", "capa", "db", "maxage",
    "idle",
];

/// How many of them have one.
const WITH_OPPOSITE: usize = 11;

fn is_option(word: &[u8]) -> bool {
    let word = parse::lossy(word).to_lowercase();
    let opposite = word.strip_prefix("not-");
    ["id", "skipme"].contains(&word.as_str())
        || OPTIONS.contains(&word.as_str())
        || opposite.is_some_and(|name| name == "id" || OPTIONS[..WITH_OPPOSITE].contains(&name))
}

fn want(server: &Server, name: &str, not: bool, value: &[u8]) -> Result<Want, Fault> {
    let known = if not { &OPTIONS[..WITH_OPPOSITE] } else { &OPTIONS[..] };
    if !known.contains(&name) {
        return Err(fault::SYNTAX);
    }
    let text = || parse::lossy(value);
    Ok(match name {
        "type" => Want::Class(class_of(value)?),
        "user" => {
            let user = server.acl.user(value);
            Want::User(user.ok_or_else(|| Fault::err(format!("No such user '{}'", text())))?)
        }
        "addr" => Want::Addr(text()),
        "laddr" => Want::Laddr(text()),
        "ip" => Want::Ip(text()),
        "name" => Want::Name(text()),
        "lib-name" => Want::LibName(text()),
        "lib-ver" => Want::LibVer(text()),
        "flags" => Want::Flags(letters("flags", FLAGS, not, value)?),
        "capa" => Want::Capabilities(letters("capa", CAPABILITIES, not, value)?),
        "db" => Want::Db(database(server, not, value)?),
        "maxage" => Want::AgeSeconds(seconds(name, value)?),
        _ => Want::IdleSeconds(seconds(name, value)?),
    })
}

/// The class that TYPE names.
fn class_of(word: &[u8]) -> Result<Class, Fault> {
    let classes = [
        ("normal", Class::Normal),
        ("replica", Class::Replica),
        ("slave", Class::Replica),
        ("pubsub", Class::Pubsub),
        ("master", Class::Master),
        ("primary", Class::Master),
    ];
    let found = classes.into_iter().find(|(name, _)| parse::is(word, name));
    found
        .map(|(_, class)| class)
        .ok_or_else(|| Fault::err(format!("Unknown client type '{}'", parse::lossy(word))))
}

fn letters(what: &str, known: &[u8], not: bool, value: &[u8]) -> Result<Vec<u8>, Fault> {
    if value.iter().all(|letter| known.contains(letter)) {
        return Ok(value.to_vec());
    }
    let place = if not { format!("NOT-{}", what.to_uppercase()) } else { "provided".into() };
    Err(Fault::err(format!("Unknown {what} found in the {place} filter: {}", parse::lossy(value))))
}

fn database(server: &Server, not: bool, value: &[u8]) -> Result<usize, Fault> {
    let name = if not { "NOT-DB" } else { "DB" };
    let db =
        parse::int(value).map_err(|_| Fault::err(format!("{name} is not an integer or out of range")))?;
    let dbs = server.keyspace.dbs();
    let found = usize::try_from(db).ok().filter(|db| *db < dbs);
    found.ok_or_else(|| Fault::err(format!("{name} number should be between 0 and {}", dbs - 1)))
}

fn seconds(name: &str, value: &[u8]) -> Result<i64, Fault> {
    let time =
        parse::int(value).map_err(|_| Fault::err(format!("{name} is not an integer or out of range")))?;
    if time < 1 { Err(Fault::err(format!("{name} should be greater than 0"))) } else { Ok(time) }
}

impl Want {
    fn is(&self, client: &ClientShared, now: &Now) -> bool {
        match self {
            Want::Class(class) => client.class() == *class,
            Want::User(user) => locked(&client.user).as_ref().is_some_and(|of| Arc::ptr_eq(of, user)),
            Want::Addr(addr) => client.addr == *addr,
            Want::Laddr(addr) => client.laddr == *addr,
            Want::Ip(ip) => ip_of(&client.addr) == ip,
            Want::Name(name) => is_said(&locked(&client.meta).name, name),
            Want::LibName(name) => is_said(&locked(&client.meta).lib_name, name),
            Want::LibVer(version) => is_said(&locked(&client.meta).lib_ver, version),
            Want::AgeSeconds(age) => (now.wall_ms - client.created_ms) / 1000 >= *age,
            Want::IdleSeconds(idle) => {
                let active = client.active_ms.load(Ordering::Relaxed);
                i64::try_from(now.mono_ms.saturating_sub(active) / 1000).is_ok_and(|s| s >= *idle)
            }
            Want::Flags(letters) => has_letters(&client.flag_letters(), letters),
            Want::Capabilities(letters) => has_letters(client.capability_letters(), letters),
            Want::Db(db) => client.db.load(Ordering::Relaxed) == *db,
        }
    }
}

/// What a client has not said is nothing, not an empty text.
fn is_said(text: &str, wanted: &str) -> bool {
    !text.is_empty() && text == wanted
}

fn has_letters(text: &str, letters: &[u8]) -> bool {
    letters.iter().all(|letter| text.as_bytes().contains(letter))
}

/// The address without port and brackets.
fn ip_of(addr: &str) -> &str {
    let host = addr.rsplit_once(':').map_or(addr, |(host, _)| host);
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::ip_of;

    #[test]
    fn the_ip_of_an_address_stands_without_port_and_brackets() {
        let cases =
            [("10.0.0.1:6379", "10.0.0.1"), ("[::1]:6379", "::1"), ("/run/rtool.sock:0", "/run/rtool.sock")];
        for (addr, ip) in cases {
            assert_eq!(ip_of(addr), ip);
        }
    }
}
