//! Places on the earth as scores: the 52-bit geohash, cells and their neighbours, distances, shapes.
//!
//! ```text
//!   longitude  -180 .. 180        26 bits, at the odd places     ┐  52 bits: a score of a
//!   latitude   -85.05 .. 85.05    26 bits, at the even places    ┘  sorted set, exact in a double
//! ```
//!
//! The first 2n bits name a cell of the grid with 2^n columns and rows, and the places in a cell are one
//! range of scores. A search takes the cell of its centre and the eight around it, of a size that covers
//! the shape, and looks at each place in them. Which cells, in which order and what is far is Redis's.

/// Bits of one coordinate.
pub const STEPS: u32 = 26;
/// Highest latitude of the grid (that of the Mercator projection).
pub const LATITUDE_MAX: f64 = 85.05112878;
/// Highest longitude.
pub const LONGITUDE_MAX: f64 = 180.0;
/// Radius of the earth, in metres.
const EARTH_RADIUS: f64 = 6_372_797.560_856;
/// Half the length of the equator in the projection, in metres.
const MERCATOR_MAX: f64 = 20_037_726.37;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// East of Greenwich.
    pub longitude: f64,
    /// North of the equator.
    pub latitude: f64,
}

/// A cell of the grid: the bits that its places begin with, and how many pairs of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The bits.
    pub bits: u64,
    /// Pairs of bits.
    pub steps: u32,
}

/// The bounds of a cell or a shape, in degrees.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

/// Spreads the bits of a number to the even places.
fn spread(value: u32) -> u64 {
    let mut x = u64::from(value);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        x = (x | (x << shift)) & mask;
    }
    x
}

/// Gathers the bits at the even places.
fn gather(bits: u64) -> u32 {
    let mut x = bits & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        x = (x | (x >> shift)) & mask;
    }
    x as u32
}

/// The cell of a place in a grid whose latitudes end at `latitude_max`.
fn encode(point: Point, steps: u32, latitude_max: f64) -> Cell {
    let part = |value: f64, max: f64| ((value + max) / (2.0 * max) * (1u64 << steps) as f64) as u32;
    let row = part(point.latitude, latitude_max);
    let column = part(point.longitude, LONGITUDE_MAX);
    Cell { bits: spread(row) | spread(column) << 1, steps }
}

impl Point {
    /// Is it on the grid?
    pub fn is_valid(self) -> bool {
        self.longitude.abs() <= LONGITUDE_MAX && self.latitude.abs() <= LATITUDE_MAX
    }

    /// The score that a place has as a member of a sorted set.
    pub fn score(self) -> u64 {
        encode(self, STEPS, LATITUDE_MAX).bits
    }

    /// The place that a score stands for: the middle of its cell.
    pub fn of_score(score: f64) -> Point {
        Cell { bits: score as u64, steps: STEPS }.middle()
    }

    /// The distance along the surface, in metres.
    pub fn distance(self, other: Point) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let v = ((other.longitude.to_radians() - self.longitude.to_radians()) / 2.0).sin();
        if v == 0.0 {
            return EARTH_RADIUS * (to - from).abs();
        }
        let u = ((to - from) / 2.0).sin();
        2.0 * EARTH_RADIUS * (u * u + from.cos() * to.cos() * v * v).sqrt().asin()
    }

    /// The geohash of the usual grid (latitudes up to 90), as 11 characters, the last of which is always 0.
    pub fn geohash(self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = encode(self, STEPS, 90.0).bits;
        let digit = |i: u32| if i == 10 { 0 } else { (bits >> (52 - (i + 1) * 5)) as usize & 31 };
        (0..11).map(|i| char::from(ALPHABET[digit(i)])).collect()
    }
}

impl Cell {
    fn bounds(self) -> Bounds {
        let cells = (1u64 << self.steps) as f64;
        let edge = |index: u32, more: f64, max: f64| -max + (f64::from(index) + more) / cells * (2.0 * max);
        let (row, column) = (gather(self.bits), gather(self.bits >> 1));
        Bounds {
            west: edge(column, 0.0, LONGITUDE_MAX),
            east: edge(column, 1.0, LONGITUDE_MAX),
            south: edge(row, 0.0, LATITUDE_MAX),
            north: edge(row, 1.0, LATITUDE_MAX),
        }
    }

