//! The hash: a listpack of fields and values by turns, or a table of segments.
//!
//! ```text
//! few and short, nothing expires   listpack    hash-max-listpack-entries, hash-max-listpack-value
//! else                             Hash        item of a segment:
//!                                  [ field's length << 1 | expires: 7 bits a byte ][ time: i64, if it expires ] field value
//! ```
//!
//! A hash that gets its first time to live becomes a table; while it is as small as a listpack may be, it
//! is shown as `listpackex`.

use super::holder::Holder;
use super::segments::{NEVER, Segments, Shape};
use crate::store::hash;
use crate::store::object::{Object, Wanted};
use crate::store::packed::listpack::{self, BYTES_MAX, Item, Listpack};
use crate::store::value::{Encoding, IntText, Kind, OwnedValue, Packing, ValueRef};

/// When a hash changes its form.
#[derive(Clone, Copy, Debug)]
pub struct HashLimits {
    /// `hash-max-listpack-entries`.
    pub entries: usize,
    /// `hash-max-listpack-value`.
    pub value: usize,
}

/// How items of a hash's segments are read.
#[derive(Debug)]
struct Field;

/// An item taken apart: field, value, time.
#[inline]
fn parts(item: &[u8]) -> (&[u8], &[u8], i64) {
    let (mut head, mut shift, mut at) = (0usize, 0, 0);
    loop {
        let byte = item[at];
        head |= usize::from(byte & 127) << shift;
        (shift, at) = (shift + 7, at + 1);
        if byte < 128 {
            break;
        }
    }
    let mut due = NEVER;
    if head & 1 != 0 {
        due = item[at..].first_chunk().map_or(NEVER, |bytes| i64::from_le_bytes(*bytes));
        at += 8;
    }
    let (field, value) = item[at..].split_at(head >> 1);
    (field, value, due)
}

/// What stands ahead of field and value.
struct Head {
    bytes: [u8; 18],
    len: usize,
}

impl Head {
    #[inline]
    fn new(field: usize, due: i64) -> Head {
        let mut head = Head { bytes: [0; 18], len: 0 };
        let mut rest = field << 1 | usize::from(due != NEVER);
        while rest >= 128 {
            head.bytes[head.len] = rest as u8 | 128;
            head.len += 1;
            rest >>= 7;
        }
        head.bytes[head.len] = rest as u8;
        head.len += 1;
        if due != NEVER {
            head.bytes[head.len..head.len + 8].copy_from_slice(&due.to_le_bytes());
            head.len += 8;
        }
        head
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Shape for Field {
    #[inline]
    fn key(item: &[u8]) -> &[u8] {
        parts(item).0
    }

    #[inline]
    fn due(item: &[u8]) -> i64 {
        parts(item).2
    }
}

/// A field with its value.
#[derive(Clone, Copy, Debug)]
pub struct FieldRef<'a> {
    /// The field's name.
    pub name: Item<'a>,
    /// Its value.
    pub value: Item<'a>,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expire_ms: Option<i64>,
}

impl<'a> FieldRef<'a> {
    fn of(item: &'a [u8]) -> FieldRef<'a> {
        let (name, value, due) = parts(item);
        FieldRef { name: Item::Str(name), value: Item::Str(value), expire_ms: time(due) }
    }

    /// Whether its time was over before this one.
    pub fn is_expired(&self, now_ms: i64) -> bool {
        self.expire_ms.is_some_and(|at| at < now_ms)
    }
}

fn time(due: i64) -> Option<i64> {
    (due != NEVER).then_some(due)
}

/// A big hash.
#[derive(Clone, Debug, Default)]
pub struct Hash {
    fields: Segments<Field>,
    /// It is as small as a listpack may be.
    small: bool,
}

impl Hash {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory it takes.
    pub fn mem_bytes(&self) -> usize {
        self.fields.mem_bytes()
    }

    /// About how many allocations freeing it takes.
    pub fn effort(&self) -> usize {
        self.fields.effort()
    }

    /// The encoding as users see it.
    pub fn encoding(&self) -> Encoding {
        if self.small { Encoding::ListpackEx } else { Encoding::Hashtable }
    }

