//! One block in a segment file: its length as an unsigned varint, then the serialized `common.Block`. A length of zero
//! is preallocated space: the end of the segment.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use prost::Message;
use proto::Digest;
use proto::common::{Block, BlockHeader};

/// The largest block that is stored, in bytes. Above what any orderer's message limit lets through.
pub(crate) const MAX_BLOCK_BYTES: usize = 128 << 20;

/// Appends the record of `block` to `out`.
pub(crate) fn push(out: &mut Vec<u8>, block: &[u8]) {
    prost::encode_length_delimiter(block.len(), out).expect("a vector takes any length");
    out.extend_from_slice(block);
}

/// The part of a block that links it to its neighbours; skips transactions and metadata.
#[derive(Clone, PartialEq, Message)]
struct HeaderOnly {
    #[prost(message, optional, tag = "1")]
    header: Option<BlockHeader>,
}

/// Reads a block's header without reading the rest; nothing when the bytes are no block or have no header.
pub(crate) fn header(block: &[u8]) -> Option<BlockHeader> {
    HeaderOnly::decode(block).ok()?.header
}

/// What a record must link to.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// The number of the block.
    pub(crate) number: u64,
    /// The hash of the header before it; nothing for the first block, whose `previous_hash` may say anything.
    pub(crate) previous: Option<Digest>,
}

impl Link {
    /// Whether `header` comes next, or why not.
    pub(crate) fn check(&self, header: &BlockHeader) -> Result<(), String> {
        if header.number != self.number {
            return Err(format!("it says that it is block {}", header.number));
        }
        if self.previous.is_some_and(|hash| header.previous_hash != hash[..]) {
            return Err("its previous hash is not the hash of the block before".to_owned());
        }
        Ok(())
    }

    /// What follows `header`.
    pub(crate) fn after(header: &BlockHeader) -> Link {
        Link { number: header.number.wrapping_add(1), previous: Some(proto::block::header_hash(header)) }
    }
}

/// Whether `bytes` are a whole and undamaged block; else why not.
pub(crate) fn check(bytes: Bytes) -> Result<BlockHeader, String> {
    let block = Block::decode(bytes).map_err(|error| error.to_string())?;
    let header = block.header.ok_or("it has no header")?;
    let data = block.data.unwrap_or_default().data;
    if header.data_hash != proto::block::data_hash(&data)[..] {
        return Err("its transactions do not hash to its data hash".to_owned());
    }
    Ok(header)
}

/// What stands at a place in a segment.
#[derive(Debug)]
pub(crate) enum Step {
    /// A record: the serialized block and where it starts.
    Record { block: Bytes, offset: u64 },
    /// Nothing more.
    End,
    /// No whole record.
    Torn { detail: String },
}

/// Reads the records of a segment in order.
pub(crate) struct Records<R> {
    reader: BufReader<R>,
    position: u64,
    size: u64,
}

impl<R: Read> Records<R> {
    /// Reads `source`, which has `size` bytes.
    pub(crate) fn new(source: R, size: u64) -> Self {
        Records { reader: BufReader::with_capacity(1 << 20, source), position: 0, size }
    }

    /// Where the next record starts.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The next record. The position moves only past whole records.
    pub(crate) fn next(&mut self) -> io::Result<Step> {
        let torn = |detail: &str| Ok(Step::Torn { detail: detail.to_owned() });
        let (length, prefix) = match self.length()? {
            Some(found) => found,
            None => return torn("its length is malformed"),
        };
        if length == 0 {
            return Ok(Step::End);
        }
        let start = self.position + prefix;
        if length > self.size.saturating_sub(start) || length > MAX_BLOCK_BYTES as u64 {
            return torn("it is longer than the file");
        }
        let mut block = vec![0; length as usize];
        match self.reader.read_exact(&mut block) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return torn("the file ends within it"),
            Err(error) => return Err(error),
        }
        self.position = start + length;
        Ok(Step::Record { block: block.into(), offset: start })
    }

    // The length at the front and how many bytes it took. The end of the file counts as a length of zero.
    fn length(&mut self) -> io::Result<Option<(u64, u64)>> {
        let mut value = 0_u64;
        for taken in 0..10_u64 {
            let buffer = self.reader.fill_buf()?;
            let Some(byte) = buffer.first().copied() else {
                return Ok((taken == 0).then_some((0, 0)));
            };
            self.reader.consume(1);
            let digit = u64::from(byte & 0x7f);
            if taken == 9 && digit > 1 {
                return Ok(None);
            }
            value |= digit << (7 * taken);
            if byte & 0x80 == 0 {
                return Ok(Some((value, taken + 1)));
            }
        }
        Ok(None)
    }
}