    fn middle(self) -> Point {
        let bounds = self.bounds();
        Point {
            longitude: ((bounds.west + bounds.east) / 2.0).clamp(-LONGITUDE_MAX, LONGITUDE_MAX),
            latitude: ((bounds.south + bounds.north) / 2.0).clamp(-LATITUDE_MAX, LATITUDE_MAX),
        }
    }

    /// The cell so many columns to the east and rows to the north; the grid is a torus.
    fn beside(self, east: i32, north: i32) -> Cell {
        let mask = ((1u64 << self.steps) - 1) as u32;
        let step = |index: u32, by: i32| index.wrapping_add_signed(by) & mask;
        let (row, column) = (gather(self.bits), gather(self.bits >> 1));
        Cell { bits: spread(step(row, north)) | spread(step(column, east)) << 1, steps: self.steps }
    }

    /// The scores of its places: from the first to before the second.
    pub fn scores(self) -> (u64, u64) {
        let shift = 2 * (STEPS - self.steps);
        (self.bits << shift, (self.bits + 1) << shift)
    }
}

/// What is searched.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Everything at most so far from the centre, in metres.
    Circle(f64),
    /// A box around the centre: width and height, in metres.
    Box(f64, f64),
    /// The inside of a polygon.
    Polygon(Vec<Point>),
}

/// A shape and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// The middle: distances are measured from here.
    pub centre: Point,
    /// The shape.
    pub shape: Shape,
}

/// The middle of some places on a sphere.
pub fn centre_of(points: &[Point]) -> Point {
    let (mut x, mut y, mut z) = (0.0, 0.0, 0.0);
    for point in points {
        let (longitude, latitude) = (point.longitude.to_radians(), point.latitude.to_radians());
        x += latitude.cos() * longitude.cos();
        y += latitude.cos() * longitude.sin();
        z += latitude.sin();
    }
    Point { longitude: y.atan2(x).to_degrees(), latitude: z.atan2(x.hypot(y)).to_degrees() }
}

/// Is a place inside a polygon, on the flat map? A ray to the east crosses its edges an odd number of times.
fn is_inside(point: Point, polygon: &[Point]) -> bool {
    let edges = polygon.iter().zip(polygon.iter().cycle().skip(1));
    let crossed = edges.filter(|(a, b)| {
        let spans = (a.latitude > point.latitude) != (b.latitude > point.latitude);
        let along = (point.latitude - a.latitude) / (b.latitude - a.latitude);
        spans && point.longitude < a.longitude + along * (b.longitude - a.longitude)
    });
    crossed.count() % 2 == 1
}

/// Pairs of bits of the cells that, with those around them, cover a radius at a latitude.
fn steps_for(radius: f64, latitude: f64) -> u32 {
    if radius == 0.0 {
        return STEPS;
    }
    let (mut steps, mut range) = (1i32, radius);
    while range < MERCATOR_MAX {
        range *= 2.0;
        steps += 1;
    }
    steps -= 2; // so that the range is in the cells around in most cases
    steps -= i32::from(latitude.abs() > 66.0) + i32::from(latitude.abs() > 80.0);
    steps.clamp(1, STEPS as i32).unsigned_abs()
}

impl Area {
    /// The distance of a place from the centre, if it is in the area.
    pub fn distance(&self, place: Point) -> Option<f64> {
        let distance = self.centre.distance(place);
        let inside = match &self.shape {
            Shape::Circle(radius) => distance <= *radius,
            Shape::Box(width, height) => {
                let same_meridian = Point { longitude: place.longitude, ..self.centre };
                let same_parallel = Point { latitude: place.latitude, ..self.centre };
                same_meridian.distance(place) <= height / 2.0 && same_parallel.distance(place) <= width / 2.0
            }
            Shape::Polygon(points) => is_inside(place, points),
        };
        inside.then_some(distance)
    }

    /// Half the width and half the height, in metres.
    fn halves(&self) -> (f64, f64) {
        match &self.shape {
            Shape::Circle(radius) => (*radius, *radius),
            Shape::Box(width, height) => (width / 2.0, height / 2.0),
            Shape::Polygon(points) => {
                let far = points.iter().map(|point| self.centre.distance(*point)).fold(0.0, f64::max);
                (far, far)
            }
        }
    }

