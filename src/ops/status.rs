//! `rtool status`: the whole group, found from any member, and whether it is healthy.

use serde_json::{Value as Json, json};

use super::facts::{Group, Live, NodeFacts};
use super::health::{self, Lag, Problem, Severity};
use super::run;
use super::session::{Fault, NAME_THE_PASSWORD};
use crate::args::status::StatusArgs;
use crate::names::topology::{Fleet, Node};
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::table::{Cell, Table};
use crate::ui::{Console, Error, Exit, Kind, Out, Style, format};

/// How many characters of a replication id tell two apart.
const REPLID_SHOWN: usize = 8;

/// Moves to the top left and clears what is below.
const CLEAR_SCREEN: &[u8] = b"\x1b[H\x1b[J";

/// The codes that Nagios knows.
const NAGIOS_WARNING: Exit = Exit::new(1);
const NAGIOS_CRITICAL: Exit = Exit::new(2);
const NAGIOS_UNKNOWN: Exit = Exit::new(3);

/// Runs the subcommand to its end.
///
/// # Errors
/// [`Kind::Unreachable`] when no node answers; usage errors.
pub fn run(args: StatusArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| show(args, console))
}

async fn show(args: StatusArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let (nodes, group_lag) = targets(&fleet, &args.targets)?;
    let max_lag = args.max_lag.or(group_lag).unwrap_or(health::MAX_LAG_BYTES);
    let Some(interval) = args.watch else { return look(&args, &fleet, nodes, max_lag, &mut console).await };
    let watching = async {
        loop {
            if console.data.is_terminal() {
                console.data.bytes(CLEAR_SCREEN)?;
            }
            // Nobody answering is what one wants to see the end of.
            if let Err(error) = look(&args, &fleet, nodes.clone(), max_lag, &mut console).await {
                error.report(&mut console);
            }
            tokio::time::sleep(interval).await;
        }
    };
    run::unless_interrupted(watching).await.unwrap_or(Ok(Exit::DONE))
}

/// One look, in the form that was asked for.
async fn look(
    args: &StatusArgs,
    fleet: &Fleet,
    nodes: Vec<Node>,
    max_lag: u64,
    console: &mut Console,
) -> Result<Exit> {
    let group = Group::read(fleet, nodes, args.talk.node_timeout).await?;
    if group.answering().next().is_none() {
        if args.nagios {
            console.data.line("UNKNOWN - no server of the group answers")?;
            return Ok(NAGIOS_UNKNOWN);
        }
        return Err(nobody_answers(&group));
    }
    let problems = health::problems(&group, max_lag);
    if args.nagios {
        return nagios(&group, &problems, console);
    }
    if args.talk.json {
        console.data.json(&document(&group, &problems))?;
    } else {
        table(&group).print(&mut console.data)?;
        print_problems(&problems, &mut console.data)?;
    }
    Ok(if is_healthy(&problems) { Exit::DONE } else { Exit::UNHEALTHY })
}

/// The line and the code that Nagios and its kin understand.
fn nagios(group: &Group, problems: &[Problem], console: &mut Console) -> Result<Exit> {
    let (word, exit) = match problems.first().map(|problem| problem.severity) {
        None => ("OK", Exit::DONE),
        Some(Severity::Warning) => ("WARNING", NAGIOS_WARNING),
        Some(Severity::Bad) => ("CRITICAL", NAGIOS_CRITICAL),
    };
    let nodes = group.nodes.len();
    let what = match problems {
        [] => format!("{nodes} nodes in order"),
        [first] => format!("{} {}", first.node, first.what),
        [first, rest @ ..] => format!("{} {} (and {} more)", first.node, first.what, rest.len()),
    };
    let lags = group.answering().filter_map(|(facts, live)| health::lag(group, facts, live).bytes);
    let lag = lags.max().unwrap_or(0);
    let masters = group.masters().count();
    // A bar would begin the figures.
    let what = what.replace('|', "/");
    console.data.line(&format!("{word} - {what} | nodes={nodes} masters={masters} lag={lag}B"))?;
    Ok(exit)
}

/// The nodes to start from, and the lag limit of their group.
fn targets(fleet: &Fleet, words: &[String]) -> Result<(Vec<Node>, Option<u64>)> {
    let named = match words {
        [] => fleet.group(None)?,
        [word] => fleet.group(Some(word))?,
        _ => None,
    };
    if let Some(group) = named {
        return Ok((group.nodes, group.max_lag_bytes));
    }
    if words.is_empty() {
        return Err(Error::usage("name a server").hint("rtool status 127.0.0.1:6379"));
    }
    let nodes: Vec<Node> = words.iter().map(|word| fleet.node(word)).collect::<Result<_>>()?;
    let listed = nodes.first().map(|node| fleet.group_of(&node.addr)).transpose()?.flatten();
    Ok((nodes, listed.and_then(|group| group.max_lag_bytes)))
}

/// The error when no node answers: nothing can be said about the group.
pub fn nobody_answers(group: &Group) -> Error {
    let error = Error::new(Kind::Unreachable, "no server of the group answers");
    let mut denied = false;
    let error = group.nodes.iter().fold(error, |error, facts| match &facts.answer {
        Ok(_) => error,
        Err(fault) => {
            denied |= matches!(fault, Fault::Denied(_));
            error.cause(format!("{}: {}", facts.title(), fault.text()))
        }
    });
    match denied {
        true => error.hint(NAME_THE_PASSWORD),
        false => error,
    }
}

fn is_healthy(problems: &[Problem]) -> bool {
    problems.iter().all(|problem| problem.severity != Severity::Bad)
}

