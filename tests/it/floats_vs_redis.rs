//! INCRBYFLOAT against a real Redis: thousands of random pairs of numbers, whose sums must have the same
//! digits. Redis computes in 80-bit numbers on x86-64 only; elsewhere there is nothing to compare with.

use rtool::resp::value::Value;

use crate::harness::{Client, Program, Server, leave_out};

/// Pairs of numbers.
const PAIRS: usize = 20_000;

/// Pairs sent at once.
const BATCH: usize = 500;

/// Numbers without any order, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn digits(&mut self, most: u64) -> String {
        (0..self.below(most + 1)).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    /// A number of any size, most of them of the sizes that people add; some are none at all.
    fn number(&mut self) -> String {
        let sign = ["", "-", "+", ""][self.below(4) as usize];
        let (whole, behind) = match self.below(4) {
            0 => (6, 3),
            1 => (18, 18),
            2 => (30, 30),
            _ => (0, 22),
        };
        let plain = format!("{sign}{}.{}", self.digits(whole), self.digits(behind));
        match self.below(8) {
            0 => format!("{plain}e{}", self.below(40) as i64 - 20),
            1 => format!("{plain}e{}", self.below(10_000) as i64 - 5000),
            2 => format!(
                "{sign}0x{:x}.{:x}p{}",
                self.below(1 << 31),
                self.below(999),
                self.below(99) as i64 - 60
            ),
            3 => format!("{sign}{}", self.below(1 << 31)),
            _ => plain,
        }
    }
}

/// The sums that a server makes of these pairs.
fn sums(client: &mut Client, pairs: &[(String, String)]) -> Vec<Value> {
    for (a, b) in pairs {
        client.send(&["SET", "k", a]).expect("sent");
        client.send(&["INCRBYFLOAT", "k", b]).expect("sent");
    }
    let mut replies: Vec<Value> = (0..2 * pairs.len()).map(|_| client.read().expect("a reply")).collect();
    replies.retain(|reply| reply.as_str() != Some("OK"));
    replies
}

#[test]
fn sums_have_the_digits_of_redis() {
    if !cfg!(target_arch = "x86_64") {
        return leave_out("sums of 80-bit numbers: Redis has them on x86-64 only");
    }
    let Some(redis) = Server::peer(Program::Redis, &[]) else { return };
    let rtool = Server::start(Program::Rtool, &[]);
    let seed = u64::from(std::process::id());
    let mut random = Random(seed);
    let (mut ours, mut theirs) = (rtool.connect(), redis.connect());
    for _ in 0..PAIRS / BATCH {
        let pairs: Vec<_> = (0..BATCH).map(|_| (random.number(), random.number())).collect();
        let (our, their) = (sums(&mut ours, &pairs), sums(&mut theirs, &pairs));
        for ((pair, our), their) in pairs.iter().zip(our).zip(their) {
            assert_eq!(our, their, "{pair:?}, seed {seed}");
        }
    }
}
