//! Which threads and prospects a client asks for, and where a page begins.

use actors::domain::{
    ChannelId, ContactId, ContactStatusId, ConversationId, IdError, Kind, LabelFilter, MessageId,
    TagId, TeamFilter, UserId, Valuation,
};
use actors::engine::{ListForTeam, SearchMessages, Wanted};
use actors::ports::{ProspectOrder, Sort, TeamCut, TeamOrder};
use actors::view::MessageView;
use serde_json::{Value, json};

use super::query::Query;
use crate::answer::Fault;
use crate::time;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 100;

/// Everything that `GET /threads` takes.
///
/// # Errors
///
/// [`Fault::Invalid`] for what is no filter, and for what is left over. So with everything below.
pub fn threads(mut query: Query) -> Result<(Wanted, ListForTeam), Fault> {
    let wanted = wanted(&mut query)?;
    let mut filter = view(&mut query)?;
    let mut links = query.list(&["accountLinkId"])?;
    links.extend(query.list(&["accountLinkIds"])?);
    filter.channels = ids("accountLinkId", links, ChannelId::parse)?;
    let assignees = query.list(&[
        "filter[assigneeIds]",
        "filters[assigneeIds]",
        "filters[assignees][selectedIds]",
    ])?;
    let assignees = ids("filter[assigneeIds]", assignees, UserId::parse)?;
    filter.assignees = assignees.map(|some| some.into_iter().map(Some).collect());
    filter.labels = labels(&mut query)?;
    let limit = limit(&mut query)?;
    let (order, sort) = match query.one(&["sort"])?.as_deref() {
        None | Some("lastMessageAt") => (TeamOrder::Activity, Sort::Newest),
        // Oldest first: whatever comes meanwhile comes at the end.
        Some("createdAt") => (TeamOrder::Created, Sort::Oldest),
        Some(_) => return Err(Fault::invalid("sort has to be lastMessageAt or createdAt")),
    };
    let cut = cut(&mut query)?;
    query.end()?;
    Ok((wanted, ListForTeam { only: None, filter, order, sort, cut, limit }))
}

fn wanted(query: &mut Query) -> Result<Wanted, Fault> {
    let most = SearchMessages::MAX_CHARS;
    Wanted::of(query.one(&["query", "search"])?.as_deref())
        .ok_or_else(|| Fault::invalid(format!("query must have at most {most} characters")))
}

fn view(query: &mut Query) -> Result<TeamFilter, Fault> {
    let any = TeamFilter::default();
    let open = Some(true);
    Ok(match query.one(&["inboxView", "inbox"])?.as_deref() {
        None => any,
        Some("default") => TeamFilter { open, request: Some(false), ..any },
        Some("no-reply") => TeamFilter { open, last_kind: Some(Kind::Outgoing), ..any },
        Some("requests") => TeamFilter { request: Some(true), ..any },
        Some("archived") => TeamFilter { open: Some(false), ..any },
        Some(_) => {
            let known = "inboxView has to be default, no-reply, requests or archived";
            return Err(Fault::invalid(known));
        }
    })
}

/// `filter[tagIds]`, `filter[noTags]`, `filter[statusIds]`
pub fn labels(query: &mut Query) -> Result<LabelFilter, Fault> {
    let tags = query.list(&["filter[tagIds]", "filters[tagIds]", "filters[tags][selectedIds]"])?;
    let statuses = query.list(&[
        "filter[statusIds]",
        "filters[statusIds]",
        "filters[statuses][selectedIds]",
    ])?;
    let no_tags = query.one(&["filter[noTags]", "filters[noTags]", "filters[tags][noTags]"])?;
    let no_tags = match no_tags.as_deref() {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(Fault::invalid("filter[noTags] has to be true or false")),
    };
    if no_tags && !tags.is_empty() {
        return Err(Fault::invalid("filter[noTags] cannot be given together with filter[tagIds]"));
    }
    Ok(LabelFilter {
        tags: ids("filter[tagIds]", tags, TagId::parse)?.unwrap_or_default(),
        no_tags,
        statuses: ids("filter[statusIds]", statuses, ContactStatusId::parse)?.unwrap_or_default(),
    })
}

