//! DEBUG PROTOCOL: a reply of every type, for the tests of client libraries.

use crate::resp::Args;
use crate::server::ctx::Ctx;
use crate::server::fault::Fault;

pub(super) fn protocol(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    const UNKNOWN: Fault = Fault::new(
        "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
    );
    let reply = &mut *ctx.reply;
    match args.at(2).to_ascii_lowercase().as_slice() {
        b"string" => reply.bulk(b"Hello World"),
        b"integer" => reply.int(12345),
        b"double" => reply.double(f64::from(3141) / 1000.0),
        b"bignum" => reply.big_number("1234567999999999999999999999999999999"),
        b"null" => reply.null(),
        b"array" => {
            reply.array(3);
            (0..3).for_each(|n| reply.int(n));
        }
        b"set" => {
            reply.set(3);
            (0..3).for_each(|n| reply.int(n));
        }
        b"map" => {
            reply.map(3);
            for n in 0..3 {
                reply.int(n);
                reply.bool(n == 1);
            }
        }
        b"attrib" => attribute(ctx),
        b"push" => return push(ctx),
        b"verbatim" => reply.verbatim("txt", b"This is a verbatim\nstring"),
        b"true" => reply.bool(true),
        b"false" => reply.bool(false),
        _ => return Err(UNKNOWN),
    }
    Ok(())
}

fn attribute(ctx: &mut Ctx<'_>) {
    let reply = &mut *ctx.reply;
    if reply.attribute(1) {
        reply.bulk(b"key-popularity");
        reply.array(2);
        reply.bulk(b"key:123");
        reply.int(90);
    }
    reply.bulk(b"Some real reply following the attribute");
}

fn push(ctx: &mut Ctx<'_>) -> Result<(), Fault> {
    let reply = &mut *ctx.reply;
    if !reply.is_resp3() {
        return Err(Fault::new("ERR RESP2 is not supported by this command"));
    }
    reply.push(2);
    reply.bulk(b"server-cpu-usage");
    reply.int(42);
    reply.bulk(b"Some real reply following the push reply");
    Ok(())
}
