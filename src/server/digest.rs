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
use crate::resp::number::double_text;
use crate::server::held::Held;
use crate::store::packed::listpack::Item;
use crate::store::types::list::ListRef;
use crate::store::types::stream::{Id, Stream};
use crate::store::types::zset::ZsetRef;
use crate::store::types::{HashRef, SetRef};
use crate::store::{EntryRef, IntText, Keyspace, Kind, Object, ValueRef};

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
            Kind::List => self.mix_list(entry),
            Kind::Set => self.add_set(SetRef::of(entry.value())),
            Kind::Hash => self.add_hash(HashRef::of(entry.value())),
            Kind::Zset => self.mix_zset(entry.value()),
            Kind::Stream => {}
        }
        if let ValueRef::Object(Object::Stream(stream)) = entry.value() {
            self.mix_stream(stream);
        }
        if entry.expire_ms().is_some() {
            self.add(b"!!expire!!");
        }
    }

    /// Entries in order; groups are no part of it.
    fn mix_stream(&mut self, stream: &Stream) {
        for entry in stream.range(Id::MIN, Id::MAX) {
            self.mix(format!("{}.{}", entry.id.ms, entry.id.seq).as_bytes());
            for (field, value) in entry.pairs() {
                self.mix(field.bytes(&mut IntText::default()));
                self.mix(value.bytes(&mut IntText::default()));
            }
        }
    }

    /// Elements in order.
    fn mix_list(&mut self, entry: EntryRef<'_>) {
        if let Some(list) = ListRef::of(entry.value()) {
            list.each(0, usize::MAX, false, &mut |item| {
                self.add_mix(item);
                true
            });
        }
    }

    fn add_mix(&mut self, item: Item<'_>) {
        self.mix(item.bytes(&mut IntText::default()));
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
            self.add(&pair.0);
        });
    }

    /// Each element with its score, in any order.
    fn mix_zset(&mut self, value: ValueRef<'_>) {
        let elements = ZsetRef::new(value).into_iter().flat_map(|set| set.iter());
        for element in elements {
            let mut digest = Digest::default();
            digest.mix(element.member.bytes(&mut IntText::default()));
            digest.mix(double_text(element.score).as_bytes());
            self.add(&digest.0);
        }
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
