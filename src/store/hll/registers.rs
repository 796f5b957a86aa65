//! All registers at hand, a byte each, in four planes:
//!
//! ```text
//! plane 0   registers 0, 4, 8, ...
//! plane 1   registers 1, 5, 9, ...
//! plane 2   registers 2, 6, 10, ...
//! plane 3   registers 3, 7, 11, ...
//! ```
//!
//! Four registers are three bytes of a dense string, always at the same places in them, so a plane is made of
//! all of these threes at once, in vectors, and nothing need be put in order: the estimate counts registers, a
//! merge takes the larger of two.

use super::REGISTERS;

/// Number of planes.
const PLANES: usize = 4;
/// Registers of a plane.
const PLANE: usize = REGISTERS / PLANES;

/// All registers.
#[derive(Clone, PartialEq, Eq)]
pub struct Registers {
    /// The planes.
    pub(super) planes: [[u8; PLANE]; PLANES],
}

impl Default for Registers {
    fn default() -> Registers {
        Registers { planes: [[0; PLANE]; PLANES] }
    }
}

impl Registers {
    /// A register.
    pub fn get(&self, index: usize) -> u8 {
        self.planes[index % PLANES][index / PLANES]
    }

    /// Raises a register, when it is not as high already.
    pub fn raise(&mut self, index: usize, value: u8) {
        let register = &mut self.planes[index % PLANES][index / PLANES];
        *register = value.max(*register);
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        (0..REGISTERS).map(|index| self.get(index))
    }
}