    /// When the first of its fields expires.
    pub fn due(&self) -> Option<i64> {
        time(self.fields.due())
    }

    /// Number of fields that expire.
    pub fn expiring(&self) -> usize {
        self.fields.expiring()
    }

    /// A field.
    #[inline]
    pub fn get(&self, field: &[u8]) -> Option<FieldRef<'_>> {
        self.fields.find(hash::of_values().hash(field), field).map(FieldRef::of)
    }

    /// The fields.
    pub fn fields(&self) -> impl Iterator<Item = FieldRef<'_>> {
        self.fields.items().map(FieldRef::of)
    }

    /// Sets a field; `due` none keeps its time to live. True when the field is new.
    #[inline]
    fn set(&mut self, field: &[u8], value: &[u8], due: Option<i64>) -> bool {
        let seed = hash::of_values();
        let h = seed.hash(field);
        let place = self.fields.locate(h, field);
        let due = match (due, place) {
            (Some(due), _) => due,
            (None, Some(place)) => parts(self.fields.item(place)).2,
            (None, None) => NEVER,
        };
        let head = Head::new(field.len(), due);
        let item = [head.bytes(), field, value];
        match place {
            Some(place) => self.fields.replace(place, &item, due),
            None => self.fields.push(h, &item, due, seed),
        }
        place.is_none()
    }

    fn remove(&mut self, field: &[u8]) -> bool {
        let seed = hash::of_values();
        let place = self.fields.locate(seed.hash(field), field);
        place.map(|place| self.fields.remove(place, seed)).is_some()
    }

    /// Gives a field another time to live; false when it is not there.
    fn expire(&mut self, field: &[u8], due: i64) -> bool {
        let Some(place) = self.fields.locate(hash::of_values().hash(field), field) else { return false };
        let value = parts(self.fields.item(place)).1.to_vec();
        let head = Head::new(field.len(), due);
        self.fields.replace(place, &[head.bytes(), field, &value], due);
        true
    }

    /// Fields whose time is over, about `most` of them.
    pub fn overdue(&self, now_ms: i64, most: usize) -> Vec<Box<[u8]>> {
        self.fields.overdue(now_ms, most)
    }

    /// Fetches into the cache what looks at these are going to need.
    pub(in crate::store) fn prefetch(&self, wanted: &[Wanted]) {
        wanted.iter().for_each(|one| self.fields.prefetch_way(one.hash));
        wanted.iter().for_each(|one| self.fields.prefetch_head(one.hash));
        wanted.iter().for_each(|one| self.fields.prefetch_item(one.hash));
    }
}

/// A hash to read, whatever its form. Fields whose time is over are not there.
#[derive(Clone, Copy, Debug)]
pub struct HashRef<'a> {
    form: Form<'a>,
    now_ms: i64,
}