    fn radius(&self) -> f64 {
        match &self.shape {
            Shape::Box(width, height) => (width / 2.0).hypot(height / 2.0),
            _ => self.halves().0,
        }
    }

    fn bounds(&self) -> Bounds {
        let (half_width, half_height) = self.halves();
        let Point { longitude, latitude } = self.centre;
        let north = (half_height / EARTH_RADIUS).to_degrees();
        let outward = if latitude < 0.0 { -north } else { north };
        let east = (half_width / EARTH_RADIUS / (latitude + outward).to_radians().cos()).to_degrees();
        Bounds {
            west: longitude - east,
            east: longitude + east,
            south: latitude - north,
            north: latitude + north,
        }
    }

    /// The cells to look through, in the order in which Redis does.
    pub fn cells(&self) -> Vec<Cell> {
        let bounds = self.bounds();
        let mut steps = steps_for(self.radius(), self.centre.latitude);
        let mut cell = encode(self.centre, steps, LATITUDE_MAX);
        let around = |cell: Cell, east, north| cell.beside(east, north).bounds();
        let too_small = around(cell, 0, 1).north < bounds.north
            || around(cell, 0, -1).south > bounds.south
            || around(cell, 1, 0).east < bounds.east
            || around(cell, -1, 0).west > bounds.west;
        if steps > 1 && too_small {
            steps -= 1;
            cell = encode(self.centre, steps, LATITUDE_MAX);
        }
        let inner = cell.bounds();
        let useless = |east: i32, north: i32| {
            steps >= 2
                && ((north < 0 && inner.south < bounds.south)
                    || (north > 0 && inner.north > bounds.north)
                    || (east < 0 && inner.west < bounds.west)
                    || (east > 0 && inner.east > bounds.east))
        };
        let order = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let wanted = order.into_iter().filter(|(east, north)| !useless(*east, *north));
        let mut cells: Vec<Cell> = wanted.map(|(east, north)| cell.beside(east, north)).collect();
        cells.dedup(); // of large shapes cells next to each other may be the same
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PALERMO: Point = Point { longitude: 13.361389, latitude: 38.115556 };
    const CATANIA: Point = Point { longitude: 15.087269, latitude: 37.502669 };

    #[test]
    fn what_redis_documents() {
        assert_eq!(PALERMO.score(), 3_479_099_956_230_698);
        assert_eq!(CATANIA.score(), 3_479_447_370_796_909);
        let (palermo, catania) =
            (Point::of_score(3_479_099_956_230_698.0), Point::of_score(3_479_447_370_796_909.0));
        assert_eq!(format!("{:.4}", palermo.distance(catania)), "166274.1516");
        assert_eq!(palermo.geohash(), "sqc8b49rny0");
        assert_eq!(format!("{:.17}", palermo.longitude), "13.36138933897018433");
    }

    #[test]
    fn a_polygon_has_an_inside() {
        let corner = |longitude, latitude| Point { longitude, latitude };
        let triangle = vec![corner(12.0, 37.0), corner(16.0, 37.0), corner(14.0, 39.0)];
        assert!(is_inside(corner(14.0, 37.8), &triangle));
        assert!(!is_inside(corner(12.5, 38.5), &triangle));
        let centre = centre_of(&triangle);
        assert!((centre.longitude - 14.0).abs() < 1e-9 && centre.latitude > 37.67);
    }

    proptest! {
        #[test]
        fn a_search_looks_wherever_something_is(
            (longitude, latitude) in (-179.0f64..179.0, -80.0f64..80.0),
            radius in 1.0f64..500_000.0,
            (east, north) in (-1.0f64..1.0, -1.0f64..1.0),
        ) {
            let area = Area { centre: Point { longitude, latitude }, shape: Shape::Circle(radius) };
            let degrees = radius / 111_000.0;
            let place = Point { longitude: longitude + east * degrees, latitude: latitude + north * degrees };
            prop_assume!(place.is_valid() && area.distance(place).is_some());
            let score = place.score();
            let found = area.cells().iter().any(|cell| (cell.scores().0..cell.scores().1).contains(&score));
            prop_assert!(found);
        }
    }
}
