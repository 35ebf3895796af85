//! `GET /conversations/search`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::{ContactId, ConversationId, IdError, Kind, TeamFilter, Timestamp, UserId};
use actors::engine::{Engine, ListForTeam, SearchMessages, Team, TeamList, Wanted};
use actors::ports::{Sort, TeamOrder};
use serde_json::json;

use super::admit::Caller;
use super::conversation_shapes::row;
use super::cursor::Cursor;
use super::problem::Problem;
use super::query::Query;
use super::{HighLevel, kinds, scope};

const DEFAULT_LIMIT: i64 = 20;

pub async fn get(
    caller: Caller,
    face: Data<HighLevel>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(request.query_string());
    let location = query.one("locationId").ok_or_else(|| missing("locationId"))?;
    let team = caller.may_at(scope::READ, location)?;
    let order = order(&query)?;
    let sort = match query.one("sort") {
        None | Some("desc") => Sort::Newest,
        Some("asc") => Sort::Oldest,
        Some(_) => return Err(not_one_of("sort", "asc, desc")),
    };
    let limit = query.whole("limit")?.unwrap_or(DEFAULT_LIMIT);
    let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
    let limit = limit.ok_or_else(|| Problem::invalid("limit must be a positive number"))?;
    let limit = limit.min(ListForTeam::MAX_LIMIT);
    let only = id(&query, "id", ConversationId::parse)?;
    let filter = filter(&face.engine, &team, &query).await?;

    let cursor = Cursor::of(&query)?;
    let (cut, passed) = match &cursor {
        Some(cursor) => {
            let (cut, passed) = cursor.cut(sort);
            (Some(cut), passed)
        }
        None => (None, 0),
    };
    let ask = ListForTeam {
        only: only.clone(),
        filter: filter.clone(),
        order,
        sort,
        cut,
        limit: limit + passed,
    };
    let (list, found) = match words(&query)? {
        Wanted::Everything => (face.engine.list_for_team(&team, ask).await?, None),
        Wanted::Nothing => (TeamList { conversations: Vec::new(), next: None }, Some(0)),
        Wanted::Words(words) => {
            let (list, total) = face.engine.list_found_for_team(&team, &words, ask).await?;
            (list, Some(total))
        }
    };
    let mut rows = list.conversations;
    if let Some(cursor) = &cursor {
        rows = cursor.rest(rows, passed);
    }
    rows.truncate(limit);
    let total = match (found, only) {
        (Some(found), _) => found,
        (None, Some(_)) => rows.len() as u64,
        (None, None) => face.totals.of(&face.engine, &team, &filter).await?,
    };
    let values = Cursor::values(cursor.as_ref(), &rows);
    let shown: Vec<_> =
        rows.iter().zip(values).map(|(listed, value)| row(&listed.view, order, value)).collect();
    Ok(HttpResponse::Ok().json(json!({ "conversations": shown, "total": total })))
}

/// What no conversation of ours has (a score, a due date) leaves the order to the last message.
fn order(query: &Query) -> Result<TeamOrder, Problem> {
    match query.one("sortBy") {
        Some("last_manual_message_date") => Ok(TeamOrder::Manual),
        None | Some("last_message_date" | "score_profile" | "overdue_at" | "due_at") => {
            Ok(TeamOrder::Activity)
        }
        Some(_) => Err(not_one_of(
            "sortBy",
            "last_manual_message_date, last_message_date, score_profile, overdue_at, due_at",
        )),
    }
}

async fn filter(engine: &Engine, team: &Team, query: &Query) -> Result<TeamFilter, Problem> {
    let mut filter = TeamFilter {
        contacts: id(query, "contactId", ContactId::parse)?.map(|contact| vec![contact]),
        assignees: assignees(query)?,
        participants: ids(query, "followers", UserId::parse)?,
        last_kind: match query.one("lastMessageDirection") {
            None => None,
            Some("inbound") => Some(Kind::Incoming),
            Some("outbound") => Some(Kind::Outgoing),
            Some(_) => return Err(not_one_of("lastMessageDirection", "inbound, outbound")),
        },
        automated: match query.one("lastMessageAction") {
            None => None,
            Some("automated") => Some(true),
            Some("manual") => Some(false),
            Some(_) => return Err(not_one_of("lastMessageAction", "automated, manual")),
        },
        created_from: query.whole("startDate")?.map(Timestamp),
        created_until: query.whole("endDate")?.map(Timestamp),
        ..TeamFilter::default()
    };
    match query.one("status") {
        None | Some("all" | "recents") => {}
        Some("read") => filter.unread = Some(false),
        Some("unread") => filter.unread = Some(true),
        Some("starred") => filter.starred = Some(true),
        Some(_) => return Err(not_one_of("status", "all, read, unread, starred, recents")),
    }
    if let Some(wanted) = query.one("lastMessageType") {
        if !kinds::MESSAGE_TYPES.contains(&wanted) {
            return Err(Problem::invalid("lastMessageType must be a valid enum value"));
        }
        filter.medium = Some(kinds::medium(engine, &team.account, wanted).await?);
    }
    for bound in ["scoreProfileMin", "scoreProfileMax"] {
        query.whole(bound)?;
    }
    // Whom somebody mentioned is said in notes alone, and nothing of ours has a score.
    if query.one("mentions").is_some() || query.one("scoreProfile").is_some() {
        filter.contacts = Some(Vec::new());
    }
    Ok(filter)
}

fn words(query: &Query) -> Result<Wanted, Problem> {
    let most = SearchMessages::MAX_CHARS;
    Wanted::of(query.one("query"))
        .ok_or_else(|| Problem::invalid(format!("query must have at most {most} characters")))
}

fn assignees(query: &Query) -> Result<Option<Vec<Option<UserId>>>, Problem> {
    let named = query.list("assignedTo");
    if named.is_empty() {
        return Ok(None);
    }
    bounded("assignedTo", named.len())?;
    let read = |name: &&str| match *name {
        "unassigned" => Ok(None),
        name => UserId::parse(name).map(Some).map_err(|error| wrong("assignedTo", error)),
    };
    named.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn ids<T>(
    query: &Query,
    key: &'static str,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Result<Option<Vec<T>>, Problem> {
    let named = query.list(key);
    if named.is_empty() {
        return Ok(None);
    }
    bounded(key, named.len())?;
    let read = |name: &&str| parse(name).map_err(|error| wrong(key, error));
    named.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn id<T>(
    query: &Query,
    key: &'static str,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Result<Option<T>, Problem> {
    query.one(key).map(|text| parse(text).map_err(|error| wrong(key, error))).transpose()
}

fn bounded(key: &str, values: usize) -> Result<(), Problem> {
    let most = ListForTeam::MAX_VALUES;
    let few = values <= most;
    few.then_some(()).ok_or_else(|| Problem::invalid(format!("{key} has more than {most} ids")))
}

fn missing(key: &str) -> Problem {
    Problem::invalid(format!("{key} should not be empty"))
}

fn not_one_of(key: &str, values: &str) -> Problem {
    Problem::invalid(format!("{key} must be one of the following values: {values}"))
}

fn wrong(key: &str, error: IdError) -> Problem {
    Problem::invalid(format!("{key}: {error}"))
}
