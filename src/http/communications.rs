//! `/v1/communications/{id}`: messages that outside services write before they ask to emit them.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::{Communication, Kind, MessageId};
use actors::ports::Put;

use super::{JsonBody, Surface, document, path, resource};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::documents::{Fields, communication, resolve};

const MISSING: Fault = Fault::NotFound("communication");

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/v1/communications/{id}",
        [(Method::GET, web::to(get)), (Method::PUT, web::to(put))],
    ));
}

async fn get(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let stored = stored(&surface, &path::id(&id, MessageId::parse)?).await?;
    // A key is nobody in person, so it may not even learn that there is a note.
    let stored = stored.filter(|stored| stored.message.kind != Kind::Note).ok_or(MISSING)?;
    Ok(document(&communication::view(&stored)))
}

async fn put(
    _: ServiceKey,
    surface: Data<Surface>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let draft = communication::read(path::id(&id, MessageId::parse)?, Fields::of(body.0)?)?;
    let new = resolve(draft, &*surface.people, &*surface.conversations).await?;
    let there = stored(&surface, &new.message.id).await?;
    if there.is_some_and(|there| there.message.account != new.message.account) {
        return Err(Fault::Conflict("it belongs to another account"));
    }
    match surface.communications.put_communication(&new).await? {
        Put::Stored => Ok(document(&communication::view(&new))),
        // What was emitted knows its stamp and its conversations by now.
        Put::Same => {
            let stored = stored(&surface, &new.message.id).await?.ok_or(MISSING)?;
            Ok(document(&communication::view(&stored)))
        }
        Put::Fixed => Err(Fault::Conflict("it was emitted with other content")),
    }
}

async fn stored(surface: &Surface, id: &MessageId) -> Result<Option<Communication>, Fault> {
    Ok(surface.communications.communication(id).await?)
}