#[derive(Clone, Copy, Debug)]
enum Form<'a> {
    Pack(Listpack<'a>),
    Big(&'a Hash),
}

impl<'a> HashRef<'a> {
    /// The hash that a value is, with all its fields; only for hashes.
    #[inline]
    pub fn of(value: ValueRef<'a>) -> HashRef<'a> {
        let form = match value {
            ValueRef::Object(Object::Hash(hash)) => Form::Big(hash),
            ValueRef::Packed(Kind::Hash, _, bytes) => Form::Pack(Listpack::new(bytes)),
            _ => unreachable!("the caller has checked that the value is a hash"),
        };
        HashRef { form, now_ms: i64::MIN }
    }

    /// The same without fields whose time was over before this one.
    #[inline]
    pub fn at(self, now_ms: i64) -> HashRef<'a> {
        HashRef { now_ms, ..self }
    }

    /// Number of fields, those whose time is over included.
    #[inline]
    pub fn len(self) -> usize {
        match self.form {
            Form::Pack(pack) => pack.len() / 2,
            Form::Big(hash) => hash.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The packed bytes, when it is a listpack.
    pub fn packed(self) -> Option<Listpack<'a>> {
        match self.form {
            Form::Pack(pack) => Some(pack),
            Form::Big(_) => None,
        }
    }

    /// The table, when it is one.
    pub fn big(self) -> Option<&'a Hash> {
        match self.form {
            Form::Pack(_) => None,
            Form::Big(hash) => Some(hash),
        }
    }

    /// A field.
    #[inline]
    pub fn get(self, field: &[u8]) -> Option<FieldRef<'a>> {
        match self.form {
            Form::Pack(pack) => {
                let name = pack.find(pack.first(), field, 2)?;
                Some(pair(pack, name))
            }
            Form::Big(hash) => hash.get(field).filter(|field| !field.is_expired(self.now_ms)),
        }
    }

    /// Visits the fields.
    pub fn each(self, visit: &mut dyn FnMut(FieldRef<'a>)) {
        match self.form {
            Form::Pack(pack) => {
                let mut items = pack.iter();
                while let (Some(name), Some(value)) = (items.next(), items.next()) {
                    visit(FieldRef { name, value, expire_ms: None });
                }
            }
            Form::Big(hash) => hash.fields().filter(|field| !field.is_expired(self.now_ms)).for_each(visit),
        }
    }

    /// The fields.
    pub fn to_vec(self) -> Vec<FieldRef<'a>> {
        let mut all = Vec::with_capacity(self.len());
        self.each(&mut |field| all.push(field));
        all
    }

    /// A field, each as likely as any other; none after some tries that met fields whose time is over.
    pub fn random(self, random: &mut dyn FnMut() -> u64) -> Option<FieldRef<'a>> {
        const TRIES: usize = 64;
        match self.form {
            Form::Pack(pack) if pack.is_empty() => None,
            Form::Pack(pack) => {
                let index = random() % (pack.len() / 2) as u64;
                pack.seek(2 * index as i64).map(|name| pair(pack, name))
            }
            Form::Big(hash) => (0..TRIES)
                .filter_map(|_| hash.fields.random(random).map(FieldRef::of))
                .find(|field| !field.is_expired(self.now_ms)),
        }
    }

    /// One step of a scan: visits some fields from `cursor` on and returns where to go on, 0 at the end. A
    /// packed hash, or one shown as packed, is one step.
    pub fn scan(self, cursor: u64, visit: &mut dyn FnMut(FieldRef<'_>)) -> u64 {
        match self.form {
            Form::Big(hash) if !hash.small => hash.fields.scan(cursor, &mut |item| {
                let field = FieldRef::of(item);
                if !field.is_expired(self.now_ms) {
                    visit(field);
                }
            }),
            _ => {
                self.each(&mut |field| visit(field));
                0
            }
        }
    }
}

/// The pair whose field stands at `name`.
fn pair(pack: Listpack<'_>, name: usize) -> FieldRef<'_> {
    let value = pack.next(name).map_or(Item::Str(b""), |at| pack.get(at));
    FieldRef { name: pack.get(name), value, expire_ms: None }
}

/// A hash to change. Fields whose time is over are there until they are removed.
pub struct HashMut<'h, H> {
    holder: &'h mut H,
    limits: HashLimits,
}

impl<'h, H: Holder> HashMut<'h, H> {
    /// An editor of the hash that `holder` holds.
    pub fn new(holder: &'h mut H, limits: HashLimits) -> Self {
        HashMut { holder, limits }
    }

