//! The two forms against a plain array of registers.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const SPARSE_BYTES: usize = 3000;

#[test]
fn an_empty_one_is_what_redis_makes() {
    assert_eq!(empty(), b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff");
    assert_eq!((count(&empty()), cached(&empty())), (Ok(0), Some(0)));
}

#[test]
fn estimates_are_near() {
    let mut bytes = empty();
    for number in 1..=100_000u32 {
        let (index, value) = place(&number.to_le_bytes());
        raise(&mut bytes, index, value, SPARSE_BYTES).unwrap();
        if [100, 1000, 10_000, 100_000].contains(&number) {
            let (estimate, number) = (count(&bytes).unwrap() as f64, f64::from(number));
            assert!((estimate - number).abs() < number * 0.03, "{estimate} for {number}");
        }
    }
    assert_eq!(layout(&bytes), Some(Layout::Dense));
}

#[test]
fn broken_ones_are_refused() {
    for bad in
        [&b"HYLL"[..], b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", b"HYLL\0\0\0\0\0\0\0\0\0\0\0\0\x7f\xff"]
    {
        assert_eq!(layout(bad), None);
    }
    let mut short = empty();
    short[17] = 0xfe;
    assert_eq!((count(&short), make_dense(&mut short)), (Err(Corrupt), Err(Corrupt)));
    let mut cut = empty();
    cut.pop();
    assert_eq!(raise(&mut cut, 5, 1, SPARSE_BYTES), Err(Corrupt));
    for more in [0, 0x61, 0x80] {
        let mut long = empty();
        long.push(more); // a run too many, and a long one whose second byte is missing
        assert_eq!(count(&long), Err(Corrupt));
    }
}

proptest! {
    #[test]
    fn both_forms_hold_what_an_array_holds(
        raises in vec((0..REGISTERS, 1u8..=51), 0..400),
        low in any::<bool>(),
        near in any::<bool>(),
    ) {
        let mut model = [0u8; REGISTERS];
        let mut bytes = empty();
        for (index, value) in raises {
            let value = if low { value % 4 + 1 } else { value };
            let index = if near { index % 64 } else { index };
            let raised = raise(&mut bytes, index, value, 300).unwrap();
            prop_assert_eq!(raised, model[index] < value);
            model[index] = model[index].max(value);
            prop_assert!(layout(&bytes) == Some(Layout::Dense) || bytes.len() <= 300);
        }
        let mut registers = Registers::default();
        merge(&mut registers, &bytes).unwrap();
        prop_assert!(registers.iter().eq(model));
        make_dense(&mut bytes).unwrap();
        let dense = Dense::of(&bytes);
        prop_assert!((0..REGISTERS).all(|index| dense.get(index) == model[index]));
    }

    #[test]
    fn nothing_panics_on_garbage(tail in vec(any::<u8>(), 0..60), index in 0..REGISTERS, value in 1u8..=51) {
        let mut bytes = header(Layout::Sparse).to_vec();
        bytes.extend(tail);
        let _ = count(&bytes);
        let _ = raise(&mut bytes, index, value, 100);
    }
}
