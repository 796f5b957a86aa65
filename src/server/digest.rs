//! The digest of a data set that DEBUG DIGEST and DIGEST-VALUE print, the same that Redis prints for the
//! same data, so that two servers can be compared.
//!
//! ```text
//!   add(x)   digest ^= sha1(x)                 order does not matter: keys among each other
//!   mix(x)   digest = sha1(digest ^ sha1(x))   order matters: the parts of one key
//!
//!   key      mix(key) mix(type) mix(value), add("!!expire!!") if it has an expiry
//!   all      for each database with keys: mix(number), then add(digest of each key)
//! ```

use sha1_smol::Sha1;

use crate::limits::SHARDS;
use crate::server::held::Held;
use crate::store::types::{HashRef, SetRef};
use crate::store::{EntryRef, IntText, Keyspace, Kind};

/// Twenty bytes of SHA-1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest([u8; 20]);

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        let sum = Sha1::from(bytes).digest().bytes();
        self.0.iter_mut().zip(sum).for_each(|(byte, more)| *byte ^= more);
    }

    fn mix(&mut self, bytes: &[u8]) {
        self.add(bytes);
        self.0 = Sha1::from(self.0).digest().bytes();
    }

    /// Type, value and whether there is an expiry.
    fn mix_value(&mut self, entry: EntryRef<'_>) {
        self.mix(&(entry.kind() as u32).to_be_bytes());
        match entry.kind() {
            Kind::String => self.mix(entry.value().bytes(&mut IntText::default())),
            Kind::Set => self.add_set(SetRef::of(entry.value())),
            Kind::Hash => self.add_hash(HashRef::of(entry.value())),
            Kind::List | Kind::Zset | Kind::Stream => {}
        }
        if entry.expire_ms().is_some() {
            self.add(b"!!expire!!");
        }
    }

    /// The members, in no order.
    fn add_set(&mut self, set: SetRef<'_>) {
        let mut text = IntText::default();
        set.each(&mut |member| {
            self.add(member.bytes(&mut text));
            true
        });
    }

    /// Field and value mixed, the pairs in no order.
    fn add_hash(&mut self, hash: HashRef<'_>) {
        let mut text = IntText::default();
        hash.each(&mut |field| {
            let mut pair = Digest::default();
            pair.mix(field.name.bytes(&mut text));
            pair.mix(field.value.bytes(&mut text));
            if field.expire_ms.is_some() {
                pair.add(b"!!hexpire!!");
            }
            self.add(&pair.0);
        });
    }

    /// As hex digits.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The digest of one key's value; all zeros without one.
pub fn of_value(entry: Option<EntryRef<'_>>) -> Digest {
    let mut digest = Digest::default();
    if let Some(entry) = entry {
        digest.mix_value(entry);
    }
    digest
}

/// The digest of everything; every shard must be held.
pub fn of_all(keyspace: &Keyspace, held: &mut Held) -> Digest {
    let mut all = Digest::default();
    for db in 0..keyspace.dbs() {
        if (0..SHARDS).all(|index| held.shard(index).db(db).is_empty()) {
            continue;
        }
        all.mix(&(db as u32).to_be_bytes());
        for index in 0..SHARDS {
            held.shard(index).db(db).each(&mut |entry| {
                let mut digest = Digest::default();
                digest.mix(entry.key());
                digest.mix_value(entry);
                all.add(&digest.0);
            });
        }
    }
    all
}
