//! MIGRATE: keys go to another server and are deleted here once that one has accepted them.
//!
//! What holds, whatever breaks:
//!
//! - A key is deleted only after the other server's OK for it. A lost answer, a timeout, an error leave it here;
//!   it may then be in both places, as in Redis.
//! - Between the look and the deletion nobody changes the key: writers of it wait (`moving.rs`), for the
//!   command's timeout at most. Readers do not, nor does anybody who wants other keys: no shard is held while the
//!   other server works. With COPY nobody waits at all: what was encoded is sent.
//! - When the server becomes a replica meanwhile, nothing is deleted, and the client is told.
//! - Replicas and the append-only file get a DEL of the accepted keys.
//!
//! A transaction cannot contain it: it would have to hold its shards while the other server works.

use std::time::Duration;

use crate::persist::rdb::{Encoder, dump};
use crate::resp::request::encode_command;
use crate::resp::{Args, OwnedArgs};
use crate::server::commands::{Table, parse};
use crate::server::config::Events;
use crate::server::ctx::{Ctx, Next};
use crate::server::fault::{self, Fault};
use crate::server::migration::{Job, Target};
use crate::server::moving::Moving;
use crate::server::session::Origin;

/// This family's handlers.
pub const TABLE: Table = &[("migrate", migrate)];

/// The timeout of those who give none.
const TIMEOUT_MS: u64 = 1000;

/// What MIGRATE was told behind the timeout.
struct Options<'a> {
    copy: bool,
    replace: bool,
    auth: Vec<Vec<u8>>,
    keys: Args<'a>,
}

impl<'a> Options<'a> {
    fn parse(args: Args<'a>) -> Result<Options<'a>, Fault> {
        let one = args.slice(3, 4);
        let mut options = Options { copy: false, replace: false, auth: Vec::new(), keys: one };
        let mut i = 6;
        while let Some(word) = args.get(i) {
            let more = args.len() - 1 - i;
            let words = match () {
                () if parse::is(word, "auth") => 1,
                () if parse::is(word, "auth2") => 2,
                () => 0,
            };
            match () {
                () if words > more => return Err(fault::SYNTAX),
                () if words > 0 => {
                    options.auth = args.slice(i + 1, i + 1 + words).iter().map(<[u8]>::to_vec).collect()
                }
                () if parse::is(word, "copy") => options.copy = true,
                () if parse::is(word, "replace") => options.replace = true,
                () if parse::is(word, "keys") => {
                    options.keys = behind_keys(args, i)?;
                    break;
                }
                () => return Err(fault::SYNTAX),
            }
            i += 1 + words;
        }
        Ok(options)
    }
}

fn behind_keys(args: Args<'_>, at: usize) -> Result<Args<'_>, Fault> {
    if !args.at(3).is_empty() {
        return Err(Fault::new(
            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
        ));
    }
    Ok(args.tail(at + 1))
}

fn migrate(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let options = Options::parse(args)?;
    let timeout = parse::int(args.at(5))?;
    let db = parse::int(args.at(4))?;
    if ctx.session.in_exec || ctx.session.origin != Origin::Client {
        return Err(Fault::new("ERR MIGRATE waits for another server, which a transaction cannot"));
    }
    let (keys, requests) = encode(ctx, &options);
    if keys.is_empty() {
        ctx.reply.simple("NOKEY");
        return Ok(());
    }
    let timeout_ms = u64::try_from(timeout).ok().filter(|ms| *ms > 0).unwrap_or(TIMEOUT_MS);
    let port = std::str::from_utf8(args.at(2)).ok().and_then(|port| port.parse().ok()).unwrap_or(0);
    ctx.next = Next::Migrate(Box::new(Job {
        target: Target { host: parse::lossy(args.at(1)), port, auth: options.auth },
        db,
        timeout: Duration::from_millis(timeout_ms),
        requests,
        moving: (!options.copy).then(|| Moving::begin(ctx.server, keys.clone())),
        keys,
        epoch: ctx.server.links.epoch(),
        command: ctx.command,
        args: OwnedArgs::from(args),
        session: ctx.session.beside(),
    }));
    Ok(())
}

/// The keys that are there, and what restores them.
fn encode(ctx: &mut Ctx<'_>, options: &Options<'_>) -> (Vec<Box<[u8]>>, Vec<u8>) {
    let mut encoder = Encoder::new(ctx.settings.rdbcompression);
    let (mut keys, mut requests) = (Vec::new(), Vec::new());
    let now_ms = ctx.now_ms();
    for key in options.keys.iter() {
        let Some(entry) = ctx.data.read(key) else { continue };
        let payload = dump::dump(&mut encoder, entry.value());
        let left_ms = entry.expire_ms().map_or(0, |at_ms| (at_ms - now_ms).max(1)).to_string();
        let words: [&[u8]; 5] = [b"RESTORE", key, left_ms.as_bytes(), &payload, b"REPLACE"];
        encode_command(&mut requests, &words[..if options.replace { 5 } else { 4 }]);
        keys.push(key.into());
    }
    (keys, requests)
}

/// The end of it: DEL of the accepted keys, which is also what the journal gets.
pub fn delete_accepted(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    for key in args.tail(1).iter() {
        if ctx.data.remove(key) {
            ctx.data.changed(Events::GENERIC, "del", key);
        }
    }
    Ok(())
}
