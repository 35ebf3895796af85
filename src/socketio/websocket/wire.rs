use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actors::session::{CloseReason, Line};
use bytes::{BufMut, Bytes, BytesMut};
use rustix::net::{SendFlags, send};
use socket2::SockRef;

/// Longest that a client may take over what it is still owed when the session has ended, and then
/// over hanging up.
const FAREWELL: Duration = Duration::from_secs(5);

/// Room for what is read at a time, in bytes.
const CHUNK: usize = 8 * 1024;

/// The websocket's TCP connection, shared between who listens to it and whoever has a frame for it.
pub(super) struct Wire(TcpStream);

impl Wire {
    pub fn new(stream: TcpStream) -> Arc<Self> {
        Arc::new(Self(stream))
    }

    /// Appends what has come, at least one byte.
    ///
    /// # Errors
    ///
    /// The connection has ended.
    pub async fn read(&self, buffer: &mut BytesMut) -> io::Result<()> {
        loop {
            self.0.readable().await?;
            buffer.reserve(CHUNK);
            match self.0.try_read_buf(buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes a few bytes while nobody else writes.
    ///
    /// # Errors
    ///
    /// The connection has ended.
    pub async fn say(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.0.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.0.writable().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says why, when what is owed has been `drained`, and waits a while until the client has read
    /// it: a connection that is dropped with something unread in it takes with it what was sent.
    pub async fn end(&self, reason: CloseReason, drained: impl Future<Output = ()>) {
        let goodbye = async {
            drained.await;
            self.say(&control(0x88, &close_code(reason).to_be_bytes())).await?;
            SockRef::from(&self.0).shutdown(Shutdown::Write)
        };
        if !matches!(tokio::time::timeout(FAREWELL, goodbye).await, Ok(Ok(()))) {
            return;
        }
        let hung_up = async {
            let mut unheard = BytesMut::new();
            while self.read(&mut unheard).await.is_ok() {
                unheard.clear();
            }
        };
        let _ = tokio::time::timeout(FAREWELL, hung_up).await;
    }
}

impl Line for Wire {
    fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        // The kernel is asked first, not tokio what it remembers of this socket: it nearly always has
        // room. When it has none, tokio has to hear of it.
        let sent = match parts {
            [only] => send(&self.0, only, SendFlags::NOSIGNAL).map_err(io::Error::from),
            many => SockRef::from(&self.0).send_vectored(many),
        };
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => match parts {
                [only] => self.0.try_write(only),
                many => self.0.try_write_vectored(many),
            },
            sent => sent,
        }
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        // An error shows when it is written to.
        self.0.poll_write_ready(cx).map(drop)
    }
}

/// A control frame; its data is at most 125 bytes (RFC 6455, 5.5).
pub(super) fn control(first: u8, data: &[u8]) -> Bytes {
    let data = &data[..data.len().min(125)];
    let mut bytes = BytesMut::with_capacity(2 + data.len());
    bytes.put_u8(first);
    bytes.put_u8(data.len() as u8);
    bytes.put_slice(data);
    bytes.freeze()
}

/// RFC 6455, 7.4.1.
fn close_code(reason: CloseReason) -> u16 {
    match reason {
        CloseReason::ClientClosed | CloseReason::TransportGone | CloseReason::HeartbeatTimeout => {
            1000
        }
        CloseReason::ShuttingDown => 1001,
        CloseReason::ProtocolViolation => 1002,
        CloseReason::ConnectTimeout
        | CloseReason::RateLimited
        | CloseReason::Dismissed
        | CloseReason::TokenExpired => 1008,
        CloseReason::TooLarge => 1009,
        CloseReason::Lagging | CloseReason::Overwhelmed | CloseReason::NotNow => 1013,
    }
}