fn table(group: &Group) -> Table {
    let mut table = Table::new(&[
        "NODE",
        "ROLE",
        "LINK",
        "OFFSET",
        "LAG",
        "KEYS",
        "MEMORY",
        "PERSISTENCE",
        "REPLID",
        "SERVER",
    ]);
    for facts in &group.nodes {
        table.row(match facts.live() {
            Some(live) => row(group, facts, live),
            None => silent_row(facts),
        });
    }
    table
}

fn silent_row(facts: &NodeFacts) -> Vec<Cell> {
    let mut row = vec![facts.title().into(), Cell::styled("unreachable", Style::Bad)];
    row.resize_with(10, || "-".into());
    row
}

fn row(group: &Group, facts: &NodeFacts, live: &Live) -> Vec<Cell> {
    vec![
        facts.title().into(),
        role(live).into(),
        link(live),
        live.offset.to_string().into(),
        lag_text(health::lag(group, facts, live)).into(),
        live.keys.to_string().into(),
        format::bytes(live.memory).into(),
        persistence(live),
        live.replid.get(..REPLID_SHOWN).unwrap_or("-").into(),
        live.software.as_str().into(),
    ]
}

fn role(live: &Live) -> String {
    match live.following() {
        None => "master".to_owned(),
        Some(following) => match &following.master {
            Some(master) => format!("replica of {master}"),
            None => "replica".to_owned(),
        },
    }
}

fn link(live: &Live) -> Cell {
    match live.following() {
        None => format::count(live.replicas().len() as u64, "replica").into(),
        Some(following) if following.syncing => Cell::styled("syncing", Style::Warn),
        Some(following) if following.link_up => Cell::styled("up", Style::Good),
        Some(_) => Cell::styled("down", Style::Bad),
    }
}

fn lag_text(lag: Lag) -> String {
    match (lag.bytes, lag.seconds) {
        (Some(bytes), Some(seconds)) => format!("{} {seconds}s", format::bytes(bytes)),
        (Some(bytes), None) => format::bytes(bytes),
        (None, Some(seconds)) => format!("{seconds}s"),
        (None, None) => "-".to_owned(),
    }
}

fn persistence(live: &Live) -> Cell {
    let snapshots = live.setting("save").is_some_and(|save| !save.is_empty());
    match (live.persistence.aof, snapshots) {
        _ if live.persistence.aof_write_failed || live.persistence.save_failed => {
            Cell::styled("failing", Style::Bad)
        }
        (true, true) => "aof+rdb".into(),
        (true, false) => "aof".into(),
        (false, true) => "rdb".into(),
        (false, false) if live.is_persistent() => "-".into(),
        (false, false) => Cell::styled("none", Style::Warn),
    }
}

fn print_problems(problems: &[Problem], out: &mut Out) -> Result<()> {
    if problems.is_empty() {
        let healthy = out.paint(Style::Good, "healthy");
        return out.line(&format!("\n{healthy}"));
    }
    out.line("")?;
    for problem in problems {
        let label = match problem.severity {
            Severity::Bad => out.paint(Style::Bad, "problem:"),
            Severity::Warning => out.paint(Style::Warn, "warning:"),
        };
        out.line(&format!("{label} {} {}", problem.node, problem.what))?;
        if let Some(mend) = &problem.mend {
            out.line(&format!("  mend: {mend}"))?;
        }
    }
    Ok(())
}

fn document(group: &Group, problems: &[Problem]) -> Json {
    json!({
        "schema": SCHEMA,
        "ok": true,
        "verb": "status",
        "healthy": is_healthy(problems),
        "nodes": group.nodes.iter().map(|facts| node_document(group, facts)).collect::<Vec<_>>(),
        "problems": problems.iter().map(problem_document).collect::<Vec<_>>(),
    })
}

/// A problem for `--json`.
pub fn problem_document(problem: &Problem) -> Json {
    let severity = match problem.severity {
        Severity::Bad => "bad",
        Severity::Warning => "warning",
    };
    json!({ "severity": severity, "node": problem.node, "what": problem.what, "mend": problem.mend })
}

fn node_document(group: &Group, facts: &NodeFacts) -> Json {
    let head = json!({
        "addr": facts.node.addr.to_string(),
        "name": facts.node.name,
        "aliases": facts.aliases.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    let body = match &facts.answer {
        Ok(live) => live_document(group, facts, live),
        Err(fault) => json!({ "answers": false, "error": fault.text() }),
    };
    merged(head, body)
}

fn merged(mut into: Json, from: Json) -> Json {
    if let (Some(into), Json::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
    into
}

fn live_document(group: &Group, facts: &NodeFacts, live: &Live) -> Json {
    let lag = health::lag(group, facts, live);
    let following = live.following();
    json!({
        "answers": true,
        "run_id": live.run_id,
        "server": live.software,
        "mode": live.mode,
        "role": if live.is_master() { "master" } else { "replica" },
        "master": following.and_then(|f| f.master.as_ref()).map(ToString::to_string),
        "link": following.map(|f| if f.link_up { "up" } else { "down" }),
        "syncing": following.map(|f| f.syncing),
        "read_only": following.map(|f| f.read_only),
        "priority": following.map(|f| f.priority),
        "replicas": live.replicas().iter().map(|line| line.addr.to_string()).collect::<Vec<_>>(),
        "offset": live.offset,
        "lag_bytes": lag.bytes,
        "lag_seconds": lag.seconds,
        "replid": live.replid,
        "replid2": live.replid2,
        "keys": live.keys,
        "memory_bytes": live.memory,
        "loading": live.loading,
        "aof": live.persistence.aof,
        "save": live.setting("save"),
        "persistence_failing": live.persistence.aof_write_failed || live.persistence.save_failed,
        "config_file": live.config_file,
    })
}
