//! Commands on geospatial indexes: sorted sets whose scores are places ([`geo`](crate::store::geo)).
//! Searches and their many options are in `search.rs` and `options.rs`.

use crate::resp::{Args, Reply};
use crate::server::commands::{Table, zset};
use crate::server::ctx::Ctx;
use crate::server::fault::{self, Fault};
use crate::store::geo::Point;

mod options;
mod search;

/// This family's handlers.
pub const TABLE: Table = &[
    ("geoadd", geoadd),
    ("geodist", geodist),
    ("geohash", geohash),
    ("geopos", geopos),
    ("georadius", search::georadius),
    ("georadius_ro", search::georadius_ro),
    ("georadiusbymember", search::georadiusbymember),
    ("georadiusbymember_ro", search::georadiusbymember_ro),
    ("geosearch", search::geosearch),
    ("geosearchstore", search::geosearchstore),
];

/// A place in two arguments.
fn point(longitude: &[u8], latitude: &[u8]) -> Result<Point, Fault> {
    let point = Point { longitude: zset::score_arg(longitude)?, latitude: zset::score_arg(latitude)? };
    if point.is_valid() {
        return Ok(point);
    }
    let Point { longitude, latitude } = point;
    Err(Fault::err(format!("invalid longitude,latitude pair {longitude:.6},{latitude:.6}")))
}

/// Metres in a unit.
fn unit(arg: &[u8]) -> Result<f64, Fault> {
    match arg.to_ascii_lowercase().as_slice() {
        b"m" => Ok(1.0),
        b"km" => Ok(1000.0),
        b"ft" => Ok(0.3048),
        b"mi" => Ok(1609.34),
        _ => Err(Fault::new("ERR unsupported unit provided. please use M, KM, FT, MI")),
    }
}

fn write_distance(reply: &mut Reply, distance: f64) {
    reply.bulk(format!("{distance:.4}").as_bytes());
}

/// A coordinate: 17 digits behind the point, without zeros at the end.
fn write_coordinate(reply: &mut Reply, value: f64) {
    let text = format!("{value:.17}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let text = if text == "-0" { "0" } else { text };
    if reply.is_resp3() {
        reply.raw(format!(",{text}\r\n").as_bytes());
    } else {
        reply.bulk(text.as_bytes());
    }
}

fn write_point(reply: &mut Reply, point: Point) {
    reply.array(2);
    write_coordinate(reply, point.longitude);
    write_coordinate(reply, point.latitude);
}

/// GEOADD is ZADD with places for scores.
fn geoadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let mut first = 2;
    let (mut nx, mut xx) = (false, false);
    while let Some(word) = args.get(first) {
        match word.to_ascii_lowercase().as_slice() {
            b"nx" => nx = true,
            b"xx" => xx = true,
            b"ch" => {}
            _ => break,
        }
        first += 1;
    }
    let places = args.tail(first);
    if !places.len().is_multiple_of(3) || (nx && xx) {
        return Err(fault::SYNTAX);
    }
    let mut line = crate::resp::OwnedArgs::new();
    line.push(b"zadd");
    (1..first).for_each(|i| line.push(args.at(i)));
    for i in (0..places.len()).step_by(3) {
        let score = point(places.at(i), places.at(i + 1))?.score();
        line.push(score.to_string().as_bytes());
        line.push(places.at(i + 2));
    }
    zset::zadd(ctx, line.as_args())?;
    if ctx.data.dirty > 0 {
        // The scores, not the places: replicas may compute otherwise.
        ctx.effect_instead(&line.as_args().iter().collect::<Vec<_>>());
    }
    Ok(())
}

fn geodist(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    let metres = match args.get(4) {
        _ if args.len() > 5 => return Err(fault::SYNTAX),
        Some(word) => unit(word)?,
        None => 1.0,
    };
    let set = zset::read(&mut ctx.data, args.at(1))?;
    let place = |member| set.and_then(|set| set.score(member)).map(Point::of_score);
    match (place(args.at(2)), place(args.at(3))) {
        (Some(one), Some(other)) => write_distance(ctx.reply, one.distance(other) / metres),
        _ => ctx.reply.null(),
    }
    Ok(())
}

/// Writes something for the place of each member, or nothing when a member is not there.
fn each_place(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    write: impl Fn(&mut Reply, Option<Point>),
) -> Result<(), Fault> {
    let set = zset::read(&mut ctx.data, args.at(1))?;
    ctx.reply.array(args.len() - 2);
    for member in args.tail(2).iter() {
        write(ctx.reply, set.and_then(|set| set.score(member)).map(Point::of_score));
    }
    Ok(())
}

fn geohash(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    each_place(ctx, args, |reply, place| match place {
        Some(place) => reply.bulk(place.geohash().as_bytes()),
        None => reply.null(),
    })
}

fn geopos(ctx: &mut Ctx<'_>, args: Args<'_>) -> Result<(), Fault> {
    each_place(ctx, args, |reply, place| match place {
        Some(place) => write_point(reply, place),
        None => reply.null_array(),
    })
}
