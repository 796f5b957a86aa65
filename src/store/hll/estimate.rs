//! The estimate: Otmar Ertl's, from the histogram of the registers ("New cardinality estimation algorithms
//! for HyperLogLog sketches", 2017). Written so that every rounding is the one Redis's is.

use super::{REGISTERS, RUN_BITS, Registers};
use multiversion::multiversion;

/// 1 / (2 ln 2).
const ALPHA_INFINITY: f64 = 0.721_347_520_444_481_7;

/// Registers counted in a byte before it is added up.
const BLOCK: usize = 128;

/// The number of distinct elements that left the registers so.
pub(super) fn of(registers: &Registers) -> u64 {
    let histogram = histogram(registers);
    let m = REGISTERS as f64;
    let last = RUN_BITS as usize;
    let mut z = m * tau((m - f64::from(histogram[last + 1])) / m);
    for count in histogram[1..=last].iter().rev() {
        z += f64::from(*count);
        z *= 0.5;
    }
    z += m * sigma(f64::from(histogram[0]) / m);
    (ALPHA_INFINITY * m * m / z).round() as u64
}

/// How many registers have each value. Registers are counted value by value, which is vector code and beats
/// a look-up per register: the highest value is some twenty, seldom more.
#[multiversion(targets("x86_64+avx2"))]
fn histogram(registers: &Registers) -> [u32; 64] {
    let mut counts = [0; 64];
    let registers = registers.planes.as_flattened();
    let highest = registers.iter().fold(0, |highest, value| highest.max(*value));
    for (value, count) in (0..=highest).zip(&mut counts) {
        for block in registers.as_chunks::<BLOCK>().0 {
            let mut equal = 0u8;
            for register in block {
                equal += u8::from(*register == value);
            }
            *count += u32::from(equal);
        }
    }
    counts
}

fn tau(x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut x, mut y, mut z) = (x, 1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

fn sigma(x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut x, mut y, mut z) = (x, 1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}
