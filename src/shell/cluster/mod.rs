//! `--cluster`: the cluster manager. Words, options and output are redis-cli's; one file for each kind of work.
//!
//! ```text
//! words --mod--> Manager: nodes loaded from one of them (load)
//!                   |-- create            empty nodes become a cluster
//!                   |-- check, fix        do all agree, is every slot owned, is none half moved
//!                   |-- reshard, balance  slots move (move_slots), their keys first
//!                   +-- members           add-node, del-node, call, set-timeout, info, import, backup
//! ```
//!
//! A slot moves in an order in which no crash leaves it without an owner: the target learns that it owns it before the
//! source learns that it does not.

mod balance;
mod check;
mod create;
mod fix;
mod load;
mod members;
mod move_slots;
mod node;
mod reshard;
mod transfer;

use tokio::runtime::Runtime;

use super::engine::Engine;
use crate::args::cli::CliArgs;
use crate::args::cli_cluster::ClusterArgs;
use crate::client::{Client, Endpoint};
use crate::resp::value::Value;
use crate::ui::{Error, Exit, Result};
use node::Node;

/// A subcommand: its name, how many words it needs (a negative number: at least so many), and the words.
const COMMANDS: &[(&str, i32, &str)] = &[
    ("create", -2, "host1:port1 ... hostN:portN"),
    ("check", -1, "<host:port> or <host> <port> - separated by either colon or space"),
    ("info", -1, "<host:port> or <host> <port> - separated by either colon or space"),
    ("fix", -1, "<host:port> or <host> <port> - separated by either colon or space"),
    ("reshard", -1, "<host:port> or <host> <port> - separated by either colon or space"),
    ("rebalance", -1, "<host:port> or <host> <port> - separated by either colon or space"),
    ("add-node", 2, "new_host:new_port existing_host:existing_port"),
    ("del-node", 2, "host:port node_id"),
    ("call", -2, "host:port command arg arg .. arg"),
    ("set-timeout", 2, "host:port milliseconds"),
    ("import", 1, "host:port"),
    ("backup", 2, "host:port backup_directory"),
    ("help", 0, ""),
];

const NO_ADDRESS: &str = "[ERR] Invalid arguments: you need to pass either a valid address (ie. 120.0.0.1:7000) or \
space separated IP and port (ie. 120.0.0.1 7000)\n";

/// What a line of the manager means: its colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A step.
    Info,
    /// Something to look at.
    Warn,
    /// Something wrong.
    Bad,
    /// As it should be.
    Good,
}

/// The work ends here; what there was to say is said.
#[derive(Debug)]
pub struct Failed;

/// The result of a part of the work.
pub type Step<T> = std::result::Result<T, Failed>;

/// A cluster being worked on.
pub struct Manager<'a> {
    engine: &'a mut Engine,
    args: &'a CliArgs,
    nodes: Vec<Node>,
    errors: Vec<String>,
    unreachable_masters: usize,
    fixing: bool,
    colour: bool,
    /// The output cannot be written any more.
    broken: Option<Error>,
}

/// Runs the subcommand.
///
/// # Errors
/// The output cannot be written.
pub fn run(args: &CliArgs, engine: &mut Engine, runtime: &Runtime) -> Result<Exit> {
    // The words before the options, and those behind them: redis-cli takes both.
    let mut words = args.cluster.cluster.clone();
    words.extend(args.command.iter().map(|word| word.to_string_lossy().into_owned()));
    let name = words.remove(0);
    let Some(row) = COMMANDS.iter().find(|row| row.0 == name) else {
        engine.console.notes.note("Unknown --cluster subcommand");
        return Ok(usage(engine));
    };
    let fits =
        if row.1 >= 0 { words.len() == row.1 as usize } else { words.len() >= row.1.unsigned_abs() as usize };
    if !fits {
        engine.console.notes.note("[ERR] Wrong number of arguments for specified --cluster sub command");
        return Ok(usage(engine));
    }
    let xterm = std::env::var("TERM").is_ok_and(|term| term.contains("xterm"));
    let colour = if engine.face.is_strict() { xterm } else { engine.console.data.has_color() };
    let mut manager = Manager {
        engine,
        args,
        nodes: Vec::new(),
        errors: Vec::new(),
        unreachable_masters: 0,
        fixing: name == "fix",
        colour,
        broken: None,
    };
    let done = runtime.block_on(manager.dispatch(&name, &words));
    match manager.broken {
        Some(error) => Err(error),
        None => Ok(if done.is_ok() { Exit::DONE } else { Exit::FAILED }),
    }
}

fn usage(engine: &Engine) -> Exit {
    if engine.face.is_strict() { Exit::FAILED } else { Exit::USAGE }
}

