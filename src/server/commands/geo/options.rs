//! The options of searches: where, which shape, what is shown, in which order, how many, and where to.

use crate::resp::Args;
use crate::server::commands::{parse, zset};
use crate::server::fault::{self, Fault};
use crate::store::geo::{Area, Point, Shape, centre_of};

use super::{point, unit};

/// Which of the commands it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// GEORADIUS: longitude, latitude, radius, unit; may store unless it is the read-only one.
    Radius { may_store: bool },
    /// GEORADIUSBYMEMBER: member, radius, unit; likewise.
    Member { may_store: bool },
    /// GEOSEARCH.
    Search,
    /// GEOSEARCHSTORE.
    SearchStore,
}

impl Form {
    fn is_search(self) -> bool {
        matches!(self, Form::Search | Form::SearchStore)
    }

    fn may_store(self) -> bool {
        matches!(self, Form::Radius { may_store: true } | Form::Member { may_store: true })
    }

    /// Where the key of the index is.
    pub(super) fn source(self) -> usize {
        if self == Form::SearchStore { 2 } else { 1 }
    }

    /// Where the options begin.
    fn first(self) -> usize {
        match self {
            Form::Radius { .. } => 6,
            Form::Member { .. } => 5,
            Form::Search => 2,
            Form::SearchStore => 3,
        }
    }
}

/// The order of the results.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    None,
    Nearest,
    Farthest,
}

/// A search as it was asked for.
pub(super) struct Options<'a> {
    /// The member it is around; its place is not known yet.
    pub(super) member: Option<&'a [u8]>,
    pub(super) centre: Option<Point>,
    pub(super) shape: Option<Shape>,
    /// Metres in the unit of distances.
    pub(super) metres: f64,
    pub(super) distances: bool,
    pub(super) hashes: bool,
    pub(super) coordinates: bool,
    pub(super) order: Order,
    /// 0: all.
    pub(super) count: usize,
    pub(super) any: bool,
    pub(super) store: Option<&'a [u8]>,
    pub(super) store_distances: bool,
}

/// A length in an argument.
fn length(arg: &[u8], words: &'static str) -> Result<f64, Fault> {
    zset::score_arg(arg).map_err(|_| Fault::new(words))
}

fn radius(arg: &[u8]) -> Result<f64, Fault> {
    let radius = length(arg, "ERR need numeric radius")?;
    if radius < 0.0 { Err(Fault::new("ERR radius cannot be negative")) } else { Ok(radius) }
}