    /// The hash to read.
    #[inline]
    pub fn view(&self) -> HashRef<'_> {
        HashRef::of(self.holder.value())
    }

    /// Lets `change` change the table, when it is one, and tells the holder when the earliest time of its
    /// fields has changed.
    #[inline]
    fn with_big<R>(&mut self, change: impl FnOnce(&mut Hash) -> R) -> Option<R> {
        let Some(Object::Hash(hash)) = self.holder.object_mut() else { return None };
        let before = hash.due();
        let result = change(hash);
        let after = hash.due();
        if before != after {
            self.holder.due_changed(before, after);
        }
        Some(result)
    }

    /// Sets a field and takes its time to live off; true when the field is new.
    #[inline]
    pub fn set(&mut self, field: &[u8], value: &[u8]) -> bool {
        self.put(field, value, Some(NEVER))
    }

    /// Sets a field and keeps its time to live; true when the field is new.
    pub fn set_keeping(&mut self, field: &[u8], value: &[u8]) -> bool {
        self.put(field, value, None)
    }

    /// Sets a field that expires; true when the field is new.
    pub fn set_expiring(&mut self, field: &[u8], value: &[u8], expire_ms: i64) -> bool {
        self.make_big(true);
        self.put(field, value, Some(expire_ms))
    }

    #[inline]
    fn put(&mut self, field: &[u8], value: &[u8], due: Option<i64>) -> bool {
        let limits = self.limits;
        let long = field.len() > limits.value || value.len() > limits.value;
        let big = self.with_big(|hash| {
            let new = hash.set(field, value, due);
            hash.small &= !long && hash.len() <= limits.entries;
            new
        });
        match big {
            Some(new) => new,
            None if long => {
                self.make_big(false);
                self.with_big(|hash| hash.set(field, value, due)).unwrap_or(false)
            }
            None => self.put_packed(field, value),
        }
    }

    fn put_packed(&mut self, field: &[u8], value: &[u8]) -> bool {
        let Some(pack) = self.view().packed() else { return false };
        let found = pack.find(pack.first(), field, 2).and_then(|name| pack.next(name));
        let (len, size) = (pack.len() / 2, pack.as_bytes().len());
        if let Some(at) = found {
            self.holder.edit_packed(|bytes| listpack::replace(bytes, at, Item::of(value)));
            return false;
        }
        if len + 1 > self.limits.entries || size + field.len() + value.len() > BYTES_MAX {
            self.make_big(false);
            return self.with_big(|hash| hash.set(field, value, None)).unwrap_or(false);
        }
        self.holder.edit_packed(|bytes| {
            listpack::push(bytes, Item::of(field));
            listpack::push(bytes, Item::of(value));
        });
        true
    }

    /// Removes a field; false when it was not there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        if let Some(removed) = self.with_big(|hash| hash.remove(field)) {
            return removed;
        }
        let Some(pack) = self.view().packed() else { return false };
        let at = pack.find(pack.first(), field, 2);
        at.map(|at| self.holder.edit_packed(|bytes| listpack::remove(bytes, at, 2))).is_some()
    }

    /// Gives a field a time to live, or takes it off; false when the field is not there.
    pub fn expire(&mut self, field: &[u8], expire_ms: Option<i64>) -> bool {
        if expire_ms.is_some() {
            self.make_big(true);
        }
        self.with_big(|hash| hash.expire(field, expire_ms.unwrap_or(NEVER))).unwrap_or(false)
    }

    /// So many fields are coming, and these are their lengths at most: a hash that could not stay packed
    /// becomes big now.
    pub fn expect(&mut self, fields: usize, longest: usize) {
        let over = fields > self.limits.entries || longest > self.limits.value;
        if over && self.view().packed().is_some() {
            self.make_big(false);
        }
    }

    /// Makes a table of a listpack; `small` says that it is shown as packed.
    fn make_big(&mut self, small: bool) {
        if self.view().packed().is_none() {
            return;
        }
        let mut hash = Hash { small, ..Hash::default() };
        let (mut name, mut value) = (IntText::default(), IntText::default());
        self.view().each(&mut |field| {
            hash.set(field.name.bytes(&mut name), field.value.bytes(&mut value), None);
        });
        self.holder.set_value(OwnedValue::Object(Box::new(Object::Hash(hash))));
    }
}

/// A hash from elsewhere in the form that the limits in force give it.
pub fn fit(mut value: OwnedValue, limits: HashLimits) -> OwnedValue {
    let Some(pack) = HashRef::of(value.as_ref()).packed() else { return value };
    let (fields, longest) = (pack.len() / 2, pack.iter().map(Item::len).max().unwrap_or(0));
    HashMut::new(&mut value, limits).expect(fields, longest);
    value
}

impl HashLimits {
    /// An empty hash.
    pub fn empty(self) -> OwnedValue {
        OwnedValue::Packed(Kind::Hash, Packing::Listpack, listpack::empty())
    }
}

#[cfg(test)]
#[path = "hash_tests.rs"]
mod tests;
