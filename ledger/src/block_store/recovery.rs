//! What is really there when a store is opened.

use std::path::Path;

use proto::common::BlockHeader;

use super::index::{BlockIndex, Location};
use super::record::{self, FromStart, Link, Records, Step};
use super::segments::Segments;
use crate::data_dir::file_error;
use crate::error::{OpenError, ReadError};

/// Where the next append goes, and what it must link to.
pub(crate) struct Recovered {
    pub(crate) segment: u32,
    pub(crate) end: u64,
    pub(crate) next: Link,
    pub(crate) last_header: Option<BlockHeader>,
}

/// Checks the last segment, or all of them when the index does not cover the earlier ones, and completes the index.
/// The first block must link to `start`.
pub(crate) fn recover(
    directory: &Path,
    segments: &Segments,
    index: &BlockIndex,
    start: Link,
) -> Result<Recovered, OpenError> {
    let Some(last) = segments.count_at_open().checked_sub(1) else {
        if index.end() > start.number {
            let detail = format!("the index lists blocks up to {}, but there are no block files", index.end() - 1);
            return Err(OpenError::Incomplete { path: directory.to_owned(), detail });
        }
        return Ok(Recovered { segment: 0, end: 0, next: start, last_header: None });
    };
    if let Some((next, last_header)) = covered(segments, index, &start, last)? {
        return read_last(segments, index, last, next, last_header);
    }
    tracing::info!(path = %directory.display(), segments = last + 1, "rebuilding the block index");
    rebuild(segments, index, start, last)
}

// What the first block of segment `last` must link to, if the index lists everything before it.
fn covered(
    segments: &Segments,
    index: &BlockIndex,
    start: &Link,
    last: u32,
) -> Result<Option<(Link, Option<BlockHeader>)>, OpenError> {
    let earlier = index.end_before(last)?;
    if last == 0 {
        return Ok(Some((start.clone(), None)));
    }
    let Some(number) = earlier.checked_sub(1).filter(|number| *number >= start.number) else {
        return Ok(None);
    };
    let location = index.get(number)?;
    if location.segment + 1 != last {
        return Ok(None);
    }
    let path = segments.path(location.segment);
    let length = std::fs::metadata(&path).map_err(file_error("read", &path))?.len();
    let end = location.offset + u64::from(location.length);
    let damaged = |detail: &str| OpenError::Damaged {
        number,
        path: path.clone(),
        offset: location.offset,
        detail: detail.to_owned(),
    };
    if end > length {
        return Err(damaged("the file ends before it"));
    }
    let bytes = segments.read(location.segment, location.offset, location.length as usize)?;
    match record::header(&bytes) {
        Some(header) if header.number == number => Ok(Some((Link::after(&header), Some(header)))),
        _ => Err(damaged("another block, or none, is in its place")),
    }
}

fn read_last(
    segments: &Segments,
    index: &BlockIndex,
    last: u32,
    next: Link,
    last_header: Option<BlockHeader>,
) -> Result<Recovered, OpenError> {
    let first = next.number;
    let known = index.end();
    let scan = scan(segments, last, next, last_header)?;
    if scan.next.number < known {
        let detail = scan.torn.unwrap_or_else(|| "the blocks end before it".to_owned());
        let path = segments.path(last);
        return Err(OpenError::Damaged { number: scan.next.number, path, offset: scan.end, detail });
    }
    report_torn(&scan, segments, last);
    // Only what is missing is written: opening an intact store changes nothing.
    if scan.next.number > known {
        let skipped = known.saturating_sub(first) as usize;
        sync_segment(segments, last)?;
        index.replace_from(first + skipped as u64, &scan.locations[skipped..]);
    }
    Ok(Recovered { segment: last, end: scan.end, next: scan.next, last_header: scan.last_header })
}

fn rebuild(segments: &Segments, index: &BlockIndex, start: Link, last: u32) -> Result<Recovered, OpenError> {
    let known = index.end();
    let mut next = start;
    let mut last_header = None;
    for segment in 0..=last {
        let first = next.number;
        let found = scan(segments, segment, next, last_header)?;
        // A whole block in the wrong place at the start of a segment is no torn append: blocks before it are missing.
        let is_gap = found.is_whole && found.locations.is_empty();
        let is_end = segment == last && found.next.number >= known && !is_gap;
        if let Some(detail) = found.torn.clone().filter(|_| !is_end) {
            let path = segments.path(segment);
            return Err(OpenError::Damaged { number: found.next.number, path, offset: found.end, detail });
        }
        sync_segment(segments, segment)?;
        index.replace_from(first, &found.locations);
        if segment == last {
            report_torn(&found, segments, last);
            index.sync().map_err(file_error("write the index of", &segments.path(last)))?;
            return Ok(Recovered { segment, end: found.end, next: found.next, last_header: found.last_header });
        }
        (next, last_header) = (found.next, found.last_header);
    }
    unreachable!("the loop returns at the last segment")
}

// A block enters the index only when it is durable; what a killed process wrote may still be in memory only.
fn sync_segment(segments: &Segments, segment: u32) -> Result<(), OpenError> {
    let path = segments.path(segment);
    let file = segments.file(segment).map_err(file_error("open", &path))?;
    file.sync_data().map_err(file_error("synchronise", &path))
}

fn report_torn(scan: &Scan, segments: &Segments, segment: u32) {
    if let Some(detail) = &scan.torn {
        tracing::warn!(
            path = %segments.path(segment).display(),
            offset = scan.end,
            block = scan.next.number,
            "cutting off a block that was not completely written: {detail}"
        );
    }
}

struct Scan {
    locations: Vec<Location>,
    end: u64,
    next: Link,
    last_header: Option<BlockHeader>,
    torn: Option<String>,
    // What was taken for torn is a whole block that does not link.
    is_whole: bool,
}

// Reads a segment up to its end or to the first record that is not the block that comes next.
fn scan(
    segments: &Segments,
    segment: u32,
    mut next: Link,
    mut last_header: Option<BlockHeader>,
) -> Result<Scan, OpenError> {
    let path = segments.path(segment);
    let failed = |source| OpenError::Read(ReadError::File { path: path.clone(), source });
    let file = segments.file(segment).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut records = Records::new(FromStart::new(&file), size);
    let mut locations = Vec::new();
    let mut end = 0;
    let mut is_whole = false;
    let torn = loop {
        match records.next().map_err(failed)? {
            Step::End => break None,
            Step::Torn { detail } => break Some(detail),
            Step::Record { block, offset } => {
                let length = block.len() as u32;
                let checked = record::check(block);
                is_whole = checked.is_ok();
                match checked.and_then(|header| next.check(&header).map(|()| header)) {
                    Ok(header) => {
                        next = Link::after(&header);
                        last_header = Some(header);
                    }
                    Err(detail) => break Some(detail),
                }
                locations.push(Location { segment, length, offset });
                end = records.position();
            }
        }
    };
    Ok(Scan { locations, end, next, last_header, torn, is_whole })
}
