//! `POST /conversations/messages/upload`: files, by the key `fileAttachment`, for messages that
//! are sent next.

use std::convert::Infallible;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::ConversationId;
use actors::ports::Links;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::{Map, Value, json};

use super::admit::Caller;
use super::message_shapes::link;
use super::problem::Problem;
use super::{HighLevel, scope};
use crate::answer::Fault;
use crate::http::path;

const FILE: &str = "fileAttachment";
/// Longest file, in bytes, and most of them at once.
const FILE_BYTES: usize = 5 * 1024 * 1024;
const MOST_FILES: usize = 5;
/// Longest other field, in bytes, and most of all fields.
const TEXT_BYTES: u64 = 4_096;
const MOST_FIELDS: usize = 40;
/// What is taken, by the end of its name.
const KINDS: [&str; 13] =
    ["jpg", "jpeg", "png", "mp4", "mpeg", "zip", "rar", "pdf", "doc", "docx", "txt", "mp3", "wav"];

struct File {
    name: String,
    kind: Option<String>,
    content: BytesMut,
}

pub async fn post(
    caller: Caller,
    face: Data<HighLevel>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::WRITE_MESSAGES)?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok());
    let boundary = boundary.ok_or(Fault::UnsupportedMediaType)?;
    let body = whole(body).await?;
    let limits = SizeLimit::new().per_field(FILE_BYTES as u64);
    let constraints = Constraints::new().size_limit(limits.for_field("locationId", TEXT_BYTES));
    let stream = futures_util::stream::once(std::future::ready(Ok::<_, Infallible>(body)));
    let mut parts = Multipart::with_constraints(stream, boundary, constraints);
    let (mut files, mut fields) = (Vec::new(), 0);
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        fields += 1;
        if fields > MOST_FIELDS {
            return Err(Problem::invalid("too many fields"));
        }
        let name = part.name().unwrap_or_default().to_owned();
        if name == FILE || part.file_name().is_some() {
            if files.len() == MOST_FILES {
                return Err(Problem::invalid(format!("at most {MOST_FILES} files at once")));
            }
            files.push(file(part).await?);
            continue;
        }
        let text = part.text().await.map_err(unreadable)?;
        match name.as_str() {
            "locationId" => caller.may_at(scope::WRITE_MESSAGES, &text).map(|_| ())?,
            "conversationId" => {
                let id = path::id(&text, ConversationId::parse)?;
                let there = face.engine.team_conversation(&team, &id).await;
                there.map_err(Problem::about("Conversation", &text))?;
            }
            _ => {}
        }
    }
    if files.is_empty() {
        return Err(Problem::invalid(format!("{FILE} should not be empty")));
    }
    let kept = keep(&face, files).await?;
    Ok(HttpResponse::Ok().json(json!({ "uploadedFiles": kept })))
}

/// Read to its end first: the parser moves between threads, and a request's body does not.
async fn whole(mut body: web::Payload) -> Result<Bytes, Problem> {
    let most = FILE_BYTES * MOST_FILES + TEXT_BYTES as usize * MOST_FIELDS;
    let mut read = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Problem::invalid("the body ended too early"))?;
        if read.len() + chunk.len() > most {
            return Err(unreadable(multer::Error::StreamSizeExceeded { limit: most as u64 }));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

async fn file(mut part: Field<'_>) -> Result<File, Problem> {
    let name = part.file_name().unwrap_or("attachment").to_owned();
    let end = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if !KINDS.contains(&end.as_str()) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::Upload(status, "Unsupported file type"));
    }
    let kind = part.content_type().map(ToString::to_string);
    let mut content = BytesMut::new();
    while let Some(chunk) = part.chunk().await.map_err(unreadable)? {
        content.extend_from_slice(&chunk);
    }
    Ok(File { name, kind, content })
}

/// Each file's link by its name; of two of one name the latter's.
async fn keep(face: &HighLevel, files: Vec<File>) -> Result<Map<String, Value>, Problem> {
    let attachments = Arc::clone(&face.attachments);
    let keep = move || {
        let keep = |file: File| {
            let kept = attachments.keep(&file.name, file.kind.as_deref(), &file.content)?;
            Ok((file.name, kept))
        };
        files.into_iter().map(keep).collect::<std::io::Result<Vec<_>>>()
    };
    let kept = web::block(keep).await.map_err(|_| Fault::Internal)?.map_err(|_| Fault::Internal)?;
    let now = face.engine.clock.now();
    let linked = kept.into_iter().filter_map(|(name, kept)| {
        let link = link(&face.attachments.shown(&kept, now)?)?;
        Some((name, Value::from(format!("{}{link}", face.base))))
    });
    Ok(linked.collect())
}

fn unreadable(error: multer::Error) -> Problem {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            Problem::Upload(StatusCode::PAYLOAD_TOO_LARGE, "File is too large")
        }
        _ => Problem::invalid("the body is no whole form"),
    }
}
