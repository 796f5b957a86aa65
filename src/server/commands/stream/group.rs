//! XGROUP and XACK: making, moving and removing groups and consumers, and acknowledging entries.

use super::{changed, edit, edit_or_create, no_such_group, stream_of, strict_id};
use crate::resp::Args;
use crate::server::commands::help as help_text;
use crate::server::commands::parse::{self, is};
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::store::Kind;
use crate::store::types::stream::{Group, Id, Stream};

const NO_KEY: Fault = Fault::new(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
);

/// What CREATE and SETID say behind the group.
struct Options {
    /// `None` is `$`.
    id: Option<Id>,
    make: bool,
    read: Option<Option<u64>>,
}

impl Options {
    fn parse(args: Args<'_>, creates: bool) -> Result<Options, Fault> {
        let mut options = Options { id: None, make: false, read: None };
        let mut at = 5;
        while at < args.len() {
            if creates && is(args.at(at), "mkstream") {
                options.make = true;
                at += 1;
            } else if is(args.at(at), "entriesread") && at + 1 < args.len() {
                let read = parse::int(args.at(at + 1))?;
                if read < -1 {
                    return Err(Fault::new("ERR value for ENTRIESREAD must be positive or -1"));
                }
                options.read = Some(u64::try_from(read).ok());
                at += 2;
            } else {
                return Err(help_text::wrong_arguments("XGROUP", args.at(1)));
            }
        }
        Ok(options)
    }

    fn id(mut self, arg: &[u8]) -> Result<Options, Fault> {
        self.id = if arg == b"$" { None } else { Some(super::loose_id(arg, 0)?) };
        Ok(self)
    }

    /// How many entries the group has read: no more than there ever were, as in Redis 8.
    fn read_of(&self, stream: &Stream) -> Option<u64> {
        self.read.flatten().map(|read| read.min(stream.entries_added))
    }
}

/// The stream of a key that has to be there, and a group of it too when one is named.
fn required(ctx: &mut Ctx<'_>, key: &[u8], group: Option<&[u8]>) -> Result<(), Fault> {
    let entry = ctx.data.write_as(key, Kind::Stream)?.ok_or(NO_KEY)?;
    let stream = super::as_stream(entry.value());
    match group {
        Some(name) if stream.group(name).is_none() => Err(no_such_group(key, name)),
        _ => Ok(()),
    }
}

pub(super) fn create(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name) = (args.at(2), args.at(3));
    let options = Options::parse(args, true)?;
    if !options.make {
        required(ctx, key, None)?;
    } else {
        ctx.data.write_as(key, Kind::Stream)?;
    }
    let options = options.id(args.at(4))?;
    let made = edit_or_create(&mut ctx.data, key, |stream| {
        let id = options.id.unwrap_or(stream.last_id);
        let read = options.read_of(stream);
        stream.add_group(name, Group::new(id, read))
    })?;
    if !made {
        return Err(Fault::new("BUSYGROUP Consumer Group name already exists"));
    }
    ctx.reply.ok();
    changed(ctx, "xgroup-create", key);
    Ok(())
}

pub(super) fn setid(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name) = (args.at(2), args.at(3));
    let options = Options::parse(args, false)?;
    required(ctx, key, Some(name))?;
    let options = options.id(args.at(4))?;
    edit(&mut ctx.data, key, |stream| {
        let (id, read) = (options.id.unwrap_or(stream.last_id), options.read_of(stream));
        if let Some(group) = stream.group_mut(name) {
            group.last_id = id;
            group.entries_read = read;
        }
    })?;
    ctx.reply.ok();
    changed(ctx, "xgroup-setid", key);
    Ok(())
}

pub(super) fn destroy(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name) = (args.at(2), args.at(3));
    required(ctx, key, None)?;
    let gone = edit(&mut ctx.data, key, |stream| stream.remove_group(name))?.unwrap_or(false);
    ctx.reply.int(i64::from(gone));
    if gone {
        changed(ctx, "xgroup-destroy", key);
    }
    Ok(())
}

pub(super) fn create_consumer(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name, now_ms) = (args.at(2), args.at(3), ctx.now_ms());
    required(ctx, key, Some(name))?;
    let make = |stream: &mut Stream| {
        stream.group_mut(name).is_some_and(|group| group.number_or_create(args.at(4), now_ms).1)
    };
    let made = edit(&mut ctx.data, key, make)?.unwrap_or(false);
    ctx.reply.int(i64::from(made));
    if made {
        changed(ctx, "xgroup-createconsumer", key);
    }
    Ok(())
}

pub(super) fn delete_consumer(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name) = (args.at(2), args.at(3));
    required(ctx, key, Some(name))?;
    let remove = |stream: &mut Stream| stream.group_mut(name)?.remove_consumer(args.at(4));
    let pending = edit(&mut ctx.data, key, remove)?.flatten();
    ctx.reply.count(pending.unwrap_or(0));
    if pending.is_some() {
        changed(ctx, "xgroup-delconsumer", key);
    }
    Ok(())
}

pub(super) fn xack(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let (key, name) = (args.at(1), args.at(2));
    if stream_of(&mut ctx.data, key)?.and_then(|stream| stream.group(name)).is_none() {
        ctx.reply.int(0);
        return Ok(());
    }
    let ids = args.tail(3).iter().map(|arg| strict_id(arg, 0)).collect::<Result<Vec<Id>, Fault>>()?;
    let acknowledge = |stream: &mut Stream| {
        stream.group_mut(name).map(|group| ids.into_iter().filter(|id| group.acknowledge(*id)).count())
    };
    let count = edit(&mut ctx.data, key, acknowledge)?.flatten().unwrap_or(0);
    ctx.data.dirty += count as u64;
    ctx.reply.count(count);
    Ok(())
}

pub(super) fn help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        (
            "CREATE <key> <groupname> <id|$> [option]",
            "Create a new consumer group. Options are:\n* MKSTREAM\n  Create the empty stream if it does not exist.\n* ENTRIESREAD entries_read\n  Set the group's entries_read counter (internal use).",
        ),
        ("CREATECONSUMER <key> <groupname> <consumer>", "Create a new consumer in the specified group."),
        ("DELCONSUMER <key> <groupname> <consumer>", "Remove the specified consumer."),
        ("DESTROY <key> <groupname>", "Remove the specified group."),
        (
            "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
            "Set the current group ID and entries_read counter.",
        ),
    ];
    help_text::write(ctx, "XGROUP", &rows);
    Ok(())
}
