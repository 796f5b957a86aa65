//! A stream of commands from a seed: templates of the grammar filled in, and now and then spoilt.

use super::grammar::{FAMILIES, Family};
use super::random::Random;

/// A request.
pub type Request = Vec<Vec<u8>>;

/// Keys of a family.
const KEYS: usize = 4;
/// One request in so many is spoilt.
const SPOIL: usize = 15;

const INTS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "7",
    "10",
    "100",
    "-100",
    "255",
    "65536",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "01",
    "+1",
    " 1",
    "1.5",
    "",
    "abc",
    "4294967296",
];
const FLOATS: &[&str] =
    &["0", "1", "-1", "0.1", "3.5", "1e3", "-2.25", "1e-5", "abc", "", "10", "5.0e3", "0.5"];
const INDEXES: &[&str] = &["0", "1", "2", "3", "-1", "-2", "-3", "5", "10", "-10", "100", "-100"];
const VALUES: &[&str] =
    &["a", "b", "c", "d", "e", "1", "2", "3", "10", "-5", "3.5", "hello", "x y", "", "\u{e9}"];
const FIELDS: &[&str] =
    &["u1", "u8", "u5", "i5", "i8", "u16", "i16", "i32", "u63", "i64", "i1", "u64", "i65", "x3"];

/// Makes requests up.
pub struct Generator {
    random: Random,
    families: Vec<&'static Family>,
    spoils: bool,
}

impl Generator {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Generator {
        Generator { spoils: true, ..Generator::of(seed, FAMILIES.iter().collect()) }
    }

    /// The stream of a seed, of these families and with nothing spoilt: no one waits forever.
    pub fn of(seed: u64, families: Vec<&'static Family>) -> Generator {
        Generator { random: Random::new(seed), families, spoils: false }
    }

    /// The next request.
    pub fn next(&mut self) -> Request {
        let family = self.family();
        let template = self.random.pick(family.templates);
        let mut request = Vec::new();
        self.fill(template, family, &mut request);
        if self.spoils && self.random.once_in(SPOIL) {
            self.spoil(&mut request);
        }
        request
    }

    fn family(&mut self) -> &'static Family {
        let total = self.families.iter().map(|family| family.weight).sum();
        let mut place = self.random.below(total);
        let found = self.families.iter().find(|family| {
            let here = place < family.weight;
            place = place.saturating_sub(family.weight);
            here
        });
        found.unwrap_or(&self.families[0])
    }

    fn fill(&mut self, template: &str, family: &Family, request: &mut Request) {
        let mut rest = template.trim();
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[')
                && let Some((group, behind)) = split_group(inner)
            {
                let choices: Vec<&str> = group.split('|').collect();
                let chosen = self.random.pick(&choices);
                self.fill(chosen, family, request);
                rest = behind.trim_start();
                continue;
            }
            let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            let (word, times) = match word.strip_suffix("+") {
                Some(word) if word.ends_with('>') => (word, 1 + self.random.below(4)),
                _ => (word, 1),
            };
            (0..times).for_each(|_| request.push(self.word(word, family)));
            rest = behind.trim_start();
        }
    }

    fn word(&mut self, word: &str, family: &Family) -> Vec<u8> {
        let text = match word {
            "<key>" if self.random.once_in(25) => return self.any_key(),
            "<key>" => format!("{}{}", family.letter, self.random.below(KEYS)),
            "<any>" => return self.any_key(),
            "<val>" => return self.value(),
            "<int>" => self.random.pick(INTS).into(),
            "<float>" => self.random.pick(FLOATS).into(),
            "<index>" => self.random.pick(INDEXES).into(),
            "<field>" => self.random.pick(FIELDS).into(),
            "<small>" => self.random.below(80).to_string(),
            "<digit>" => self.random.below(4).to_string(),
            "#<digit>" => format!("#{}", self.random.below(4)),
            "<id>" => format!("{}-{}", 1 + self.random.below(50), self.random.below(3)),
            "<consumer>" => format!("c{}", self.random.below(3)),
            "<bit>" => self.random.below(2).to_string(),
            word => word.into(),
        };
        text.into_bytes()
    }

    fn any_key(&mut self) -> Vec<u8> {
        let letter = self.families[self.random.below(self.families.len())].letter;
        format!("{letter}{}", self.random.below(KEYS)).into_bytes()
    }

    /// Mostly one of a few, so that they meet again; sometimes long, or random bytes.
    fn value(&mut self) -> Vec<u8> {
        match self.random.below(20) {
            0 => vec![b'x'; self.random.below(200)],
            1 => (0..self.random.below(12)).map(|_| self.random.next() as u8).collect(),
            2 => self.random.below(1000).to_string().into_bytes(),
            _ => self.random.pick(VALUES).as_bytes().to_vec(),
        }
    }

    /// A word too few, too many, twice, or another one.
    fn spoil(&mut self, request: &mut Request) {
        let at = self.random.below(request.len());
        match self.random.below(4) {
            0 if at > 0 => {
                request.remove(at);
            }
            1 => request.insert(at.max(1), self.random.pick(INTS).as_bytes().to_vec()),
            2 if at > 0 => request[at] = self.random.pick(INTS).as_bytes().to_vec(),
            _ => request.push(request[at].clone()),
        }
    }
}

/// What is inside the bracket and what is behind it. Brackets of patterns count.
fn split_group(inner: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (at, char) in inner.char_indices() {
        match char {
            '[' => depth += 1,
            ']' if depth == 0 => return Some((&inner[..at], &inner[at + 1..])),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}
