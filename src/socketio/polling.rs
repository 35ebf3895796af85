//! HTTP long-polling: a GET waits for what is to be sent, a POST brings what was said.
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::session::{CloseReason, Frame, Handle, Lease, Outbox, PollRefused, Receive, Taken};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;

use super::Limits;
use super::engine::{EngineIo, Inbound, Messages};
use super::fault::Fault;
use super::table::Entry;

/// Parts packets from each other.
const SEPARATOR: u8 = 0x1E;

/// Most that one answer carries, in bytes, unless a single packet is longer.
const BATCH: usize = 1024 * 1024;

/// How often a poll is sent home while a websocket waits to take over. Sent at once, the client
/// would only come back at once, until it hears that the websocket works.
const SENT_HOME: Duration = Duration::from_millis(100);

/// The answer to a handshake: the open packet.
pub(super) async fn open<M: Messages>(handle: Handle<EngineIo<M>>) -> Result<HttpResponse, Fault> {
    let lease = handle.outbox.begin_poll().map_err(|_| Fault::BadRequest)?;
    wait(Waiting { outbox: &handle.outbox, lease, late: false, answered: false }).await
}

/// A GET.
pub(super) async fn poll<M: Messages>(entry: Entry<M>) -> Result<HttpResponse, Fault> {
    let outbox = &entry.handle.outbox;
    let late = outbox.is_switching();
    match outbox.begin_poll() {
        Ok(lease) => {
            let waiting = Waiting { outbox, lease, late, answered: false };
            still_there(&entry).await?;
            wait(waiting).await
        }
        Err(PollRefused::NotPolling) => Err(Fault::BadRequest),
        Err(PollRefused::Overlap) => {
            outbox.close(CloseReason::ProtocolViolation);
            Err(Fault::BadRequest)
        }
        // The client has closed; this poll was on its way.
        Err(PollRefused::Closed(_)) if outbox.take_farewell() => Ok(answer(b"6".to_vec())),
        Err(PollRefused::Closed(_)) => Err(Fault::UnknownSession),
    }
}

/// A timer may be a moment late; a session whose time is over is not woken by a poll.
async fn still_there<M: Messages>(entry: &Entry<M>) -> Result<(), Fault> {
    match entry.handle.address.send(Receive(Vec::new())).await {
        Ok(Err(CloseReason::HeartbeatTimeout)) => Err(Fault::UnknownSession),
        _ => Ok(()),
    }
}

async fn wait(mut waiting: Waiting<'_>) -> Result<HttpResponse, Fault> {
    let (outbox, lease) = (waiting.outbox, waiting.lease);
    let mut taken = outbox.take(lease, BATCH).await;
    if taken == Taken::Switching {
        tokio::time::sleep(SENT_HOME).await;
        // What came meanwhile goes along; a websocket that has taken over by now has it.
        taken = outbox.take(lease, BATCH).await;
    }
    waiting.answered = true;
    let body = match taken {
        Taken::Frames(frames) => join(&frames),
        Taken::Switching => {
            outbox.end_poll(lease);
            b"6".to_vec()
        }
        // A client ends its polls before it lets the websocket take over.
        Taken::Revoked if waiting.late => return Err(Fault::BadRequest),
        Taken::Revoked | Taken::Closed(CloseReason::ClientClosed) => b"6".to_vec(),
        Taken::Closed(_) => b"1".to_vec(),
    };
    Ok(answer(body))
}

/// A poll that is given up (the page was closed) takes the session with it, as in the reference.
struct Waiting<'a> {
    outbox: &'a Outbox,
    lease: Lease,
    /// It began when a websocket had asked to take over already.
    late: bool,
    answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.answered && self.outbox.holds(self.lease) {
            self.outbox.close(CloseReason::TransportGone);
        }
    }
}

fn join(frames: &[Frame]) -> Vec<u8> {
    let mut body = Vec::with_capacity(frames.iter().map(Frame::wire_len).sum());
    for frame in frames {
        if !body.is_empty() {
            body.push(SEPARATOR);
        }
        if frame.is_binary() {
            body.push(b'b');
            body.extend_from_slice(STANDARD.encode(frame.packet()).as_bytes());
        } else {
            body.extend_from_slice(&frame.packet());
        }
    }
    metrics::histogram!("switchboard_socket_frames_per_write").record(frames.len() as f64);
    body
}

fn answer(body: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=UTF-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}

/// A POST.
pub(super) async fn post<M: Messages>(
    entry: Entry<M>,
    request: &HttpRequest,
    body: web::Payload,
    limits: &Limits,
) -> Result<HttpResponse, Fault> {
    let outbox = &entry.handle.outbox;
    if outbox.closed().is_some() {
        return Err(Fault::UnknownSession);
    }
    if !outbox.is_polling() {
        return Err(Fault::BadRequest);
    }
    let Some(_posting) = entry.begin_post() else {
        outbox.close(CloseReason::ProtocolViolation);
        return Err(Fault::BadRequest);
    };
    let content_type = request.headers().get(header::CONTENT_TYPE);
    if content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/octet-stream")) {
        return Err(Fault::BadRequest);
    }
    // Nobody who is alive takes longer over a body than over a ping.
    let patience = limits.ping_interval + limits.ping_timeout;
    let body = tokio::time::timeout(patience, read(body, limits.max_payload))
        .await
        .map_err(|_| Fault::BadRequest)??;
    let Some(packets) = split(body) else {
        outbox.close(CloseReason::ProtocolViolation);
        return Err(Fault::BadRequest);
    };
    match entry.handle.address.send(Receive(packets)).await {
        Ok(Ok(()) | Err(CloseReason::ClientClosed)) => Ok(HttpResponse::Ok()
            .content_type("text/html")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body("ok")),
        Ok(Err(_)) => Err(Fault::BadRequest),
        Err(_) => Err(Fault::UnknownSession),
    }
}

async fn read(mut body: web::Payload, max: usize) -> Result<Vec<u8>, Fault> {
    let mut read = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Fault::BadRequest)?;
        if read.len() + chunk.len() > max {
            return Err(Fault::TooLarge);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// `None` when it is not text.
fn split(body: Vec<u8>) -> Option<Vec<Inbound>> {
    let text = String::from_utf8(body).ok()?;
    Some(text.split(char::from(SEPARATOR)).map(|part| Inbound::Text(part.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_parted_by_the_separator_and_attachments_are_base64() {
        let frames = [Frame::text("4a"), Frame::binary([1, 2, 3, 4]), Frame::text("2")];

        assert_eq!(join(&frames), b"4a\x1ebAQIDBA==\x1e2");
        let parts = split(join(&frames)).unwrap();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[1], Inbound::Text("bAQIDBA==".into()));
        assert_eq!(split(vec![b'4', 0xFF]), None);
    }
}
