//! What a subscription is to be told next, and how it is told in the form it asked for.

use actors::domain::{EventKind, Form, Position, Subscription};
use actors::engine::{Engine, NumberedNews, Team, TeamEvent};
use actors::ports::{After, Unavailable};
use bytes::Bytes;

use super::caller::Delivery;
use super::event_name::EventNames;
use super::{event, inbox_event, signature};

pub enum News {
    Standard(TeamEvent),
    Inbox(NumberedNews),
}

pub struct Told {
    /// In order.
    pub news: Vec<News>,
    /// Everything up to here is in it.
    pub reached: Position,
    /// Something before the first of it may have been forgotten.
    pub forgotten: bool,
}

/// What happened after a position. Looks at some `limit` announcements.
///
/// # Errors
///
/// [`Unavailable`]: it cannot be told now. So when it is spelled, below.
pub async fn next(
    engine: &Engine,
    subscription: &Subscription,
    after: Position,
    limit: usize,
) -> Result<Told, Unavailable> {
    let account = &subscription.account;
    if subscription.form == Form::Standard {
        let page = engine.team_events(account, after, limit).await?;
        let news = page.events.into_iter().map(News::Standard).collect();
        return Ok(Told { news, reached: page.reached, forgotten: page.forgotten });
    }
    let forgotten = after < engine.store.floor().await?;
    let page = engine.event_feed(account, After::Position(after), limit).await?;
    let news = page.events.into_iter().map(News::Inbox).collect();
    Ok(Told { news, reached: page.reached, forgotten })
}

impl News {
    pub fn position(&self) -> Position {
        match self {
            Self::Standard(event) => event.position,
            Self::Inbox(news) => news.position,
        }
    }

    pub fn kind(&self) -> EventKind {
        match self {
            Self::Standard(event) => event.what.kind(),
            Self::Inbox(news) => news.kind(),
        }
    }

    /// Signed at this second.
    pub async fn delivery(
        &self,
        engine: &Engine,
        names: &EventNames,
        subscription: &Subscription,
        seconds: i64,
    ) -> Result<Delivery, Unavailable> {
        let secret = &subscription.secret;
        let unspelled = |error| Unavailable::new("spelling an event", error);
        match self {
            Self::Standard(event) => {
                let id = names.name(&subscription.id, event.position);
                let body = event::body(event).map_err(unspelled)?;
                let signature = signature::sign(secret, &id, seconds, &body);
                let headers = vec![
                    ("webhook-id", id),
                    ("webhook-timestamp", seconds.to_string()),
                    ("webhook-signature", signature),
                ];
                Ok(Delivery { headers, body })
            }
            Self::Inbox(news) => {
                let team = Team { account: subscription.account.clone() };
                let envelope = inbox_event::envelope(engine, names, &team, news).await?;
                let body = Bytes::from(serde_json::to_vec(&envelope).map_err(unspelled)?);
                let signature = signature::sign_inbox(secret, seconds, &body);
                Ok(Delivery { headers: vec![("x-inbox-signature", signature)], body })
            }
        }
    }
}