/// Each once; `None` when there are none.
fn ids<T: PartialEq>(
    name: &str,
    texts: Vec<String>,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Result<Option<Vec<T>>, Fault> {
    const MOST: usize = ListForTeam::MAX_VALUES;
    if texts.len() > MOST {
        return Err(Fault::invalid(format!("{name} has more than {MOST} entries")));
    }
    let mut ids = Vec::with_capacity(texts.len());
    for text in &texts {
        let id = parse(text).map_err(|error| Fault::invalid(format!("{name}: {error}")))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok((!ids.is_empty()).then_some(ids))
}

/// Above the most it is the most.
pub fn limit(query: &mut Query) -> Result<usize, Fault> {
    let Some(text) = query.one(&["limit"])? else { return Ok(DEFAULT_LIMIT) };
    let limit: Option<u32> = text.parse().ok().filter(|limit| *limit > 0);
    let limit = limit.ok_or_else(|| Fault::invalid("limit has to be a number from 1"))?;
    Ok((limit as usize).min(MAX_LIMIT))
}

/// Both of a cursor's halves, or neither.
fn halves(query: &mut Query, other: &[&str]) -> Result<Option<(String, String)>, Fault> {
    let id = query.one(&["cursor[id]", "cursorId"])?;
    match (id, query.one(other)?) {
        (None, None) => Ok(None),
        (Some(id), Some(other)) => Ok(Some((id, other))),
        _ => Err(Fault::invalid(format!("cursor[id] and {} belong together", other[0]))),
    }
}

const TIMESTAMP: [&str; 2] = ["cursor[timestamp]", "cursorTimestamp"];

fn cut(query: &mut Query) -> Result<Option<TeamCut>, Fault> {
    let Some((id, at)) = halves(query, &TIMESTAMP)? else { return Ok(None) };
    let at =
        time::parse(&at).map_err(|error| Fault::invalid(format!("cursor[timestamp] {error}")))?;
    let id = ConversationId::parse(&id);
    let id = id.map_err(|error| Fault::invalid(format!("cursor[id]: {error}")))?;
    Ok(Some(TeamCut { at, id: Some(id) }))
}

pub fn next_cut(next: Option<&TeamCut>) -> Option<Value> {
    let TeamCut { at, id } = next?;
    Some(json!({ "id": id.as_ref()?.as_str(), "timestamp": time::format(*at) }))
}

/// After which message a page of messages begins.
pub fn message_cursor(query: &mut Query) -> Result<Option<MessageId>, Fault> {
    let Some((id, at)) = halves(query, &TIMESTAMP)? else { return Ok(None) };
    time::parse(&at).map_err(|error| Fault::invalid(format!("cursor[timestamp] {error}")))?;
    let id = MessageId::parse(&id);
    id.map(Some).map_err(|error| Fault::invalid(format!("cursor[id]: {error}")))
}

pub fn next_message(last: &MessageView) -> Value {
    json!({
        "id": last.message.id.as_str(),
        "timestamp": time::format(last.message.created_at),
    })
}

/// The order of prospects, and where a page of them begins.
pub fn prospects(query: &mut Query) -> Result<ProspectOrder, Fault> {
    let id = |text: &str| {
        ContactId::parse(text).map_err(|error| Fault::invalid(format!("cursor[id]: {error}")))
    };
    match query.one(&["sort"])?.as_deref() {
        None | Some("id") => {
            let after = query.one(&["cursor[id]", "cursorId"])?;
            Ok(ProspectOrder::Id { after: after.as_deref().map(id).transpose()? })
        }
        Some("valuation") => {
            let Some((after, amount)) = halves(query, &["cursor[valuation]"])? else {
                return Ok(ProspectOrder::Valuation { after: None });
            };
            let amount = amount.parse().ok().and_then(|amount| Valuation::of(amount).ok());
            let amount = amount.ok_or_else(|| Fault::invalid("cursor[valuation] has to be one"))?;
            Ok(ProspectOrder::Valuation { after: Some((amount, id(&after)?)) })
        }
        Some(_) => Err(Fault::invalid("sort has to be id or valuation")),
    }
}

pub fn next_prospects(next: Option<&ProspectOrder>) -> Option<Value> {
    match next? {
        ProspectOrder::Id { after } => Some(json!({ "id": after.as_ref()?.as_str() })),
        ProspectOrder::Valuation { after } => {
            let (valuation, id) = after.as_ref()?;
            Some(json!({ "id": id.as_str(), "valuation": valuation.amount() }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ListForTeam, Fault> {
        threads(Query::parse(text)?).map(|(_, ask)| ask)
    }

    #[test]
    fn without_a_view_every_thread_is_meant() {
        let ask = read("").unwrap();

        assert_eq!(ask.filter, TeamFilter::default());
        assert_eq!((ask.limit, ask.cut), (50, None));
    }

    #[test]
    fn views_are_what_they_say() {
        let view = |name: &str| read(&format!("inbox={name}")).unwrap().filter;

        assert_eq!((view("default").open, view("default").request), (Some(true), Some(false)));
        assert_eq!(view("no-reply").last_kind, Some(Kind::Outgoing));
        assert_eq!(view("requests").request, Some(true));
        assert_eq!(view("archived").open, Some(false));
        assert!(read("inboxView=all").is_err());
    }

    #[test]
    fn a_filter_that_is_misspelled_or_contradicts_itself_is_refused() {
        for wrong in [
            "filter[tags][0]=a",
            "filter[tagIds][0]=",
            "filter[tagIds][0]=a&filter[noTags]=true",
            "filter[noTags]=perhaps",
            "view=default",
            "limit=0",
            "limit=-1",
            "limit=ten",
            "sort=name",
            "query=a&search=b",
            &format!("query={}", "x".repeat(201)),
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(read("limit=1000000").unwrap().limit, 100);
        assert!(read(&"filter[tagIds][]=a&".repeat(101)).is_err());
    }

    #[test]
    fn half_a_cursor_is_refused_and_a_whole_one_comes_back_as_it_was_given() {
        for half in [
            "cursor[id]=a",
            "cursorTimestamp=2026-01-31T09:30:00.007Z",
            "cursor[id]=a&cursor[timestamp]=5",
        ] {
            assert!(read(half).is_err(), "{half}");
        }
        let text = "cursor%5Bid%5D=t1&cursor%5Btimestamp%5D=2026-01-31T09:30:00.007Z";

        let cut = read(text).unwrap().cut;

        let given = json!({ "id": "t1", "timestamp": "2026-01-31T09:30:00.007Z" });
        assert_eq!(next_cut(cut.as_ref()), Some(given));
    }

    #[test]
    fn prospects_are_listed_by_id_or_by_valuation() {
        let order = |text: &str| prospects(&mut Query::parse(text).unwrap());

        assert_eq!(order("").unwrap(), ProspectOrder::Id { after: None });
        let by_worth = order("sort=valuation&cursor[id]=c&cursor[valuation]=7.5").unwrap();
        let next = next_prospects(Some(&by_worth));
        assert_eq!(next, Some(json!({ "id": "c", "valuation": 7.5 })));
        for wrong in [
            "sort=valuation&cursor[id]=c",
            "sort=name",
            "sort=valuation&cursor[id]=c&cursor[valuation]=NaN",
        ] {
            assert!(order(wrong).is_err(), "{wrong}");
        }
    }
}
