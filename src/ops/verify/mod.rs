//! `rtool verify A B`: whether two servers hold the same, on live servers and in bounded memory.
//!
//! ```text
//!  SCAN A --keys--> sizes --small--> DUMP, PTTL on both --same--> next
//!                     |                   | the dumps differ: another encoding, another version, another value
//!                     \--big--------------+--> digest of the value, piece by piece (digest)
//!                                                | still different: read again twice, a write may be on its way
//!                                                \--> a difference
//!  SCAN B --keys--> EXISTS on A --none--> only on B
//! ```

mod compare;
mod digest;

use std::path::Path;

use serde_json::{Value as Json, json};

use super::run;
use super::session::{Fault, NAME_THE_PASSWORD, Session};
use crate::args::verify::VerifyArgs;
use crate::client::snapshot::Pending;
use crate::clock::Stopwatch;
use crate::names::topology::{Fleet, Node};
use crate::resp::quote;
use crate::ui::error::Result;
use crate::ui::json::SCHEMA;
use crate::ui::progress::{Progress, Unit};
use crate::ui::table::Table;
use crate::ui::{Console, Error, Exit, Kind, format};
use compare::{Found, Options, Pair, Report};

/// Differences that a list before a rejoin names; all are counted.
const DIFFERENCES_MAX: usize = 1_000_000;

/// How far times to live may be apart in that list, in milliseconds.
const TTL_TOLERANCE_MS: i64 = 1000;

/// Runs the subcommand to its end.
///
/// # Errors
/// Refusals and failures; the kind is the exit code.
pub fn run(args: VerifyArgs) -> Result<Exit> {
    let talk = args.talk.clone();
    run::verb(&talk, |console| verify(args, console))
}

async fn verify(args: VerifyArgs, mut console: Console) -> Result<Exit> {
    let fleet = Fleet::load(&args.login, &mut console.notes)?;
    let (a, b) = (fleet.node(&args.a)?, fleet.node(&args.b)?);
    let (first, second) = (open(&a, &args).await?, open(&b, &args).await?);
    let options = Options {
        pattern: args.pattern.as_ref().map(|pattern| pattern.as_encoded_bytes().to_vec()),
        sample: args.sample,
        tolerance_ms: i64::try_from(args.ttl_tolerance.as_millis()).unwrap_or(i64::MAX),
        listed: args.max,
    };
    let progress = Progress::start(&console.notes, "compared", Unit::Items);
    let time = Stopwatch::start();
    let comparison = Pair::new(first, second, options).run(&progress);
    let report = run::unless_interrupted(comparison).await;
    drop(progress);
    let report = report
        .ok_or_else(|| Error::new(Kind::Interrupted, "interrupted; nothing was changed"))?
        .map_err(|fault| Error::new(Kind::Unreachable, "the comparison broke off").cause(fault.text()))?;
    let seconds = time.elapsed().as_secs_f64();
    match args.talk.json {
        true => console.data.json(&document(&report, seconds))?,
        false => print(&report, (&a, &b), seconds, &mut console)?,
    }
    Ok(if report.differences == 0 { Exit::DONE } else { Exit::VERIFICATION })
}

/// Lists the keys that differ, a JSON line each; how many there are.
///
/// # Errors
/// A server, or the file, in words for the user.
pub async fn list(a: Session, b: Session, file: &Path, progress: &Progress) -> Result<u64, String> {
    let options =
        Options { pattern: None, sample: None, tolerance_ms: TTL_TOLERANCE_MS, listed: DIFFERENCES_MAX };
    let report = Pair::new(a, b, options).run(progress).await.map_err(|fault| fault.text().to_owned())?;
    let unwritable = |error: std::io::Error| format!("{}: {error}", file.display());
    let mut pending = Pending::create(file).map_err(unwritable)?;
    for found in &report.found {
        pending.write(format!("{}\n", difference(found)).as_bytes()).map_err(unwritable)?;
    }
    pending.finish().map_err(unwritable)?;
    Ok(report.differences)
}

async fn open(node: &Node, args: &VerifyArgs) -> Result<Session> {
    Session::open(node, args.talk.node_timeout).await.map_err(|fault| {
        let error = Error::new(Kind::Unreachable, format!("{} does not answer", node.addr));
        let error = error.cause(fault.text());
        match fault {
            Fault::Denied(_) => error.hint(NAME_THE_PASSWORD),
            _ => error,
        }
    })
}

fn print(report: &Report, (a, b): (&Node, &Node), seconds: f64, console: &mut Console) -> Result<()> {
    let mut counts = Table::new(&["DATABASE", &a.addr.to_string(), &b.addr.to_string()]);
    for (db, first, second) in &report.counts {
        counts.row(vec![db.to_string().into(), first.to_string().into(), second.to_string().into()]);
    }
    counts.print(&mut console.data)?;
    for found in &report.found {
        let mut key = Vec::new();
        quote::repr(&mut key, &found.key);
        let key = String::from_utf8_lossy(&key);
        console.data.line(&format!("db {} {key}: {}", found.db, words(found, a, b)))?;
    }
    let unlisted = report.differences - report.found.len() as u64;
    if unlisted > 0 {
        console.data.line(&format!("and {} more", format::count(unlisted, "difference")))?;
    }
    let verdict = match report.differences {
        0 => "no difference".to_owned(),
        count => format::count(count, "difference"),
    };
    console
        .data
        .line(&format!("{verdict} in {} compared in {seconds:.1} s", format::count(report.compared, "key")))
}

fn words(found: &Found, a: &Node, b: &Node) -> String {
    match found.what {
        compare::What::OnlyA => format!("only on {}", a.addr),
        compare::What::OnlyB => format!("only on {}", b.addr),
        compare::What::Value => "the values differ".to_owned(),
        compare::What::Ttl(first, second) => {
            let ttl = |ms: i64| if ms < 0 { "none".to_owned() } else { format!("{ms} ms") };
            format!("time to live {} on {}, {} on {}", ttl(first), a.addr, ttl(second), b.addr)
        }
    }
}

fn document(report: &Report, seconds: f64) -> Json {
    let counts: Vec<Json> =
        report.counts.iter().map(|(db, a, b)| json!({ "db": db, "a": a, "b": b })).collect();
    let found: Vec<Json> = report.found.iter().map(difference).collect();
    json!({
        "schema": SCHEMA,
        "ok": report.differences == 0,
        "compared": report.compared,
        "differences": report.differences,
        "counts": counts,
        "found": found,
        "seconds": seconds,
    })
}

fn difference(found: &Found) -> Json {
    let key = match std::str::from_utf8(&found.key) {
        Ok(text) => json!(text),
        Err(_) => {
            let mut key = Vec::new();
            quote::repr(&mut key, &found.key);
            json!({ "$repr": String::from_utf8_lossy(&key) })
        }
    };
    let (what, ttl) = match found.what {
        compare::What::OnlyA => ("only-a", None),
        compare::What::OnlyB => ("only-b", None),
        compare::What::Value => ("value", None),
        compare::What::Ttl(a, b) => ("ttl", Some([a, b])),
    };
    json!({ "db": found.db, "key": key, "what": what, "ttl_ms": ttl })
}
