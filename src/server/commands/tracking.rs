//! CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO: client-side caching.

use bytes::Bytes;

use crate::resp::Args;
use crate::server::commands::{Table, parse};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::server::tracking::mode;

/// This family's handlers.
pub const TABLE: Table = &[
    ("client|tracking", tracking),
    ("client|caching", caching),
    ("client|getredir", getredir),
    ("client|trackinginfo", trackinginfo),
];

const CANT_SWITCH_BCAST: Fault = Fault::new(
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const CANT_SWITCH_OPT: Fault = Fault::new(
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
);

/// What CLIENT TRACKING asks for.
#[derive(Default)]
struct Wanted {
    bits: u32,
    redirect: u64,
    prefixes: Vec<Bytes>,
}

impl Wanted {
    fn parse(ctx: &Ctx<'_>, args: Args<'_>) -> Result<Wanted, Fault> {
        let mut wanted = Wanted::default();
        let mut rest = args.tail(3).iter();
        while let Some(word) = rest.next() {
            let value_of = |name| parse::is(word, name);
            match () {
                () if value_of("bcast") => wanted.bits |= mode::BCAST,
                () if value_of("optin") => wanted.bits |= mode::OPTIN,
                () if value_of("optout") => wanted.bits |= mode::OPTOUT,
                () if value_of("noloop") => wanted.bits |= mode::NOLOOP,
                () if value_of("redirect") => {
                    wanted.take_redirect(ctx, rest.next().ok_or(fault::SYNTAX)?)?;
                }
                () if value_of("prefix") => {
                    let prefix = rest.next().ok_or(fault::SYNTAX)?;
                    wanted.prefixes.push(Bytes::copy_from_slice(prefix));
                }
                () => return Err(fault::SYNTAX),
            }
        }
        Ok(wanted)
    }

    fn take_redirect(&mut self, ctx: &Ctx<'_>, arg: &[u8]) -> Result<(), Fault> {
        if self.redirect != 0 {
            return Err(Fault::new("ERR A client can only redirect to a single other client"));
        }
        let id = u64::try_from(parse::int(arg)?).ok();
        self.redirect = id
            .filter(|id| ctx.server.clients.get(*id).is_some())
            .ok_or(Fault::new("ERR The client ID you want redirect to does not exist"))?;
        Ok(())
    }

    fn has(&self, bit: u32) -> bool {
        self.bits & bit != 0
    }

    /// Do the options go together, and with what the client has?
    fn check(&self, now: &mode::Mode) -> Result<(), Fault> {
        if !self.has(mode::BCAST) && !self.prefixes.is_empty() {
            return Err(Fault::new("ERR PREFIX option requires BCAST mode to be enabled"));
        }
        if now.is(mode::ON) && now.is(mode::BCAST) != self.has(mode::BCAST) {
            return Err(CANT_SWITCH_BCAST);
        }
        if self.has(mode::BCAST) && self.has(mode::OPTIN | mode::OPTOUT) {
            return Err(Fault::new("ERR OPTIN and OPTOUT are not compatible with BCAST"));
        }
        if self.has(mode::OPTIN) && self.has(mode::OPTOUT) {
            return Err(Fault::new("ERR You can't specify both OPTIN mode and OPTOUT mode"));
        }
        if self.has(mode::OPTIN) && now.is(mode::OPTOUT) || self.has(mode::OPTOUT) && now.is(mode::OPTIN) {
            return Err(CANT_SWITCH_OPT);
        }
        self.check_prefixes(&now.prefixes())
    }

    fn check_prefixes(&self, known: &[Bytes]) -> Result<(), Fault> {
        for (i, prefix) in self.prefixes.iter().enumerate() {
            if let Some(other) = known.iter().find(|other| overlap(prefix, other)) {
                return Err(overlapping(prefix, "an existing", other));
            }
            if let Some(other) = self.prefixes[i + 1..].iter().find(|other| overlap(prefix, other)) {
                return Err(overlapping(prefix, "another provided", other));
            }
        }
        Ok(())
    }
}

/// Would a key have both prefixes?
fn overlap(a: &[u8], b: &[u8]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn overlapping(prefix: &[u8], which: &str, other: &[u8]) -> Fault {
    Fault::err(format!(
        "Prefix '{}' overlaps with {which} prefix '{}'. Prefixes for a single client must not overlap.",
        parse::lossy(prefix),
        parse::lossy(other)
    ))
}

fn tracking(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mut wanted = Wanted::parse(ctx, args)?;
    let client = &ctx.session.shared;
    let (registry, gates) = (&ctx.server.tracking, &ctx.server.gates);
    match args.at(2) {
        word if parse::is(word, "on") => {
            wanted.check(&client.tracking)?;
            if wanted.has(mode::BCAST) && wanted.prefixes.is_empty() {
                wanted.prefixes.push(Bytes::new());
            }
            registry.join(gates, client, wanted.bits, wanted.redirect, &wanted.prefixes);
        }
        word if parse::is(word, "off") => registry.leave(gates, client),
        _ => return Err(fault::SYNTAX),
    }
    ctx.reply.ok();
    Ok(())
}

fn caching(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let tracking = &ctx.session.shared.tracking;
    if !tracking.is(mode::ON) {
        return Err(Fault::new(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
        ));
    }
    let (bit, words) = match args.at(2) {
        word if parse::is(word, "yes") => {
            (mode::OPTIN, "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
        }
        word if parse::is(word, "no") => {
            (mode::OPTOUT, "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
        }
        _ => return Err(fault::SYNTAX),
    };
    if !tracking.is(bit) {
        return Err(Fault::new(words));
    }
    tracking.set(mode::CACHING, true);
    ctx.reply.ok();
    Ok(())
}

/// The id of the client that gets the messages, 0 for this one, -1 without tracking.
fn redirect(ctx: &Ctx<'_>) -> i64 {
    ctx.session.shared.tracking.redirect().map_or(-1, |id| id as i64)
}

fn getredir(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let id = redirect(ctx);
    ctx.reply.int(id);
    Ok(())
}

fn trackinginfo(ctx: &mut Ctx<'_>, _: Args<'_>) -> Result<(), Fault> {
    let id = redirect(ctx);
    let tracking = &ctx.session.shared.tracking;
    let flags = flag_names(tracking.bits());
    ctx.reply.map(3);
    ctx.reply.bulk(b"flags");
    ctx.reply.set(flags.len());
    flags.iter().for_each(|flag| ctx.reply.bulk(flag.as_bytes()));
    ctx.reply.bulk(b"redirect");
    ctx.reply.int(id);
    ctx.reply.bulk(b"prefixes");
    let prefixes = tracking.prefixes();
    ctx.reply.array(prefixes.len());
    prefixes.iter().for_each(|prefix| ctx.reply.bulk(prefix));
    Ok(())
}

fn flag_names(bits: u32) -> Vec<&'static str> {
    let all = [
        (mode::BCAST, "bcast"),
        (mode::OPTIN, "optin"),
        (mode::OPTIN | mode::CACHING, "caching-yes"),
        (mode::OPTOUT, "optout"),
        (mode::OPTOUT | mode::CACHING, "caching-no"),
        (mode::NOLOOP, "noloop"),
        (mode::BROKEN, "broken_redirect"),
    ];
    let first = if bits & mode::ON != 0 { "on" } else { "off" };
    let set = all.iter().filter(|(wanted, _)| bits & wanted == *wanted).map(|(_, name)| *name);
    std::iter::once(first).chain(set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_that_overlap() {
        let wanted = |prefixes: &[&'static str]| Wanted {
            prefixes: prefixes.iter().map(|text| Bytes::from_static(text.as_bytes())).collect(),
            ..Wanted::default()
        };
        let known = [Bytes::from_static(b"user:")];
        assert!(wanted(&["a", "b"]).check_prefixes(&known).is_ok());
        for bad in [&["user:1"][..], &["us"], &[""], &["a", "b", "ab"], &["user:"]] {
            assert!(wanted(bad).check_prefixes(&known).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_of_flags() {
        assert_eq!(flag_names(0), ["off"]);
        assert_eq!(flag_names(mode::ON | mode::OPTIN), ["on", "optin"]);
        assert_eq!(
            flag_names(mode::ON | mode::OPTOUT | mode::CACHING | mode::NOLOOP),
            ["on", "optout", "caching-no", "noloop"]
        );
        assert_eq!(flag_names(mode::ON | mode::BCAST | mode::BROKEN), ["on", "bcast", "broken_redirect"]);
    }
}
