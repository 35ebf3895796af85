//! The team's lists. A page begins in the one index that leaves out most, at its cut, and steps
//! over what the other conditions leave out.
use actors::domain::{AccountId, ConversationId, Kind, LabelFilter, TeamFilter, UserId};
use actors::ports::{Sort, TeamInbox, TeamOrder, TeamQuery, TeamRow, Unavailable};
use bson::{Bson, Document, doc};

use super::ask::{ask, find_by};
use super::collections::CONVERSATIONS;
use super::fields::{date, id, id_or_null};
use super::indexes::{Index, index};
use super::{Mongo, conversation_document, ids, order};

/// One for each way into the lists, in their order.
pub const INDEXES: &[Index] = &[
    index(CONVERSATIONS, &[("account_id", 1), ("deleted", 1), ("is_open", 1), ("team.order", 1)]),
    index(
        CONVERSATIONS,
        &[("account_id", 1), ("deleted", 1), ("channel_id", 1), ("team.order", 1)],
    ),
    index(
        CONVERSATIONS,
        &[("account_id", 1), ("deleted", 1), ("contact_id", 1), ("team.order", 1)],
    ),
    index(
        CONVERSATIONS,
        &[("account_id", 1), ("deleted", 1), ("team.assignee", 1), ("team.order", 1)],
    ),
    index(
        CONVERSATIONS,
        &[("account_id", 1), ("deleted", 1), ("team.is_unread", 1), ("team.order", 1)],
    ),
    index(CONVERSATIONS, &[("account_id", 1), ("deleted", 1), ("starred", 1), ("team.order", 1)]),
    index(
        CONVERSATIONS,
        &[("account_id", 1), ("deleted", 1), ("team.is_request", 1), ("team.order", 1)],
    ),
    // We wrote last, and wait.
    index(
        CONVERSATIONS,
        &[
            ("account_id", 1),
            ("deleted", 1),
            ("is_open", 1),
            ("team.last_kind", 1),
            ("team.order", 1),
        ],
    ),
    index(CONVERSATIONS, &[("account_id", 1), ("deleted", 1), ("team.manual_order", 1)]),
    index(CONVERSATIONS, &[("account_id", 1), ("deleted", 1), ("team.created_order", 1)]),
    // By what the team put on the contact. A conversation is in it once for each tag.
    index(CONVERSATIONS, &[("account_id", 1), ("deleted", 1), ("team.tags", 1), ("team.order", 1)]),
    index(
        CONVERSATIONS,
        &[("account_id", 1), ("deleted", 1), ("team.tags", 1), ("team.created_order", 1)],
    ),
    index(
        CONVERSATIONS,
        &[("account_id", 1), ("deleted", 1), ("team.status", 1), ("team.order", 1)],
    ),
];

/// Where a list is read from: each range is in the list's order, and all of them make it up.
pub struct Way {
    pub index: &'static str,
    ranges: Vec<Document>,
}

#[async_trait::async_trait]
impl TeamInbox for Mongo {
    async fn team_page(&self, query: &TeamQuery) -> Result<Vec<TeamRow>, Unavailable> {
        let conversations = self.collection(CONVERSATIONS);
        let mut rows = Vec::new();
        let (index, pages) = pages(query);
        for page in pages {
            let during = "reading a list of the team";
            for found in find_by(index, during, &conversations, page, query.limit).await? {
                let conversation = conversation_document::read(&found)?;
                let at = match query.order {
                    TeamOrder::Activity => conversation.team_at(),
                    TeamOrder::Manual => conversation.manual_at(),
                    TeamOrder::Created => conversation.created_at,
                };
                rows.push(TeamRow { conversation: id(&found, "_id", ConversationId::parse)?, at });
            }
        }
        rows.sort_by(|a, b| {
            let order = (a.at, &a.conversation).cmp(&(b.at, &b.conversation));
            if query.sort == Sort::Newest { order.reverse() } else { order }
        });
        // Of each range the first, so that of all of them none is missing; one may be in several.
        rows.dedup();
        rows.truncate(query.limit);
        Ok(rows)
    }

