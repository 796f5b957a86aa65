//! Whatever holds a value that an editor changes: an entry of the store, or a value on its way there.

use crate::store::db::EntryMut;
use crate::store::object::Object;
use crate::store::value::{OwnedValue, ValueRef};

/// Holds one value, packed or big.
pub trait Holder {
    /// The value.
    fn value(&self) -> ValueRef<'_>;

    /// Lets `edit` change the bytes of a packed collection, whose kind and packing stay.
    fn edit_packed<R>(&mut self, edit: impl FnOnce(&mut Vec<u8>) -> R) -> R;

    /// The value as an object to change, when it is one.
    fn object_mut(&mut self) -> Option<&mut Object>;

    /// Replaces the value.
    fn set_value(&mut self, value: OwnedValue);

    /// The earliest time of the value's fields was `old` and is `new` (see [`Object::due`]).
    fn due_changed(&mut self, old: Option<i64>, new: Option<i64>);
}

impl Holder for EntryMut<'_> {
    #[inline]
    fn value(&self) -> ValueRef<'_> {
        EntryMut::value(self)
    }

    #[inline]
    fn edit_packed<R>(&mut self, edit: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        EntryMut::edit_packed(self, edit)
    }

    #[inline]
    fn object_mut(&mut self) -> Option<&mut Object> {
        EntryMut::object_mut(self)
    }

    fn set_value(&mut self, value: OwnedValue) {
        EntryMut::set_value(self, value);
    }

    fn due_changed(&mut self, old: Option<i64>, new: Option<i64>) {
        EntryMut::due_changed(self, old, new);
    }
}

impl Holder for OwnedValue {
    fn value(&self) -> ValueRef<'_> {
        self.as_ref()
    }

    fn edit_packed<R>(&mut self, edit: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        match self {
            OwnedValue::Packed(_, _, bytes) => edit(bytes),
            _ => unreachable!("the editor has checked that the value is packed"),
        }
    }

    fn object_mut(&mut self) -> Option<&mut Object> {
        match self {
            OwnedValue::Object(object) => Some(object),
            _ => None,
        }
    }

    fn set_value(&mut self, value: OwnedValue) {
        *self = value;
    }

    fn due_changed(&mut self, _: Option<i64>, _: Option<i64>) {}
}
