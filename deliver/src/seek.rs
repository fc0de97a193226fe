//! What a seek request asks for (the rules of Fabric's block iterator and deliver handler).

use proto::common::Status;
use proto::orderer::seek_info::{SeekBehavior, SeekContentType};
use proto::orderer::{SeekInfo, SeekPosition, seek_position::Type};

/// The blocks one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seek {
    /// The next block to send.
    pub(crate) next: u64,
    /// The last one. The stream never ends when `next` starts above it.
    pub(crate) stop: u64,
    /// Wait for blocks that do not exist yet, instead of ending with NOT_FOUND.
    pub(crate) wait: bool,
    /// Send blocks without their transactions, but configuration blocks whole.
    pub(crate) headers_only: bool,
}

/// Reads a request against the channel's height at this moment.
pub(crate) fn seek(info: &SeekInfo, height: u64) -> Result<Seek, Status> {
    let (Some(start), Some(stop)) = (&info.start, &info.stop) else { return Err(Status::BadRequest) };
    let newest = height.wrapping_sub(1);
    // A start that names nothing, or lies beyond the next block to come, finds nothing. Fabric treats it as block 0 when
    // it looks at the stop, so the answer is NOT_FOUND and never BAD_REQUEST.
    let next = match start.r#type {
        Some(Type::Oldest(_)) => 0,
        Some(Type::Newest(_)) => newest,
        Some(Type::NextCommit(_)) => height,
        Some(Type::Specified(specified)) if specified.number <= height => specified.number,
        Some(Type::Specified(_)) | None => return Err(Status::NotFound),
    };
    let stop = stop_number(start, stop, next, newest)?;
    Ok(Seek {
        next,
        stop,
        wait: info.behavior != SeekBehavior::FailIfNotReady as i32,
        headers_only: info.content_type == SeekContentType::HeaderWithSig as i32,
    })
}

fn stop_number(start: &SeekPosition, stop: &SeekPosition, next: u64, newest: u64) -> Result<u64, Status> {
    Ok(match stop.r#type {
        Some(Type::Oldest(_)) => next,
        // Asked for the newest alone, the height must not be looked at twice: it may have grown in between.
        Some(Type::Newest(_)) if matches!(start.r#type, Some(Type::Newest(_))) => next,
        Some(Type::Newest(_)) => newest,
        Some(Type::Specified(specified)) if specified.number < next => return Err(Status::BadRequest),
        Some(Type::Specified(specified)) => specified.number,
        Some(Type::NextCommit(_)) | None => 0,
    })
}

#[cfg(test)]
mod tests {
    use proto::orderer::{SeekNewest, SeekNextCommit, SeekOldest, SeekSpecified};

    use super::*;

    fn position(text: &str) -> Option<SeekPosition> {
        let r#type = match text {
            "nil" => return None,
            "empty" => None,
            "oldest" => Some(Type::Oldest(SeekOldest {})),
            "newest" => Some(Type::Newest(SeekNewest {})),
            "next" => Some(Type::NextCommit(SeekNextCommit {})),
            number => Some(Type::Specified(SeekSpecified { number: number.parse().expect("a number") })),
        };
        Some(SeekPosition { r#type })
    }

    #[test]
    fn positions() {
        let max = &u64::MAX.to_string();
        let bad = Err(Status::BadRequest);
        let missing = Err(Status::NotFound);
        for (start, stop, height, expected) in [
            ("nil", "newest", 5, bad),
            ("oldest", "nil", 5, bad),
            ("oldest", "newest", 5, Ok((0, 4))),
            ("oldest", "oldest", 5, Ok((0, 0))),
            ("newest", "newest", 5, Ok((4, 4))),
            ("newest", "oldest", 5, Ok((4, 4))),
            ("newest", max, 5, Ok((4, u64::MAX))),
            ("2", "2", 5, Ok((2, 2))),
            ("3", "2", 5, bad),
            ("5", max, 5, Ok((5, u64::MAX))),
            ("6", max, 5, missing),
            ("6", "2", 5, missing),
            ("empty", "2", 5, missing),
            ("2", "empty", 5, Ok((2, 0))),
            ("next", max, 5, Ok((5, u64::MAX))),
            ("next", "newest", 5, Ok((5, 4))),
            ("next", "next", 5, Ok((5, 0))),
            ("next", "4", 5, bad),
            ("oldest", "newest", 1, Ok((0, 0))),
        ] {
            let info = SeekInfo { start: position(start), stop: position(stop), ..Default::default() };
            let found = seek(&info, height).map(|seek| (seek.next, seek.stop));
            assert_eq!(found, expected, "{start} to {stop} at height {height}");
        }
    }

    #[test]
    fn behaviour_and_content() {
        let info = |behavior, content_type| SeekInfo {
            start: position("0"),
            stop: position("1"),
            behavior,
            content_type,
            ..Default::default()
        };
        let both = |behavior, content| seek(&info(behavior, content), 5).map(|seek| (seek.wait, seek.headers_only));
        assert_eq!(both(0, 0), Ok((true, false)));
        assert_eq!(both(1, 1), Ok((false, true)));
        assert_eq!(both(7, 7), Ok((true, false)));
    }
}
