//! SUBSCRIBE, UNSUBSCRIBE, PUBLISH, their forms for patterns and shard channels, PUBSUB.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use crate::resp::{Args, Reply};
use crate::server::Server;
use crate::server::acl;
use crate::server::commands::{Table, help};
use crate::server::ctx::{Ctx, Propagate};
use crate::server::fault::Fault;
use crate::server::pubsub::{Kind, PubSub, Publisher};
use crate::server::session::{Class, Session, Subscriptions};

/// This family's handlers.
pub const TABLE: Table = &[
    ("subscribe", subscribe),
    ("unsubscribe", unsubscribe),
    ("psubscribe", psubscribe),
    ("punsubscribe", punsubscribe),
    ("ssubscribe", ssubscribe),
    ("sunsubscribe", sunsubscribe),
    ("publish", publish),
    ("spublish", spublish),
    ("pubsub|channels", channels),
    ("pubsub|numsub", numsub),
    ("pubsub|numpat", numpat),
    ("pubsub|shardchannels", shardchannels),
    ("pubsub|shardnumsub", shardnumsub),
    ("pubsub|help", pubsub_help),
];

fn subscribe(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    add_all(ctx, args, Kind::Channel, "subscribe");
    Ok(())
}

fn psubscribe(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    add_all(ctx, args, Kind::Pattern, "psubscribe");
    Ok(())
}

fn ssubscribe(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    if ctx.session.in_exec {
        return Err(Fault::new("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
    }
    add_all(ctx, args, Kind::Shard, "ssubscribe");
    Ok(())
}

fn add_all(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind, word: &str) {
    for name in args.tail(1).iter() {
        let name = Bytes::copy_from_slice(name);
        let session = &mut *ctx.session;
        let subs = session.subs.get_or_insert_with(Box::<Subscriptions>::default);
        if subs.names(kind).insert(name.clone()) {
            ctx.server.pubsub.add(kind, &name, &session.shared);
        }
        confirm(ctx.reply, word, Some(&name), session.confirmed(kind));
    }
    refresh(ctx.session);
    acl::after_subscribing(ctx.server, ctx.session, ctx.command, args);
    ctx.session.shared.set_outbox_limit(ctx.settings.client_output_buffer_limit.pubsub.hard);
}

fn unsubscribe(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    remove_all(ctx, args, Kind::Channel, "unsubscribe");
    Ok(())
}

fn punsubscribe(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    remove_all(ctx, args, Kind::Pattern, "punsubscribe");
    Ok(())
}

fn sunsubscribe(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    remove_all(ctx, args, Kind::Shard, "sunsubscribe");
    Ok(())
}

fn remove_all(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind, word: &str) {
    let session = &mut *ctx.session;
    let names: Vec<Bytes> = if args.len() > 1 {
        args.tail(1).iter().map(Bytes::copy_from_slice).collect()
    } else {
        session.subs.as_mut().map_or_else(Vec::new, |s| s.names(kind).iter().cloned().collect())
    };
    for name in &names {
        remove_one(ctx.server, session, kind, name);
        confirm(ctx.reply, word, Some(name), session.confirmed(kind));
    }
    if names.is_empty() {
        confirm(ctx.reply, word, None, session.confirmed(kind));
    }
    refresh(session);
}

fn remove_one(server: &'static Server, session: &mut Session, kind: Kind, name: &Bytes) {
    if session.subs.as_mut().is_some_and(|s| s.names(kind).remove(name)) {
        server.pubsub.remove(kind, name, session.shared.id);
    }
}

fn confirm(reply: &mut Reply, word: &str, name: Option<&Bytes>, count: usize) {
    reply.push(3);
    reply.bulk(word.as_bytes());
    reply.bulk_or_null(name.map(AsRef::as_ref));
    reply.count(count);
}

/// Tells the others: counts, and the class of the output limit.
fn refresh(session: &mut Session) {
    for kind in Kind::ALL {
        session.shared.subs[kind as usize].store(session.subscriptions(kind), Ordering::Relaxed);
    }
    if session.subscription_count() == 0 {
        session.subs = None;
    }
    let class = if session.subs.is_some() { Class::Pubsub } else { Class::Normal };
    session.shared.class.store(class as u32, Ordering::Relaxed);
}

/// Drops every subscription without a word (the client leaves, RESET).
pub fn leave_all(server: &'static Server, session: &mut Session) {
    let Some(mut subs) = session.subs.take() else { return };
    for kind in Kind::ALL {
        subs.names(kind).iter().for_each(|name| server.pubsub.remove(kind, name, session.shared.id));
    }
    refresh(session);
}

fn publish(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    publish_with(ctx, args, PubSub::publish);
    Ok(())
}

fn spublish(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    publish_with(ctx, args, PubSub::publish_to_shard);
    Ok(())
}

/// How a message reaches its listeners.
type Sending = fn(&PubSub, &[u8], &[u8], Option<Publisher<'_>>) -> usize;

fn publish_with(ctx: &mut Ctx<'_>, args: Args<'_>, send: Sending) {
    let mut behind = Reply::new(Vec::new(), ctx.reply.proto());
    let from = Publisher { id: ctx.session.shared.id, reply: &mut behind };
    let from = Some(from).filter(|_| !ctx.session.in_exec);
    let got = send(&ctx.server.pubsub, args.at(1), args.at(2), from);
    ctx.propagate = Propagate::ReplicasOnly;
    ctx.reply.count(got);
    ctx.reply.raw(&behind.into_buf());
}

fn channels(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    names(ctx, args, Kind::Channel)
}

fn shardchannels(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    names(ctx, args, Kind::Shard)
}

fn names(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) -> Result<(), Fault> {
    if args.len() > 3 {
        return Err(help::wrong_arguments("PUBSUB", args.at(1)));
    }
    let names = ctx.server.pubsub.names(kind, args.get(2));
    ctx.reply.array(names.len());
    names.iter().for_each(|name| ctx.reply.bulk(name));
    Ok(())
}

fn numsub(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    counts(ctx, args, Kind::Channel);
    Ok(())
}

fn shardnumsub(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    counts(ctx, args, Kind::Shard);
    Ok(())
}

fn counts(ctx: &mut Ctx<'_>, args: Args<'_>, kind: Kind) {
    let names = args.tail(2);
    ctx.reply.array(names.len() * 2);
    for name in names.iter() {
        ctx.reply.bulk(name);
        ctx.reply.count(ctx.server.pubsub.listeners(kind, name));
    }
}

fn numpat(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    ctx.reply.count(ctx.server.pubsub.len(Kind::Pattern));
    Ok(())
}

fn pubsub_help(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let rows = [
        ("CHANNELS [<pattern>]", "Return the currently active channels matching a <pattern> (default: '*')."),
        ("NUMPAT", "Return number of subscriptions to patterns."),
        (
            "NUMSUB [<channel> ...]",
            "Return the number of subscribers for the specified channels, excluding\npattern subscriptions(default: no channels).",
        ),
        (
            "SHARDCHANNELS [<pattern>]",
            "Return the currently active shard level channels matching a <pattern> (default: '*').",
        ),
        (
            "SHARDNUMSUB [<shardchannel> ...]",
            "Return the number of subscribers for the specified shard level channel(s)",
        ),
    ];
    help::write(ctx, "PUBSUB", &rows);
    Ok(())
}
