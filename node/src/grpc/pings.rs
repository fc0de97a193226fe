//! How often clients may ping (`peer.keepalive.minInterval`, `General.Keepalive.ServerMinInterval`).
//!
//! The HTTP/2 library answers pings by itself and tells nobody, so this looks at the frames as they pass. The rule is that of
//! Go's gRPC, which Fabric's servers have: a ping sooner than the interval after the one before is a strike, unless an answer
//! was sent since; after the third strike the connection ends with GOAWAY and `too_many_pings`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Strikes that are forgiven.
const STRIKES_MAX: u32 = 2;

/// The interval where 0 is configured, as in Go's gRPC.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// What a client sends before its first frame.
const PREFACE_LENGTH: usize = 24;

const FRAME_HEADER_LENGTH: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const ENHANCE_YOUR_CALM: u32 = 11;
const TOO_MANY_PINGS: &[u8] = b"too_many_pings";

/// Finds the frames in one direction of a connection.
struct Frames {
    /// Bytes to come before the next frame.
    skip: usize,
    /// The beginning of a frame.
    header: [u8; FRAME_HEADER_LENGTH],
    filled: usize,
}

/// What a frame's header says.
struct Frame {
    kind: u8,
    flags: u8,
    stream_id: u32,
}

impl Frames {
    fn after(skip: usize) -> Frames {
        Frames { skip, header: [0; FRAME_HEADER_LENGTH], filled: 0 }
    }

    /// Between two frames?
    fn at_boundary(&self) -> bool {
        self.skip == 0 && self.filled == 0
    }

    fn pass(&mut self, mut bytes: &[u8], mut see: impl FnMut(Frame)) {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return;
            }
            let taken = (FRAME_HEADER_LENGTH - self.filled).min(bytes.len());
            self.header[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
            self.filled += taken;
            bytes = &bytes[taken..];
            if self.filled == FRAME_HEADER_LENGTH {
                let [a, b, c, kind, flags, stream_id @ ..] = self.header;
                self.skip = u32::from_be_bytes([0, a, b, c]) as usize;
                self.filled = 0;
                see(Frame { kind, flags, stream_id: u32::from_be_bytes(stream_id) & 0x7fff_ffff });
            }
        }
    }
}

/// Who pings too often.
struct Policy {
    interval: Duration,
    last_ping: Option<Instant>,
    strikes: u32,
    /// An answer was sent since the last ping.
    answered: bool,
    last_stream_id: u32,
}

impl Policy {
    fn received(&mut self, frame: &Frame, now: Instant) {
        match frame.kind {
            HEADERS => self.last_stream_id = self.last_stream_id.max(frame.stream_id),
            PING if frame.flags & ACK == 0 => {
                let last = self.last_ping.replace(now);
                if std::mem::take(&mut self.answered) {
                    self.strikes = 0;
                } else if last.is_some_and(|last| now.duration_since(last) < self.interval) {
                    self.strikes += 1;
                }
            }
            _ => {}
        }
    }

    fn sent(&mut self, frame: &Frame) {
        self.answered |= matches!(frame.kind, HEADERS | DATA);
    }

    fn is_violated(&self) -> bool {
        self.strikes > STRIKES_MAX
    }

    fn goaway(&self) -> Vec<u8> {
        let mut frame = vec![0, 0, 8 + TOO_MANY_PINGS.len() as u8, GOAWAY, 0, 0, 0, 0, 0];
        frame.extend_from_slice(&self.last_stream_id.to_be_bytes());
        frame.extend_from_slice(&ENHANCE_YOUR_CALM.to_be_bytes());
        frame.extend_from_slice(TOO_MANY_PINGS);
        frame
    }
}

/// A connection that ends when the client pings too often.
pub(super) struct LimitedPings<S> {
    stream: S,
    received: Frames,
    sent: Frames,
    policy: Policy,
    /// What is left to send of the last frame, once the policy is violated.
    farewell: Option<(Vec<u8>, usize)>,
}

impl<S> LimitedPings<S> {
    /// `interval` is the shortest that is allowed; 0 means Go's default of five minutes.
    pub(super) fn new(stream: S, interval: Duration) -> Self {
        let interval = if interval.is_zero() { DEFAULT_INTERVAL } else { interval };
        let policy = Policy { interval, last_ping: None, strikes: 0, answered: false, last_stream_id: 0 };
        LimitedPings { stream, received: Frames::after(PREFACE_LENGTH), sent: Frames::after(0), policy, farewell: None }
    }

    fn pass_sent(&mut self, bytes: &[u8]) {
        let policy = &mut self.policy;
        self.sent.pass(bytes, |frame| policy.sent(&frame));
    }
}

