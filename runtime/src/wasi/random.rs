//! Random numbers that follow from the transaction id: the same at every endorser, different for every transaction.

use aws_lc_rs::digest::{Context, SHA256};

/// Keeps these numbers apart from any other use of the transaction id.
const DOMAIN: &[u8] = b"weft contract random 1";

pub struct Random {
    tx_id: String,
    blocks: u64,
    block: [u8; 32],
    used: usize,
}

impl Random {
    pub fn new(tx_id: &str) -> Self {
        Self { tx_id: tx_id.to_owned(), blocks: 0, block: [0; 32], used: 32 }
    }

    pub fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut context = Context::new(&SHA256);
            context.update(DOMAIN);
            context.update(&self.blocks.to_be_bytes());
            context.update(self.tx_id.as_bytes());
            self.block.copy_from_slice(context.finish().as_ref());
            self.blocks += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    pub fn next(&mut self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|_| self.byte()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_from_the_transaction_id_alone() {
        let draw = |tx_id: &str| -> Vec<u64> {
            let mut random = Random::new(tx_id);
            (0..10).map(|_| random.next()).collect()
        };
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
        assert_ne!(draw("a")[0], draw("a")[5]);
    }
}
