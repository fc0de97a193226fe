//! Taking an input apart.

use bytes::Bytes;

/// The rest of an input. Where it is at its end it gives zeros and nothing.
pub(crate) struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    pub fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or_default()
    }

    pub fn word(&mut self) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// At most so many bytes.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A piece that begins with its length: one byte, or two more behind 255.
    pub fn piece(&mut self) -> &'a [u8] {
        let length = match self.byte() {
            u8::MAX => usize::from(self.byte()) << 8 | usize::from(self.byte()),
            length => usize::from(length),
        };
        self.take(length)
    }

    pub fn bytes(&mut self) -> Bytes {
        Bytes::copy_from_slice(self.piece())
    }

    /// A text; what is not UTF-8 is replaced.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(self.piece()).into_owned()
    }

    /// At most 15 of them.
    pub fn many<T>(&mut self, one: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.byte() & 15).map(|_| one(self)).collect()
    }
}

/// An input with these pieces, for seeds.
#[cfg(test)]
pub(crate) fn piece(bytes: &[u8]) -> Vec<u8> {
    let mut piece = match u8::try_from(bytes.len()) {
        Ok(length) if length < u8::MAX => vec![length],
        _ => vec![u8::MAX, (bytes.len() >> 8) as u8, bytes.len() as u8],
    };
    piece.extend(bytes);
    piece
}