impl Manager<'_> {
    async fn dispatch(&mut self, name: &str, words: &[String]) -> Step<()> {
        match name {
            "create" => self.create(words).await,
            "check" | "fix" => {
                self.load_from_words(words).await?;
                self.show_summary().await?;
                self.check(false).await
            }
            "info" => {
                self.load_from_words(words).await?;
                self.show_summary().await
            }
            "reshard" => self.reshard(words).await,
            "rebalance" => self.rebalance(words).await,
            "add-node" => self.add_node(&words[0], &words[1]).await,
            "del-node" => self.del_node(&words[0], &words[1]).await,
            "call" => self.call_all(&words[0], &words[1..]).await,
            "set-timeout" => self.set_timeout(&words[0], &words[1]).await,
            "import" => self.import(&words[0]).await,
            "backup" => self.backup(&words[0], &words[1]).await,
            _ => self.help(),
        }
    }

    fn options(&self) -> &ClusterArgs {
        &self.args.cluster
    }

    /// Prints a line in the colour of its level.
    fn log(&mut self, level: Level, line: &str) {
        let code = match level {
            Level::Info => "29;1m",
            Level::Warn => "33;1m",
            Level::Bad => "31;1m",
            Level::Good => "32;1m",
        };
        let text = if self.colour { format!("\x1b[{code}{line}\n\x1b[0m") } else { format!("{line}\n") };
        self.print(&text);
    }

    /// Prints text as it is; a failure ends the work at the next step.
    fn print(&mut self, text: &str) {
        if let Err(error) = self.engine.console.data.bytes(text.as_bytes()) {
            self.broken.get_or_insert(error);
        }
    }

    fn line(&mut self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// Says what is wrong, and ends the work.
    fn fail<T>(&mut self, line: &str) -> Step<T> {
        self.log(Level::Bad, line);
        Err(Failed)
    }

    /// Says on standard error what is wrong, and ends the work.
    fn refuse<T>(&mut self, line: &str) -> Step<T> {
        self.engine.console.notes.note(line);
        Err(Failed)
    }

    /// Notes a problem of the cluster; the check goes on.
    fn problem(&mut self, line: String) {
        self.log(Level::Bad, &line);
        self.errors.push(line);
    }

    /// Asks; only `yes` means yes. `always` asks in spite of `--cluster-yes`.
    fn confirmed(&mut self, question: &str, always: bool) -> bool {
        let by_env = std::env::var("REDISCLI_CLUSTER_YES").is_ok_and(|value| value == "1");
        if !always && (self.options().cluster_yes || by_env) {
            return true;
        }
        self.print(&format!("{question} (type 'yes' to accept): "));
        self.read_line() == "yes"
    }

    /// A line of standard input without its end.
    fn read_line(&mut self) -> String {
        let mut answer = String::new();
        // What cannot be read is no answer.
        let _ = std::io::BufRead::read_line(&mut std::io::stdin().lock(), &mut answer);
        answer.trim_end().to_owned()
    }

    /// Sends a command to a node. An error is the node's line, or what became of the connection.
    async fn ask(&mut self, at: usize, words: &[impl AsRef<[u8]>]) -> std::result::Result<Value, String> {
        let Some(client) = self.nodes.get_mut(at).and_then(|node| node.client.as_mut()) else {
            return Err("not connected".to_owned());
        };
        client.command(words).await.map_err(|error| error.to_string())
    }

    /// As [`Manager::ask`]; an error is said and ends the work.
    async fn must(&mut self, at: usize, words: &[impl AsRef<[u8]>]) -> Step<Value> {
        match self.ask(at, words).await {
            Ok(value) => Ok(value),
            Err(error) => {
                let addr = self.nodes[at].addr();
                self.fail(&format!("Node {addr} replied with error:\n{error}"))
            }
        }
    }

    /// A text reply of a node.
    async fn text(&mut self, at: usize, words: &[&str]) -> Step<String> {
        let reply = self.must(at, words).await?;
        Ok(reply.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default())
    }

    /// Connects to a node, with the login of the command line.
    async fn connect(&mut self, node: &mut Node) -> Step<()> {
        let mut target = self.engine.session.target().clone();
        target.endpoint = Endpoint::tcp(node.host.clone(), node.port);
        target.db = 0;
        match Client::connect(&target).await {
            Ok(client) => {
                node.client = Some(client);
                Ok(())
            }
            Err(error) => self.refuse(&error.to_string()),
        }
    }

    fn by_id(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id.eq_ignore_ascii_case(id))
    }

    /// Places of the masters.
    fn masters(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|at| !self.nodes[*at].is_replica()).collect()
    }

    fn help(&mut self) -> Step<()> {
        self.line("Cluster Manager Commands:");
        for (name, _, words) in COMMANDS {
            self.line(format!("  {name:<15}{words}").trim_end());
        }
        self.line("\nFor check, fix, reshard, del-node, set-timeout, info, rebalance, call, import, backup you can specify the host and port of any working node in the cluster.");
        self.line("\nThe options of each are under `Cluster manager` in the help.\n");
        // redis-cli ends with 1 here.
        if self.engine.face.is_strict() { Err(Failed) } else { Ok(()) }
    }
}
