//! String commands.

use crate::resp::{Args, Reply};
use crate::server::commands::Table;
use crate::server::config::Events;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;
use crate::store::{Str, ValueRef};

/// This family's handlers.
pub const TABLE: Table = &[("get", get), ("set", set)];

/// Writes a string value as a bulk.
pub fn write_value(reply: &mut Reply, value: ValueRef<'_>) {
    match value {
        ValueRef::Int(n) => reply.bulk_int(n),
        ValueRef::Str(bytes) => reply.bulk(bytes),
    }
}

fn get(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    match ctx.data.read(args.at(1)) {
        Some(entry) => write_value(ctx.reply, entry.value()),
        None => ctx.reply.null(),
    }
    Ok(())
}

fn set(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let key = args.at(1);
    ctx.data.put(key, Str::encode(args.at(2)), None);
    ctx.data.changed(Events::STRING, "set", key);
    ctx.reply.ok();
    Ok(())
}
