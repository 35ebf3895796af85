//! `GET /api/v1/prospects/export`: every prospect that a filter holds for, as CSV or as JSON lines.
//!
//! Read a page at a time, and only as fast as the client takes it. An export that cannot be finished
//! breaks off, so that half of one is not taken for the whole.

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::LabelFilter;
use actors::engine::{LabelBook, Team};
use actors::ports::{ProspectOrder, ProspectPage, ProspectRow, Unavailable};
use bytes::Bytes;
use futures_util::stream::{Stream, try_unfold};
use serde::Serialize;

use super::query::Query;
use super::team::InboxTeam;
use super::{Inbox, csv, filter};
use crate::answer::Fault;
use crate::documents::profile;
use crate::http::resource;
use crate::views::inbox::Names;

/// Prospects read in one go.
const PAGE: usize = 500;
/// Bytes sent in one go, or a little more.
const ENOUGH: usize = 64 * 1024;
/// What parts the tags of one prospect.
const BETWEEN_TAGS: &str = "; ";

const COLUMNS: [&str; 9] = [
    "prospectId",
    "platformId",
    "username",
    "name",
    "followers",
    "verified",
    "tags",
    "status",
    "notes",
];

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/api/v1/prospects/export", [(Method::GET, web::to(export))]));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

/// As the guide builds it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    prospect_id: &'a str,
    platform_id: String,
    username: String,
    name: &'a str,
    followers: u64,
    verified: bool,
    tags: String,
    status: &'a str,
    notes: &'a str,
}

async fn export(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let mut query = Query::parse(request.query_string())?;
    let format = match query.one(&["format"])?.as_deref() {
        None | Some("csv") => Format::Csv,
        Some("jsonl") => Format::JsonLines,
        Some(_) => return Err(Fault::invalid("format has to be csv or jsonl")),
    };
    let filter = filter::labels(&mut query)?;
    query.end()?;
    let book = inbox.engine.label_book(&team.account).await?;
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "prospects.csv"),
        Format::JsonLines => ("application/jsonl", "prospects.jsonl"),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(parts(Export { inbox, team, filter, book, format })))
}

struct Export {
    inbox: Data<Inbox>,
    team: Team,
    filter: LabelFilter,
    book: LabelBook,
    format: Format,
}

fn parts(export: Export) -> impl Stream<Item = Result<Bytes, Unavailable>> + 'static {
    // Who has a label that there is not is nobody.
    let begins = export.book.known(export.filter.clone());
    let begin = begins.map(|_| ProspectOrder::Id { after: None });
    let mut text = String::new();
    if export.format == Format::Csv {
        csv::row(&mut text, COLUMNS);
    }
    try_unfold((export, begin, text), |(export, mut at, mut text)| async move {
        // An empty part would be taken for the end.
        while let Some(order) = at.take_if(|_| text.len() < ENOUGH) {
            let page = export.page(order).await.inspect_err(|error| {
                tracing::warn!(%error, "an export breaks off");
            })?;
            for row in &page.rows {
                export.line(&mut text, row);
            }
            at = page.next;
        }
        let part = Bytes::from(std::mem::take(&mut text));
        Ok((!part.is_empty()).then_some((part, (export, at, text))))
    })
}

impl Export {
    async fn page(&self, order: ProspectOrder) -> Result<ProspectPage, Unavailable> {
        let Self { inbox, team, filter, .. } = self;
        inbox.engine.prospect_rows(team, filter, order, PAGE).await
    }

    fn line(&self, out: &mut String, row: &ProspectRow) {
        let ProspectRow { contact, context } = row;
        let known = profile::of(contact);
        let names = Names::of(Some(contact), &contact.id, &known);
        let tags = self.book.tags(context);
        let tags: Vec<_> = tags.iter().map(|tag| tag.name.as_str()).collect();
        let status = self.book.status(context);
        let line = Line {
            prospect_id: contact.id.as_str(),
            platform_id: names.platform_id,
            username: names.username,
            name: contact.name.as_deref().unwrap_or_default(),
            followers: known.followers.unwrap_or_default(),
            verified: known.verified,
            tags: tags.join(BETWEEN_TAGS),
            status: status.as_ref().map_or("", |status| &status.name),
            notes: context.notes.as_deref().unwrap_or_default(),
        };
        match self.format {
            Format::Csv => line.csv(out),
            Format::JsonLines => {
                out.push_str(&serde_json::to_string(&line).unwrap_or_default());
                out.push('\n');
            }
        }
    }
}

impl Line<'_> {
    fn csv(&self, out: &mut String) {
        let followers = self.followers.to_string();
        let verified = self.verified.to_string();
        let cells: [&str; COLUMNS.len()] = [
            self.prospect_id,
            &self.platform_id,
            &self.username,
            self.name,
            &followers,
            &verified,
            &self.tags,
            self.status,
            self.notes,
        ];
        csv::row(out, cells);
    }
}
