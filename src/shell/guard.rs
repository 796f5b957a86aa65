//! The guard before commands that destroy: how much is at stake decides how the shell asks.
//!
//! | tier | asks | commands |
//! |---|---|---|
//! | note | nothing, says what it costs | KEYS, MONITOR, whole reads of big values |
//! | ask | yes or no | FLUSHDB, many keys at once, CONFIG SET, CLIENT KILL ... |
//! | name | type the server's name | FLUSHALL, SHUTDOWN, REPLICAOF ... |
//!
//! In production each is one step higher. Only a person is asked: at the prompt always, for one command on a
//! terminal in production. A script in production needs `--yes`; elsewhere scripts run as they always did.
//! `@dangerous` alone would be too much: it holds INFO and CLIENT.

use std::io::IsTerminal;

use super::engine::Engine;
use super::words::Command;
use crate::args::cli::CliArgs;
use crate::catalog::{self, flags};
use crate::client::Endpoint;
use crate::clock;
use crate::names::profiles::{Colour, Confirm, Profile};
use crate::ui::{Kind, Result, Style, prompt};

/// Keys that one DEL or UNLINK may name before it asks.
const KEYS_UNASKED: usize = 100;

/// Elements of a value that may be read whole without a remark.
const ELEMENTS_UNREMARKED: i64 = 10_000;

/// What is allowed on a server.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The name it was called by.
    pub name: Option<String>,
    /// The kind of place, by the profile.
    pub env: Option<String>,
    /// Whether mistakes cost most here.
    pub production: bool,
    /// The prompt's colour.
    pub colour: Option<Colour>,
    /// Whether what writes is refused.
    pub read_only: bool,
    asked_read_only: bool,
    confirm: Confirm,
    yes: bool,
}

impl Policy {
    /// The rules of the options and the profile together.
    pub fn new(args: &CliArgs, name: Option<String>, profile: &Profile) -> Self {
        let mut policy = Self {
            name: None,
            env: None,
            production: false,
            colour: None,
            read_only: args.read_only,
            asked_read_only: args.read_only,
            confirm: Confirm::Default,
            yes: args.yes,
        };
        policy.enter(name, profile);
        policy
    }

    /// The rules of another server; what the command line said stays.
    pub fn enter(&mut self, name: Option<String>, profile: &Profile) {
        let production = profile.is_production();
        self.name = name;
        self.env.clone_from(&profile.env);
        self.production = production;
        self.colour = profile.colour.or(production.then_some(Colour::Red));
        self.read_only = self.asked_read_only || profile.read_only;
        self.confirm = profile.confirm;
    }

    /// No rules: on a server of one's own.
    pub fn leave(&mut self) {
        self.enter(Some("scratch".to_owned()), &Profile { confirm: Confirm::Never, ..Profile::default() });
        self.read_only = false;
        self.colour = Some(Colour::Green);
    }
}

/// How much is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Nothing to speak of.
    None,
    /// It costs time.
    Note,
    /// It destroys something, or changes the server.
    Ask,
    /// It destroys everything, or takes the server away.
    Name,
}

impl Tier {
    fn raised(self) -> Self {
        match self {
            Tier::None => Tier::None,
            Tier::Note => Tier::Ask,
            Tier::Ask | Tier::Name => Tier::Name,
        }
    }
}

/// Command words, their tier, and what they do, in the words of the question.
const RULES: &[(&[&str], Tier, &str)] = &[
    (
        &["keys"],
        Tier::Note,
        "looks at every key in one go, and nobody else is served meanwhile; SCAN does not",
    ),
    (&["monitor"], Tier::Note, "makes the server send every command it runs; it can cost half of its speed"),
    (&["flushdb"], Tier::Ask, "deletes every key of this database"),
    (&["swapdb"], Tier::Ask, "exchanges two databases for every client"),
    (&["config", "set"], Tier::Ask, "changes how the running server behaves"),
    (&["config", "resetstat"], Tier::Ask, "forgets the server's statistics"),
    (&["client", "kill"], Tier::Ask, "closes connections of others"),
    (&["client", "pause"], Tier::Ask, "keeps every client waiting"),
    (&["script", "flush"], Tier::Ask, "forgets the scripts that clients rely on"),
    (&["function", "flush"], Tier::Ask, "deletes every function"),
    (&["function", "delete"], Tier::Ask, "deletes a library of functions"),
    (&["function", "restore"], Tier::Ask, "replaces functions"),
    (&["acl", "deluser"], Tier::Ask, "deletes users and closes their connections"),
    (&["acl", "load"], Tier::Ask, "replaces every user by those of the file"),
    (&["debug"], Tier::Ask, "is for developers and can stop the server"),
    (&["failover"], Tier::Ask, "makes a replica the master"),
    (&["cluster", "failover"], Tier::Ask, "makes this replica the master of its slots"),
    (&["cluster", "forget"], Tier::Ask, "removes a node from the cluster"),
    (&["cluster", "delslots"], Tier::Ask, "takes slots from this node"),
    (&["flushall"], Tier::Name, "deletes every key of every database"),
    (&["shutdown"], Tier::Name, "stops the server"),
    (&["replicaof"], Tier::Name, "changes whom the server follows; as a replica it drops its own data"),
    (&["slaveof"], Tier::Name, "changes whom the server follows; as a replica it drops its own data"),
    (&["cluster", "reset"], Tier::Name, "makes the node forget its cluster"),
    (&["cluster", "flushslots"], Tier::Name, "takes every slot from this node"),
];

