use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actors::session::{CloseReason, Frame, Handle, Taken};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::Stream;
use tokio::sync::oneshot;

use super::super::engine::{EngineIo, Messages};
use super::Wire;

/// Most that one write carries, in bytes, unless a single frame is longer.
const BATCH: usize = 64 * 1024;

/// The body of the response.
pub(super) struct Writer<M: Messages> {
    wire: Rc<RefCell<Wire>>,
    handle: Handle<EngineIo<M>>,
    ended: bool,
    /// Dropped with the writer, which tells the reader.
    _writing: oneshot::Sender<()>,
}

impl<M: Messages> Writer<M> {
    /// `writing` is dropped with the writer.
    pub fn new(
        wire: Rc<RefCell<Wire>>,
        handle: Handle<EngineIo<M>>,
        writing: oneshot::Sender<()>,
    ) -> Self {
        Self { wire, handle, ended: false, _writing: writing }
    }
}

impl<M: Messages> Stream for Writer<M> {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let mut wire = this.wire.borrow_mut();
        if let Some(data) = wire.pong.take() {
            return Poll::Ready(Some(Ok(control(0x8A, &data))));
        }
        if std::mem::take(&mut wire.probed) {
            return Poll::Ready(Some(Ok(Frame::text("3probe").websocket().clone())));
        }
        let mut close = wire.close;
        if let Some(lease) = wire.lease {
            match this.handle.outbox.poll_take(lease, cx, BATCH) {
                Poll::Ready(Taken::Frames(frames)) => return Poll::Ready(Some(Ok(merge(&frames)))),
                Poll::Ready(Taken::Closed(reason)) => close = Some(reason),
                Poll::Ready(Taken::Revoked | Taken::Switching) => {
                    close = Some(CloseReason::TransportGone);
                }
                Poll::Pending => {}
            }
        }
        if let Some(reason) = close {
            this.ended = true;
            let code = close_code(reason).to_be_bytes();
            return Poll::Ready(Some(Ok(control(0x88, &code))));
        }
        wire.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Frames that are ready at the same time share one write.
fn merge(frames: &[Frame]) -> Bytes {
    metrics::histogram!("switchboard_socket_frames_per_write").record(frames.len() as f64);
    if let [only] = frames {
        return only.websocket().clone();
    }
    let mut bytes = BytesMut::with_capacity(frames.iter().map(Frame::wire_len).sum());
    for frame in frames {
        bytes.put_slice(frame.websocket());
    }
    bytes.freeze()
}

/// A control frame; its data is at most 125 bytes (RFC 6455, 5.5).
fn control(first: u8, data: &[u8]) -> Bytes {
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