    async fn team_count(
        &self,
        account: &AccountId,
        filter: &TeamFilter,
        at_most: u64,
    ) -> Result<u64, Unavailable> {
        let conversations = self.collection(CONVERSATIONS);
        let mut found = 0;
        // Counted by tags, a conversation that has two of them would count twice.
        let untagged = TeamFilter { labels: LabelFilter::default(), ..filter.clone() };
        for range in way(&untagged, TeamOrder::Activity).ranges {
            if filter.holds_for_none() || found >= at_most {
                break;
            }
            let these = question(account, range, filter);
            let count = conversations.count_documents(these).limit(at_most - found);
            found += ask("counting a list of the team", count).await?;
        }
        Ok(found)
    }
}

/// A question for each range: which documents, and in which order.
pub fn pages(query: &TeamQuery) -> (&'static str, Vec<(Document, Document)>) {
    let TeamQuery { account, filter, order, sort, cut, .. } = query;
    let key = match order {
        TeamOrder::Activity => "team.order",
        TeamOrder::Manual => "team.manual_order",
        TeamOrder::Created => "team.created_order",
    };
    let falling = *sort == Sort::Newest;
    let cut = cut.as_ref().map(|cut| (cut.at, cut.id.as_ref().map(ConversationId::as_str)));
    let after = order::after(cut, falling);
    let Way { index, ranges } = way(filter, *order);
    let ranges = if filter.holds_for_none() { Vec::new() } else { ranges };
    let page = |range: Document| {
        let mut these = question(account, range, filter);
        these.extend(after.clone().map(|after| (key.to_owned(), after.into())));
        (these, doc! { key: if falling { -1 } else { 1 } })
    };
    (index, ranges.into_iter().map(page).collect())
}

fn question(account: &AccountId, range: Document, filter: &TeamFilter) -> Document {
    let mut these = doc! { "account_id": ids::id(account.as_str()), "deleted": false };
    these.extend(range);
    let rest = rest(filter);
    if !rest.is_empty() {
        these.insert("$and", rest);
    }
    these
}

/// The index that is likely to leave out most.
fn way(filter: &TeamFilter, order: TeamOrder) -> Way {
    let one = |condition: Document| vec![condition];
    if order == TeamOrder::Manual {
        return Way { index: "account_id_1_deleted_1_team.manual_order_1", ranges: one(doc! {}) };
    }
    let LabelFilter { tags, statuses, .. } = &filter.labels;
    if !tags.is_empty() {
        let index = match order {
            TeamOrder::Created => "account_id_1_deleted_1_team.tags_1_team.created_order_1",
            _ => "account_id_1_deleted_1_team.tags_1_team.order_1",
        };
        return Way { index, ranges: one_each("team.tags", tags, |id| ids::id(id.as_str())) };
    }
    if order == TeamOrder::Created {
        return Way { index: "account_id_1_deleted_1_team.created_order_1", ranges: one(doc! {}) };
    }
    if let Some(contacts) = &filter.contacts {
        let ranges = one_each("contact_id", contacts, |id| ids::id(id.as_str()));
        return Way { index: "account_id_1_deleted_1_contact_id_1_team.order_1", ranges };
    }
    if !statuses.is_empty() {
        let ranges = one_each("team.status", statuses, |id| ids::id(id.as_str()));
        return Way { index: "account_id_1_deleted_1_team.status_1_team.order_1", ranges };
    }
    if filter.request == Some(true) {
        let ranges = one(doc! { "team.is_request": true });
        return Way { index: "account_id_1_deleted_1_team.is_request_1_team.order_1", ranges };
    }
    if filter.starred == Some(true) {
        let ranges = one(doc! { "starred": true });
        return Way { index: "account_id_1_deleted_1_starred_1_team.order_1", ranges };
    }
    if let Some(assignees) = &filter.assignees {
        let ranges = one_each("team.assignee", assignees, assignee);
        return Way { index: "account_id_1_deleted_1_team.assignee_1_team.order_1", ranges };
    }
    if let Some(channels) = &filter.channels {
        let ranges = one_each("channel_id", channels, |id| ids::id(id.as_str()));
        return Way { index: "account_id_1_deleted_1_channel_id_1_team.order_1", ranges };
    }
    if filter.unread == Some(true) {
        let ranges = one(doc! { "team.is_unread": true });
        return Way { index: "account_id_1_deleted_1_team.is_unread_1_team.order_1", ranges };
    }
    if filter.last_kind == Some(Kind::Outgoing) && filter.open == Some(true) {
        return Way {
            index: "account_id_1_deleted_1_is_open_1_team.last_kind_1_team.order_1",
            ranges: one(doc! { "is_open": true, "team.last_kind": Kind::Outgoing.as_str() }),
        };
    }
    let states = filter.open.map_or_else(|| vec![false, true], |open| vec![open]);
    let ranges = one_each("is_open", &states, |open| Bson::Boolean(*open));
    Way { index: "account_id_1_deleted_1_is_open_1_team.order_1", ranges }
}