/// Commands that read a value whole: the command, how its length is asked for, and the better way.
const WHOLE_READS: &[(&str, &str, &str)] = &[
    ("hgetall", "HLEN", "HSCAN"),
    ("hvals", "HLEN", "HSCAN"),
    ("hkeys", "HLEN", "HSCAN"),
    ("smembers", "SCARD", "SSCAN"),
];

/// What the rules say of a command: its tier here, and what it does.
pub fn judge(policy: &Policy, command: &Command<'_>) -> (Tier, &'static str) {
    let rule = RULES.iter().rev().find(|rule| command.starts_with(rule.0));
    let (tier, does) = match rule {
        Some(rule) => (rule.1, rule.2),
        None if deletes_many(command) => (Tier::Ask, "deletes many keys at once"),
        None => (Tier::None, "writes"),
    };
    let tier = if policy.production { tier.raised() } else { tier };
    match policy.confirm {
        Confirm::Never => (Tier::None, does),
        Confirm::Always if writes(command) => (tier.max(Tier::Ask), does),
        Confirm::Always | Confirm::Default => (tier, does),
    }
}

fn deletes_many(command: &Command<'_>) -> bool {
    (command.is("del") || command.is("unlink")) && command.tail(1).len() > KEYS_UNASKED
}

/// Whether a command writes, or could: one that the catalog does not know could.
pub fn writes(command: &Command<'_>) -> bool {
    let words = command.args();
    let Some(found) = words.first().and_then(|name| catalog::lookup(name)) else { return true };
    let sub = words.get(1).and_then(|name| catalog::lookup_sub(found, name));
    sub.unwrap_or(found).flags & (flags::WRITE | flags::MAY_REPLICATE) != 0
}

/// Whether a command may be sent: a person said yes, or nobody needs to be asked.
///
/// # Errors
/// The terminal cannot be read or written.
pub async fn allows(engine: &mut Engine, command: &Command<'_>) -> Result<bool> {
    let (tier, does) = judge(&engine.policy, command);
    if engine.policy.read_only && (writes(command) || is_administration(command)) {
        let name = command.name().to_ascii_uppercase();
        engine.console.notes.note(&format!("{name} is refused: this session is read-only"));
        return Ok(false);
    }
    if engine.policy.yes {
        return Ok(true);
    }
    let asks_here = engine.interactive || engine.policy.production;
    match tier {
        Tier::None if engine.interactive => {
            remark_on_size(engine, command).await;
            Ok(true)
        }
        Tier::Note if engine.interactive => {
            let name = command.name().to_ascii_uppercase();
            let keys = match engine.session.is_plain() {
                true => engine.ask(&["DBSIZE"]).await.ok().and_then(|reply| reply.as_int()),
                false => None,
            };
            let keys = keys.map(|keys| format!(" ({keys} keys here)")).unwrap_or_default();
            note(engine, &format!("{name} {does}{keys}"));
            Ok(true)
        }
        Tier::Ask | Tier::Name if asks_here => ask(engine, command, tier, does).await,
        _ => Ok(true),
    }
}

/// Whether a command of this name takes everything, or the server, away.
pub fn is_fatal(command: &Command<'_>) -> bool {
    RULES.iter().any(|rule| rule.1 == Tier::Name && rule.0.len() == 1 && command.starts_with(rule.0))
}

/// Whether the rules alone call it dangerous: read-only sessions do without such commands.
fn is_administration(command: &Command<'_>) -> bool {
    RULES.iter().any(|rule| rule.1 >= Tier::Ask && command.starts_with(rule.0))
}

fn note(engine: &mut Engine, text: &str) {
    let line = engine.console.notes.paint(Style::Warn, &format!("note: {text}"));
    engine.console.notes.note(&line);
}

/// A word on a whole read of something big.
async fn remark_on_size(engine: &mut Engine, command: &Command<'_>) {
    let Some(row) = WHOLE_READS.iter().find(|row| command.is(row.0)) else { return };
    let [key] = command.tail(1) else { return };
    if !engine.session.is_plain() {
        return;
    }
    let length = engine.ask(&[row.1.as_bytes(), key]).await.ok().and_then(|reply| reply.as_int());
    if let Some(length) = length.filter(|length| *length > ELEMENTS_UNREMARKED) {
        note(engine, &format!("{length} elements in one reply; {} gives them in parts", row.2));
    }
}

