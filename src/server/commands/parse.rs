//! Reading arguments the way Redis does, with its errors.

use crate::clock;
use crate::resp::extended::Extended;
use crate::resp::number;
use crate::server::fault::{self, Fault};

/// A 64-bit integer.
pub fn int(arg: &[u8]) -> Result<i64, Fault> {
    number::parse_i64(arg).ok_or(fault::NOT_INTEGER)
}

/// A 64-bit integer, with an error of the caller's.
pub fn int_or(arg: &[u8], words: &'static str) -> Result<i64, Fault> {
    number::parse_i64(arg).ok_or(Fault::new(words))
}

/// An integer within bounds; the error names them as Redis does.
pub fn int_in(arg: &[u8], low: i64, high: i64) -> Result<i64, Fault> {
    let value = int(arg)?;
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(Fault::err(format!("value is out of range, value must between {low} and {high}")))
}

/// A count whose sign means something, so that there must be one of the other sign.
pub fn signed_count(arg: &[u8]) -> Result<i64, Fault> {
    int_in(arg, -i64::MAX, i64::MAX)
}

/// The number of one of `dbs` databases.
pub fn db_index(arg: &[u8], dbs: usize) -> Result<usize, Fault> {
    let number = int_in(arg, i64::from(i32::MIN), i64::from(i32::MAX))?;
    usize::try_from(number).ok().filter(|db| *db < dbs).ok_or(fault::DB_RANGE)
}

/// A cursor of SCAN and its like, in every spelling that C's strtoul takes and no more: it may have a sign
/// (and is then negated), may be empty, and ends at a zero byte.
pub fn cursor(arg: &[u8]) -> Result<u64, Fault> {
    let text = arg.split(|&byte| byte == 0).next().unwrap_or_default();
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let digits = if text.is_empty() { b"0" } else { digits };
    let known = digits.iter().all(u8::is_ascii_digit);
    let value = std::str::from_utf8(digits).ok().filter(|_| known).and_then(|text| text.parse::<u64>().ok());
    let value = value.ok_or(Fault::new("ERR invalid cursor"))?;
    Ok(if negative { value.wrapping_neg() } else { value })
}

/// An integer above zero.
pub fn positive(arg: &[u8]) -> Result<i64, Fault> {
    match number::parse_i64(arg) {
        Some(value) if value > 0 => Ok(value),
        Some(_) => Err(Fault::new("ERR value is out of range, must be positive")),
        None => Err(fault::NOT_INTEGER),
    }
}

/// Does an argument say this word, in any case?
pub fn is(arg: &[u8], word: &str) -> bool {
    arg.eq_ignore_ascii_case(word.as_bytes())
}

/// An argument as text for an error.
pub fn lossy(arg: &[u8]) -> String {
    String::from_utf8_lossy(arg).into_owned()
}

/// How an expiry is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpireUnit {
    /// EX: seconds from now.
    Seconds,
    /// PX: milliseconds from now.
    Millis,
    /// EXAT: Unix seconds.
    AtSeconds,
    /// PXAT: Unix milliseconds.
    AtMillis,
}

impl ExpireUnit {
    /// The unit that an option of SET and GETEX names.
    pub fn of_option(word: &[u8]) -> Option<ExpireUnit> {
        let all = [
            ("ex", ExpireUnit::Seconds),
            ("px", ExpireUnit::Millis),
            ("exat", ExpireUnit::AtSeconds),
            ("pxat", ExpireUnit::AtMillis),
        ];
        all.into_iter().find(|(name, _)| is(word, name)).map(|(_, unit)| unit)
    }

    /// The absolute time in Unix milliseconds, or nothing when it does not fit.
    pub fn absolute(self, value: i64, now_ms: i64) -> Option<i64> {
        match self {
            ExpireUnit::Seconds => value.checked_mul(1000)?.checked_add(now_ms),
            ExpireUnit::Millis => value.checked_add(now_ms),
            ExpireUnit::AtSeconds => value.checked_mul(1000),
            ExpireUnit::AtMillis => Some(value),
        }
    }
}

/// The expiry of SET, SETEX, GETEX ...: above zero and representable.
pub fn expire_at(arg: &[u8], unit: ExpireUnit, now_ms: i64, command: &str) -> Result<i64, Fault> {
    let value = int(arg)?;
    let at = if value <= 0 { None } else { unit.absolute(value, now_ms) };
    at.ok_or_else(|| invalid_expire(command))
}

/// The error for an expiry that cannot be.
pub fn invalid_expire(command: &str) -> Fault {
    Fault::err(format!("invalid expire time in '{command}' command"))
}

const TIMEOUT_NEGATIVE: Fault = Fault::new("ERR timeout is negative");
const TIMEOUT_RANGE: Fault = Fault::new("ERR timeout is out of range");

/// When a blocking command's timeout in milliseconds ends (monotonic, ms); 0 is never.
pub fn deadline_millis(timeout: &[u8]) -> Result<Option<u64>, Fault> {
    deadline(int_or(timeout, "ERR timeout is not an integer or out of range")?)
}

/// When a blocking command's timeout in seconds, which may have a fraction, ends (monotonic, ms); 0 is never.
pub fn deadline_seconds(timeout: &[u8]) -> Result<Option<u64>, Fault> {
    let seconds = Extended::parse(timeout).map(Extended::nearest).filter(|seconds| seconds.is_finite());
    let seconds = seconds.ok_or(Fault::new("ERR timeout is not a float or out of range"))?;
    let millis = (seconds * 1000.0).ceil();
    if millis >= i64::MAX as f64 {
        return Err(TIMEOUT_RANGE);
    }
    if seconds < 0.0 {
        return Err(TIMEOUT_NEGATIVE);
    }
    deadline(millis as i64)
}

fn deadline(millis: i64) -> Result<Option<u64>, Fault> {
    let millis = u64::try_from(millis).map_err(|_| TIMEOUT_NEGATIVE)?;
    if millis == 0 {
        return Ok(None);
    }
    let end = clock::mono_ms().checked_add(millis).filter(|end| *end <= i64::MAX as u64);
    end.map(Some).ok_or(TIMEOUT_RANGE)
}
