//! Output that a client's socket has not taken yet: pieces in order. A long reply is a piece of its own and is never
//! copied; short ones share pieces, so that a client with very many of them costs no more than its bytes. A piece is
//! given back when it has been sent.
//!
//! ```text
//!   | piece, partly sent | piece | piece |  tail: takes what comes, up to a piece  |
//! ```

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

use crate::limits::PIECE_BYTES;
use crate::store::class_bytes;

/// What is to be sent.
#[derive(Debug, Default)]
pub struct Unsent {
    pieces: VecDeque<Piece>,
    tail: BytesMut,
    /// Bytes in all of them.
    len: usize,
    /// Bytes that the pieces' buffers take, what has been sent of the first one included.
    room: usize,
}

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    room: usize,
}

impl Unsent {
    /// Bytes that are to be sent.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of buffers beyond those that are to be sent.
    pub fn spare(&self) -> usize {
        self.room + self.tail.capacity() - self.len
    }

    /// Adds a copy of these.
    pub fn push(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.tail.len() + bytes.len() > PIECE_BYTES {
            self.close_tail();
        }
        self.tail.extend_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Adds what `buffer` holds from `start` on, with the buffer when that is long; it is empty then.
    pub fn push_buffer(&mut self, buffer: &mut Vec<u8>, start: usize) {
        let bytes = buffer.len() - start;
        if bytes < PIECE_BYTES {
            return self.push(&buffer[start..]);
        }
        self.close_tail();
        let buffer = std::mem::take(buffer);
        self.add_piece(buffer.capacity(), Bytes::from(buffer).slice(start..));
        self.len += bytes;
    }

    /// Adds a message that others share: a long one is not copied.
    pub fn push_shared(&mut self, message: Bytes) {
        if message.len() < PIECE_BYTES {
            return self.push(&message);
        }
        self.close_tail();
        self.len += message.len();
        self.add_piece(message.len(), message);
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.add_piece(tail.capacity(), tail.freeze());
        }
    }

    fn add_piece(&mut self, room: usize, bytes: Bytes) {
        let room = class_bytes(room); // as the allocator counts it
        self.room += room;
        self.pieces.push_back(Piece { bytes, room });
    }

    /// What is to be sent next; empty when there is nothing.
    pub fn front(&self) -> &[u8] {
        self.pieces.front().map_or(&self.tail, |piece| &piece.bytes)
    }

    /// So many bytes of the front were sent.
    pub fn advance(&mut self, count: usize) {
        self.len -= count;
        if self.pieces.is_empty() && count == self.tail.len() {
            self.tail = BytesMut::new();
            return;
        }
        // What has been sent stays in the buffer until all of it is: as a piece it counts.
        if self.pieces.is_empty() {
            self.close_tail();
        }
        let Some(piece) = self.pieces.front_mut() else { return };
        piece.bytes.advance(count);
        if piece.bytes.is_empty() {
            self.room -= piece.room;
            self.pieces.pop_front();
        }
    }

    /// Everything, in one.
    pub fn into_bytes(self) -> BytesMut {
        let mut all = BytesMut::with_capacity(self.len);
        self.pieces.iter().for_each(|piece| all.extend_from_slice(&piece.bytes));
        all.extend_from_slice(&self.tail);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a plain buffer, whatever comes and goes.
        #[test]
        fn bytes_come_out_as_they_went_in(steps in prop::collection::vec((0u8..3, 0usize..200_000), 1..60)) {
            let (mut unsent, mut model, mut next) = (Unsent::default(), VecDeque::new(), 0u8);
            for (kind, size) in steps {
                let made: Vec<u8> = (0..size).map(|i| next.wrapping_add(i as u8)).collect();
                next = next.wrapping_add(17);
                match kind {
                    0 => {
                        let short = &made[..size.min(5000)];
                        unsent.push(short);
                        model.extend(short);
                    }
                    1 if size % 2 == 0 => {
                        model.extend(&made);
                        unsent.push_shared(Bytes::from(made));
                    }
                    1 => {
                        let (mut buffer, start) = (made.clone(), size / 3);
                        unsent.push_buffer(&mut buffer, start);
                        model.extend(&made[start..]);
                    }
                    _ => {
                        let count = unsent.front().len().min(size);
                        let sent: Vec<u8> = model.drain(..count).collect();
                        prop_assert_eq!(&unsent.front()[..count], &sent[..]);
                        unsent.advance(count);
                    }
                }
                prop_assert_eq!(unsent.len(), model.len());
                prop_assert_eq!(unsent.is_empty(), unsent.front().is_empty());
                if unsent.is_empty() {
                    prop_assert_eq!(unsent.spare(), 0, "an idle client holds nothing");
                }
            }
            prop_assert_eq!(&unsent.into_bytes()[..], &model.into_iter().collect::<Vec<u8>>()[..]);
        }
    }

    #[test]
    fn a_long_reply_is_not_copied() {
        let mut unsent = Unsent::default();
        unsent.push(b"short");
        let mut buffer = vec![7; PIECE_BYTES * 4];
        let at = buffer.as_ptr();
        unsent.push_buffer(&mut buffer, 10);
        unsent.advance(5);
        assert_eq!(unsent.front().as_ptr(), at.wrapping_add(10));
        assert!(buffer.is_empty());
    }
}