async fn ask(engine: &mut Engine, command: &Command<'_>, tier: Tier, does: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() || !engine.console.notes.is_terminal() {
        engine
            .console
            .notes
            .note("this asks for a confirmation here, and nobody is there to give it: use --yes");
        return Ok(false);
    }
    let stake = stake(engine).await;
    let name =
        command.args().iter().take(2).map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>().join(" ");
    let line = engine.console.notes.paint(Style::Bad, &format!("{} {does}.", name.to_ascii_uppercase()));
    engine.console.notes.note(&line);
    engine.console.notes.note(&stake);
    let server = server_name(engine);
    let answer = match tier {
        Tier::Name => prompt::typed(&mut engine.console.notes, "server", &server),
        _ => prompt::confirm(&mut engine.console.notes, "Do it?"),
    };
    match answer {
        Ok(true) => Ok(true),
        Ok(false) => {
            engine.console.notes.note("(not sent)");
            Ok(false)
        }
        Err(error) if error.kind() == Kind::Refused => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is to be typed: the profile's name, else the address.
fn server_name(engine: &Engine) -> String {
    engine.policy.name.clone().unwrap_or_else(|| match engine.session.endpoint() {
        Endpoint::Unix(path) => path.display().to_string(),
        tcp => tcp.to_string(),
    })
}

/// Where it would happen and what is there.
async fn stake(engine: &mut Engine) -> String {
    let mut parts = vec![format!("on {}", server_name(engine))];
    if !engine.session.is_plain() {
        return parts.remove(0);
    }
    let info = match engine.ask(&["INFO"]).await {
        Ok(reply) => {
            reply.as_bytes().map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
        }
        Err(_) => return parts.remove(0),
    };
    let field =
        |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    if let Some(role) = field("role") {
        let replicas = field("connected_slaves").unwrap_or("0");
        parts.push(format!("{role} with {replicas} replicas"));
    }
    let keys: u64 = info
        .lines()
        .filter_map(|line| {
            line.strip_prefix("db")?.split_once(":keys=")?.1.split(',').next()?.parse::<u64>().ok()
        })
        .sum();
    parts.push(format!("{keys} keys"));
    if let Some(saved) = field("rdb_last_save_time").and_then(|time| time.parse::<i64>().ok()) {
        let minutes = (clock::wall_ms() / 1000 - saved).max(0) / 60;
        parts.push(format!("last save {minutes} minutes ago"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{self, parse};

    fn policy(profile: &Profile) -> Policy {
        let args::Command::Cli(args) = parse(["rtool", "cli"].map(Into::into)).unwrap().command else {
            panic!()
        };
        Policy::new(&args, None, profile)
    }

    fn tier(profile: &Profile, line: &str) -> Tier {
        let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        judge(&policy(profile), &Command::new(&words).unwrap()).0
    }

    #[test]
    fn by_what_is_at_stake() {
        let plain = Profile::default();
        let many = format!("DEL {}", vec!["k"; 101].join(" "));
        let table = [
            ("GET k", Tier::None),
            ("DEL a b", Tier::None),
            ("INFO", Tier::None),
            ("CONFIG GET x", Tier::None),
            ("CLIENT LIST", Tier::None),
            ("KEYS *", Tier::Note),
            (&many, Tier::Ask),
            ("FLUSHDB", Tier::Ask),
            ("config set a b", Tier::Ask),
            ("FLUSHALL ASYNC", Tier::Name),
            ("SHUTDOWN", Tier::Name),
            ("cluster reset hard", Tier::Name),
        ];
        for (line, expected) in table {
            assert_eq!(tier(&plain, line), expected, "{line}");
        }
    }

    #[test]
    fn production_asks_one_step_earlier() {
        let production = Profile { env: Some("prod".into()), ..Profile::default() };
        assert_eq!(tier(&production, "GET k"), Tier::None);
        assert_eq!(tier(&production, "KEYS *"), Tier::Ask);
        assert_eq!(tier(&production, "FLUSHDB"), Tier::Name);
        let careful = Profile { confirm: Confirm::Always, ..Profile::default() };
        assert_eq!((tier(&careful, "SET k v"), tier(&careful, "GET k")), (Tier::Ask, Tier::None));
        let careless = Profile { confirm: Confirm::Never, ..Profile::default() };
        assert_eq!(tier(&careless, "FLUSHALL"), Tier::None);
    }

    #[test]
    fn what_writes() {
        let writes = |line: &str| {
            let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            writes(&Command::new(&words).unwrap())
        };
        for line in ["SET k v", "EVAL s 0", "FUNCTION LOAD x", "nosuch a", "XADD s * a b"] {
            assert!(writes(line), "{line}");
        }
        for line in ["GET k", "INFO", "EVAL_RO s 0", "FUNCTION LIST", "SCAN 0", "CLIENT KILL x"] {
            assert!(!writes(line), "{line}");
        }
    }
}