impl<'a> Options<'a> {
    /// `there`: the index exists; without it GEORADIUSBYMEMBER does not look at its radius.
    pub(super) fn parse(args: Args<'a>, form: Form, there: bool) -> Result<Options<'a>, Fault> {
        let mut options = Options {
            member: None,
            centre: None,
            shape: None,
            metres: 1.0,
            distances: false,
            hashes: false,
            coordinates: false,
            order: Order::None,
            count: 0,
            any: false,
            store: (form == Form::SearchStore).then(|| args.at(1)),
            store_distances: false,
        };
        match form {
            Form::Radius { .. } => {
                options.centre = Some(point(args.at(2), args.at(3))?);
                options.circle(args.at(4), args.at(5))?;
            }
            Form::Member { .. } => {
                options.member = Some(args.at(2));
                options.shape = Some(Shape::Circle(0.0));
                if there {
                    options.circle(args.at(3), args.at(4))?;
                }
            }
            Form::Search | Form::SearchStore => {}
        }
        let mut at = form.first();
        while at < args.len() {
            let taken = options.take_flag(args.at(at), form);
            at += if taken { 1 } else { options.take(args.tail(at), form)? };
        }
        options.check(form, &parse::lossy(args.at(0)))?;
        Ok(options)
    }

    fn circle(&mut self, length: &[u8], name: &[u8]) -> Result<(), Fault> {
        let radius = radius(length)?;
        self.metres = unit(name)?;
        self.shape = Some(Shape::Circle(radius * self.metres));
        Ok(())
    }

    /// Takes a word that stands alone; says whether it is one.
    fn take_flag(&mut self, word: &[u8], form: Form) -> bool {
        match word.to_ascii_lowercase().as_slice() {
            b"withdist" => self.distances = true,
            b"withhash" => self.hashes = true,
            b"withcoord" => self.coordinates = true,
            b"any" => self.any = true,
            b"asc" => self.order = Order::Nearest,
            b"desc" => self.order = Order::Farthest,
            b"storedist" if form == Form::SearchStore => self.store_distances = true,
            _ => return false,
        }
        true
    }

    /// Takes an option with arguments; returns how many words it is.
    fn take(&mut self, words: Args<'a>, form: Form) -> Result<usize, Fault> {
        let behind = words.len() - 1;
        let placed = self.centre.is_some() || self.member.is_some();
        let round = matches!(self.shape, None | Some(Shape::Circle(_)));
        let boxed = matches!(self.shape, None | Some(Shape::Box(..)));
        match words.at(0).to_ascii_lowercase().as_slice() {
            b"count" if behind >= 1 => {
                let count = parse::int(words.at(1))?;
                self.count = usize::try_from(count)
                    .ok()
                    .filter(|count| *count > 0)
                    .ok_or(Fault::new("ERR COUNT must be > 0"))?;
                Ok(2)
            }
            word @ (b"store" | b"storedist") if behind >= 1 && form.may_store() => {
                self.store = Some(words.at(1));
                self.store_distances = word == b"storedist";
                Ok(2)
            }
            _ if !form.is_search() => Err(fault::SYNTAX),
            b"frommember" if behind >= 1 && self.centre.is_none() => {
                self.member = Some(words.at(1));
                Ok(2)
            }
            b"fromlonlat" if behind >= 2 && self.member.is_none() => {
                self.centre = Some(point(words.at(1), words.at(2))?);
                Ok(3)
            }
            b"byradius" if behind >= 2 && round => {
                self.circle(words.at(1), words.at(2))?;
                Ok(3)
            }
            b"bybox" if behind >= 3 && boxed => {
                self.rectangle(words)?;
                Ok(4)
            }
            b"bypolygon" if behind >= 1 && !placed && self.shape.is_none() => self.polygon(words),
            _ => Err(fault::SYNTAX),
        }
    }

    fn rectangle(&mut self, words: Args<'_>) -> Result<(), Fault> {
        let width = length(words.at(1), "ERR need numeric width")?;
        let height = length(words.at(2), "ERR need numeric height")?;
        if width < 0.0 || height < 0.0 {
            return Err(Fault::new("ERR height or width cannot be negative"));
        }
        self.metres = unit(words.at(3))?;
        self.shape = Some(Shape::Box(width * self.metres, height * self.metres));
        Ok(())
    }

    /// BYPOLYGON corners longitude latitude ...: its middle is where distances begin.
    fn polygon(&mut self, words: Args<'_>) -> Result<usize, Fault> {
        const TOO_FEW: Fault = Fault::new("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices");
        let corners = parse::int_or(words.at(1), "ERR invalid number of vertices")?;
        let corners = usize::try_from(corners).map_err(|_| TOO_FEW)?;
        if corners < 3 {
            return Err(TOO_FEW);
        }
        let end = corners.saturating_mul(2).saturating_add(2);
        if words.len() < end {
            return Err(TOO_FEW);
        }
        let corner = |i: usize| point(words.at(2 * i + 2), words.at(2 * i + 3));
        let points = (0..corners).map(corner).collect::<Result<Vec<_>, _>>()?;
        self.centre = Some(centre_of(&points));
        self.shape = Some(Shape::Polygon(points));
        Ok(end)
    }

    fn check(&self, form: Form, name: &str) -> Result<(), Fault> {
        if self.store.is_some() && (self.distances || self.hashes || self.coordinates) {
            let what = if form.is_search() { "GEOSEARCHSTORE" } else { "STORE option in GEORADIUS" };
            return Err(Fault::err(format!(
                "{what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            )));
        }
        if self.centre.is_none() && self.member.is_none() {
            return Err(Fault::err(format!(
                "exactly one of FROMMEMBER or FROMLONLAT can be specified for {name}"
            )));
        }
        if self.shape.is_none() {
            return Err(Fault::err(format!("exactly one of BYRADIUS and BYBOX can be specified for {name}")));
        }
        if self.any && self.count == 0 {
            return Err(Fault::new("ERR the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    /// The area, around `centre` when the place of a member had to be found first.
    pub(super) fn area(&self, centre: Option<Point>) -> Option<Area> {
        Some(Area { centre: self.centre.or(centre)?, shape: self.shape.clone()? })
    }

    /// The order the results get: with COUNT the nearest are wanted, unless any will do.
    pub(super) fn effective_order(&self) -> Order {
        match self.order {
            Order::None if self.count > 0 && !self.any => Order::Nearest,
            order => order,
        }
    }
}