/// A range for each value, whatever is named twice.
fn one_each<T: PartialEq>(field: &str, values: &[T], value: impl Fn(&T) -> Bson) -> Vec<Document> {
    let first = |(at, one): &(usize, &T)| !values[..*at].contains(one);
    let once = values.iter().enumerate().filter(first);
    once.map(|(_, one)| doc! { field: value(one) }).collect()
}

/// Every condition of a filter: what the way takes care of already costs next to nothing.
fn rest(filter: &TeamFilter) -> Vec<Document> {
    let mut rest = Vec::new();
    let mut flag = |field: &str, wanted: Option<bool>| {
        rest.extend(wanted.map(|wanted| doc! { field: wanted }));
    };
    flag("is_open", filter.open);
    flag("starred", filter.starred);
    flag("team.is_request", filter.request);
    flag("team.is_unread", filter.unread);
    flag("team.outgoing_automated", filter.automated);
    rest.extend(filter.last_kind.map(|kind| doc! { "team.last_kind": kind.as_str() }));
    if let Some(medium) = &filter.medium {
        let unsaid = ids::ids(medium.channels.iter().map(|id| id.as_str()));
        rest.push(doc! {
            "team.last_kind": { "$ne": Bson::Null },
            "$or": [
                { "team.last_medium": { "$in": medium.names.clone() } },
                { "team.last_medium": Bson::Null, "channel_id": { "$in": unsaid } },
            ],
        });
    }
    let LabelFilter { tags, no_tags, statuses } = &filter.labels;
    if *no_tags {
        rest.push(doc! { "team.is_untagged": true });
    }
    let mut one_of = |field: &str, values: Vec<Bson>| rest.push(doc! { field: { "$in": values } });
    if !tags.is_empty() {
        one_of("team.tags", tags.iter().map(|id| ids::id(id.as_str())).collect());
    }
    if !statuses.is_empty() {
        one_of("team.status", statuses.iter().map(|id| ids::id(id.as_str())).collect());
    }
    if let Some(channels) = &filter.channels {
        one_of("channel_id", channels.iter().map(|id| ids::id(id.as_str())).collect());
    }
    if let Some(contacts) = &filter.contacts {
        one_of("contact_id", contacts.iter().map(|id| ids::id(id.as_str())).collect());
    }
    if let Some(assignees) = &filter.assignees {
        one_of("team.assignee", assignees.iter().map(assignee).collect());
    }
    if let Some(users) = &filter.participants {
        one_of("users.user_id", users.iter().map(|id| ids::id(id.as_str())).collect());
    }
    rest.extend(filter.created_from.map(|from| doc! { "createdAt": { "$gte": date(from) } }));
    rest.extend(filter.created_until.map(|until| doc! { "createdAt": { "$lte": date(until) } }));
    rest
}

fn assignee(id: &Option<UserId>) -> Bson {
    id_or_null(id.as_ref().map(UserId::as_str))
}