impl<S: AsyncWrite + Unpin> LimitedPings<S> {
    /// Says why, and ends the connection. A frame that is being sent comes first.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.farewell.is_none() && !self.sent.at_boundary() {
            // Who writes on wakes this task at the end of the frame.
            return Poll::Pending;
        }
        let (frame, written) = self.farewell.get_or_insert_with(|| (self.policy.goaway(), 0));
        while *written < frame.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(context, &frame[*written..]))? {
                0 => return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero))),
                count => *written += count,
            }
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    /// After a write. Nothing follows the farewell.
    fn after_write(&mut self, context: &Context<'_>) {
        if self.policy.is_violated() && self.sent.at_boundary() {
            context.waker().wake_by_ref();
        }
    }

    fn may_write(&self) -> io::Result<()> {
        if self.policy.is_violated() && self.sent.at_boundary() {
            return Err(io::Error::other("the client pings too often"));
        }
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for LimitedPings<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.policy.is_violated() {
            // The end of the connection, as far as the reader knows.
            return this.poll_farewell(context);
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let policy = &mut this.policy;
        // Most reads have no ping; the time is asked for once.
        let now = Instant::now();
        this.received.pass(&buffer.filled()[before..], |frame| policy.received(&frame, now));
        if this.policy.is_violated() {
            tracing::warn!("a client pings too often; its connection ends");
            buffer.set_filled(before);
            return this.poll_farewell(context);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for LimitedPings<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.may_write()?;
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.pass_sent(&bytes[..written]);
        self.after_write(context);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.may_write()?;
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, parts))?;
        let mut left = written;
        for part in parts {
            let length = left.min(part.len());
            self.pass_sent(&part[..length]);
            left -= length;
        }
        self.after_write(context);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn frame(kind: u8, flags: u8, stream_id: u32, length: usize) -> Vec<u8> {
        let mut frame = vec![0, 0, length as u8, kind, flags];
        frame.extend_from_slice(&stream_id.to_be_bytes());
        frame.resize(FRAME_HEADER_LENGTH + length, 0xab);
        frame
    }

    #[test]
    fn strikes_are_counted_as_in_go() {
        let ping = Frame { kind: PING, flags: 0, stream_id: 0 };
        let begin = Instant::now();
        // Seconds at which pings come, whether an answer is sent before the last one, and whether that is one too many.
        for (times, answered, violated) in [
            (&[0, 60, 120, 180, 240][..], false, false),
            (&[0, 10, 20], false, false),
            (&[0, 10, 20, 30], false, true),
            (&[0, 10, 20, 30], true, false),
            (&[0, 10, 100, 110, 200, 210], false, true),
        ] {
            let mut policy = LimitedPings::new((), Duration::from_secs(60)).policy;
            for (index, seconds) in times.iter().enumerate() {
                if answered && index + 1 == times.len() {
                    policy.sent(&Frame { kind: DATA, flags: 0, stream_id: 1 });
                }
                policy.received(&ping, begin + Duration::from_secs(*seconds));
            }
            assert_eq!(policy.is_violated(), violated, "{times:?}");
        }
        let mut policy = LimitedPings::new((), Duration::ZERO).policy;
        for _ in 0..9 {
            policy.received(&Frame { kind: PING, flags: ACK, stream_id: 0 }, begin);
        }
        assert!(!policy.is_violated() && policy.interval == DEFAULT_INTERVAL);
    }

    #[tokio::test]
    async fn the_client_is_told_why_after_the_frame_that_is_being_sent() {
        let (mut client, server) = tokio::io::duplex(4096);
        let mut server = LimitedPings::new(server, Duration::from_secs(60));
        let answer = frame(DATA, 0, 1, 20);
        let mut sent = vec![b'P'; PREFACE_LENGTH];
        sent.extend(frame(HEADERS, 4, 7, 30));
        for _ in 0..4 {
            sent.extend(frame(PING, 0, 0, 8));
        }
        // In pieces that end anywhere.
        for piece in sent[..sent.len() - 17].chunks(7) {
            client.write_all(piece).await.expect("sent");
            let mut buffer = vec![0; piece.len()];
            server.read_exact(&mut buffer).await.expect("not yet too many");
        }
        server.write_all(&answer[..12]).await.expect("sent");
        // The answer clears the strikes, so three more pings come before it is too many.
        let mut more = sent[sent.len() - 17..].to_vec();
        for _ in 0..3 {
            more.extend(frame(PING, 0, 0, 8));
        }
        client.write_all(&more).await.expect("sent");
        let reading = async {
            let mut rest = Vec::new();
            server.read_to_end(&mut rest).await
        };
        // Nothing comes before the frame is whole.
        tokio::select! {
            biased;
            read = reading => panic!("{read:?}"),
            () = tokio::task::yield_now() => {}
        }
        server.write_all(&answer[12..]).await.expect("the rest of the frame");
        server.read_to_end(&mut Vec::new()).await.expect("the end");
        assert!(server.write_all(&answer).await.is_err());
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.expect("received");
        let mut expected = answer;
        expected.extend([0, 0, 22, 7, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 11]);
        expected.extend(b"too_many_pings");
        assert_eq!(received, expected);
    }
}