/// A file read from its start without moving a shared cursor.
pub(crate) struct FromStart<'a> {
    file: &'a std::fs::File,
    position: u64,
}

impl<'a> FromStart<'a> {
    pub(crate) fn new(file: &'a std::fs::File) -> Self {
        FromStart { file, position: 0 }
    }
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(number: u64, data: Vec<Bytes>) -> Bytes {
        proto::block::new(number, Bytes::from_static(b"before"), data).encode_to_vec().into()
    }

    fn read_all(segment: &[u8]) -> (Vec<Bytes>, u64, Step) {
        let mut records = Records::new(segment, segment.len() as u64);
        let mut blocks = Vec::new();
        loop {
            match records.next().unwrap() {
                Step::Record { block, offset } => {
                    assert_eq!(&segment[offset as usize..][..block.len()], &block[..]);
                    blocks.push(block);
                }
                step => return (blocks, records.position(), step),
            }
        }
    }

    #[test]
    fn records_read_back_up_to_preallocated_space() {
        let blocks = vec![block(0, vec![]), block(1, vec![Bytes::from(vec![7; 300])])];
        let mut segment = Vec::new();
        blocks.iter().for_each(|block| push(&mut segment, block));
        let end = segment.len() as u64;
        segment.resize(segment.len() + 4096, 0);
        let (read, position, step) = read_all(&segment);
        assert_eq!((read, position), (blocks, end));
        assert!(matches!(step, Step::End));
    }

    #[test]
    fn the_header_is_found_without_the_rest() {
        let bytes = block(7, vec![Bytes::from_static(b"tx")]);
        let found = header(&bytes).unwrap();
        assert_eq!(found.number, 7);
        assert!(Link { number: 7, previous: None }.check(&found).is_ok());
        assert!(Link { number: 8, previous: None }.check(&found).is_err());
        assert!(Link { number: 7, previous: Some([0; 32]) }.check(&found).is_err());
        assert_eq!(header(&[]), None);
    }

    #[test]
    fn changed_transactions_are_noticed() {
        let mut changed = Block::decode(block(7, vec![Bytes::from_static(b"tx")])).unwrap();
        changed.data.as_mut().unwrap().data[0] = Bytes::from_static(b"other");
        let error = check(changed.encode_to_vec().into()).unwrap_err();
        assert!(error.contains("data hash"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_step(segment in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (_, position, _) = read_all(&segment);
            prop_assert!(position <= segment.len() as u64);
            let _ = check(Bytes::from(segment.clone()));
            let _ = header(&segment);
        }

        #[test]
        fn every_cut_gives_the_records_before_it(
            sizes in proptest::collection::vec(0_usize..400, 1..6),
            cut in any::<proptest::sample::Index>(),
        ) {
            let blocks: Vec<_> = sizes.iter().map(|size| block(1, vec![Bytes::from(vec![1; *size])])).collect();
            let mut segment = Vec::new();
            let mut ends = vec![0];
            for block in &blocks {
                push(&mut segment, block);
                ends.push(segment.len());
            }
            let cut = cut.index(segment.len() + 1);
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            let (read, position, step) = read_all(&segment[..cut]);
            prop_assert_eq!(&read[..], &blocks[..whole]);
            prop_assert_eq!(position as usize, ends[whole]);
            prop_assert_eq!(matches!(step, Step::End), ends.contains(&cut));
        }
    }
}
