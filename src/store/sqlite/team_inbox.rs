//! The team's lists. A page begins in the one index that leaves out most, at its cut, and steps
//! over what the other conditions leave out.
use actors::domain::{
    AccountId, ChannelId, ConversationId, Kind, LabelFilter, Medium, TeamFilter, UserId,
};
use actors::ports::{Sort, TeamInbox, TeamOrder, TeamQuery, TeamRow, Unavailable};
use rusqlite::types::Value;
use rusqlite::{Connection, Result, params_from_iter};

use super::Sqlite;
use super::columns::{parsed, signed, timestamp};
use super::history::bound;
use super::readers::in_one_picture;

#[async_trait::async_trait]
impl TeamInbox for Sqlite {
    async fn team_page(&self, query: &TeamQuery) -> Result<Vec<TeamRow>, Unavailable> {
        let query = query.clone();
        let read = move |db: &Connection| in_one_picture(db, |db| page(db, &query));
        self.readers.run("team_page", read).await
    }

    async fn team_count(
        &self,
        account: &AccountId,
        filter: &TeamFilter,
        at_most: u64,
    ) -> Result<u64, Unavailable> {
        let (account, filter) = (account.clone(), filter.clone());
        let read =
            move |db: &Connection| in_one_picture(db, |db| count(db, &account, &filter, at_most));
        self.readers.run("team_count", read).await
    }
}

/// Where a list is read from: each range is in the list's order, and all of them make it up.
struct Way {
    from: From,
    ranges: Vec<Condition>,
}

enum From {
    /// An index of the conversations themselves.
    Index(&'static str),
    /// Their tags. A conversation may be in several ranges, once in each.
    Tags,
}

/// A condition in SQL, with the values of its question marks.
type Condition = (String, Vec<Value>);

const BY_TAG: &str = "conversation_tags INDEXED BY team_tag \
    CROSS JOIN conversationprospects ON conversationprospects.id = conversation";
const BY_TAG_BEGUN: &str = "conversation_tags INDEXED BY team_tag_begun \
    CROSS JOIN conversationprospects ON conversationprospects.id = conversation";

fn page(db: &Connection, query: &TeamQuery) -> Result<Vec<TeamRow>> {
    let newest = query.sort == Sort::Newest;
    let mut rows = Vec::new();
    for (sql, values) in statements(query) {
        let found = db
            .prepare_cached(&sql)?
            .query_map(params_from_iter(values), |row| {
                let conversation = parsed(row, 0, ConversationId::parse)?;
                Ok(TeamRow { conversation, at: timestamp(row, 1)? })
            })?
            .collect::<Result<Vec<_>>>()?;
        rows.extend(found);
    }
    rows.sort_by(|a, b| {
        let order = (a.at, &a.conversation).cmp(&(b.at, &b.conversation));
        if newest { order.reverse() } else { order }
    });
    // Of each range the first, so that of all of them none is missing.
    rows.dedup();
    rows.truncate(query.limit);
    Ok(rows)
}

/// A statement for each range.
pub(super) fn statements(query: &TeamQuery) -> Vec<(String, Vec<Value>)> {
    let TeamQuery { account, filter, order, sort, cut, limit } = query;
    let at = match order {
        TeamOrder::Activity => "at",
        TeamOrder::Manual => "at_manual",
        TeamOrder::Created => "created_at",
    };
    let (after, direction) = match sort {
        Sort::Newest => ("<", "DESC"),
        Sort::Oldest => (">", "ASC"),
    };
    let cut = cut.as_ref().map(|cut| (cut.at.0, cut.id.as_ref().map(ConversationId::as_str)));
    let (cut_at, cut_id) = bound(cut, *sort == Sort::Newest);
    let Way { from, ranges } = way(filter, *order);
    let (rest, rest_values) = rest(filter, &from);
    let (from, at, id, account_is) = match (from, order) {
        (From::Index(index), _) => {
            (format!("conversationprospects INDEXED BY {index}"), at, "id", "account")
        }
        (From::Tags, TeamOrder::Created) => {
            (BY_TAG_BEGUN.to_owned(), "begun_at", "conversation", "of_account")
        }
        (From::Tags, _) => (BY_TAG.to_owned(), "listed_at", "conversation", "of_account"),
    };
    // SQLite finds no way by an index where a condition never holds.
    let ranges = if filter.holds_for_none() { Vec::new() } else { ranges };
    let statement = |(range, range_values): Condition| {
        let sql = format!(
            "SELECT {id}, {at} FROM {from} \
             WHERE deleted = 0 AND {account_is} = ?{range} AND ({at}, {id}) {after} (?, ?){rest} \
             ORDER BY {at} {direction}, {id} {direction} LIMIT ?"
        );
        let mut values = vec![text(account.as_str())];
        values.extend(range_values);
        values.extend([Value::Integer(cut_at), cut_id.clone()]);
        values.extend(rest_values.clone());
        values.push(Value::Integer(signed(*limit as u64)));
        (sql, values)
    };
    ranges.into_iter().map(statement).collect()
}

fn count(db: &Connection, account: &AccountId, filter: &TeamFilter, at_most: u64) -> Result<u64> {
    // Counted by tags, a conversation that has two of them would count twice.
    let untagged = TeamFilter { labels: LabelFilter::default(), ..filter.clone() };
    let Way { from: From::Index(index), ranges } = way(&untagged, TeamOrder::Activity) else {
        return Ok(0);
    };
    let (rest, rest_values) = rest(filter, &From::Index(index));
    let mut found = 0;
    if filter.holds_for_none() {
        return Ok(0);
    }
    for (range, range_values) in ranges {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM conversationprospects INDEXED BY {index} \
             WHERE deleted = 0 AND account = ?{range}{rest} LIMIT ?)"
        );
        let mut values = vec![text(account.as_str())];
        values.extend(range_values);
        values.extend(rest_values.clone());
        values.push(Value::Integer(signed(at_most - found)));
        found += db
            .prepare_cached(&sql)?
            .query_row(params_from_iter(values), |row| row.get::<_, i64>(0))?
            .unsigned_abs();
    }
    Ok(found)
}

/// The index that is likely to leave out most.
fn way(filter: &TeamFilter, order: TeamOrder) -> Way {
    let whole = || vec![(String::new(), Vec::new())];
    let fixed = |condition: &str| vec![(condition.to_owned(), Vec::new())];
    let by = |index: &'static str, ranges| Way { from: From::Index(index), ranges };
    if let Some(contacts) = &filter.contacts {
        // A handful each, whatever the order.
        return by("conversations_by_key", one_each("contact", contacts, |id| text(id.as_str())));
    }
    if order == TeamOrder::Manual {
        return by("team_manual", whole());
    }
    let LabelFilter { tags, statuses, .. } = &filter.labels;
    if !tags.is_empty() {
        let ranges = one_each("tag", tags, |id| text(id.as_str()));
        return Way { from: From::Tags, ranges };
    }
    if order == TeamOrder::Created {
        return by("team_created", whole());
    }
    if !statuses.is_empty() {
        return by("team_status", one_each("status", statuses, |id| text(id.as_str())));
    }
    if filter.request == Some(true) {
        return by("team_requests", fixed(" AND is_request = 1"));
    }
    if filter.starred == Some(true) {
        return by("team_starred", fixed(" AND starred = 1"));
    }
    if let Some(assignees) = &filter.assignees {
        return by("team_assignee", one_each("assignee", assignees, assignee));
    }
    if let Some(channels) = &filter.channels {
        return by("team_channel", one_each("channel", channels, |id| text(id.as_str())));
    }
    if filter.unread == Some(true) {
        return by("team_unread", fixed(" AND unread > 0"));
    }
    if filter.last_kind == Some(Kind::Outgoing) && filter.open == Some(true) {
        let waiting = fixed(" AND is_open = 1 AND last_kind = 'OUTGOING'");
        return by("team_waiting", waiting);
    }
    let states = match filter.open {
        Some(open) => vec![open],
        None => vec![false, true],
    };
    let ranges = one_each("is_open", &states, |open| Value::Integer(i64::from(*open)));
    by("team_open", ranges)
}

/// A range for each value, whatever is named twice.
fn one_each<T: PartialEq>(
    column: &str,
    values: &[T],
    value: impl Fn(&T) -> Value,
) -> Vec<Condition> {
    let first = |(at, one): &(usize, &T)| !values[..*at].contains(one);
    let once = values.iter().enumerate().filter(first);
    once.map(|(_, one)| (format!(" AND {column} IS ?"), vec![value(one)])).collect()
}

/// Every condition of a filter: what the way takes care of already costs next to nothing.
fn rest(filter: &TeamFilter, from: &From) -> Condition {
    let mut rest = Rest::default();
    let LabelFilter { tags, no_tags, statuses } = &filter.labels;
    if !tags.is_empty() && matches!(from, From::Index(_)) {
        let (some, values) = list("tag", tags.iter().map(|id| text(id.as_str())));
        let theirs = "EXISTS (SELECT 1 FROM conversation_tags \
                      WHERE conversation = conversationprospects.id AND ";
        rest.and(&format!("{theirs}{some})"), values);
    }
    if *no_tags {
        rest.and("tags = '[]'", []);
    }
    if !statuses.is_empty() {
        rest.one_of("status", statuses.iter().map(|id| text(id.as_str())));
    }
    rest.flag("is_open", filter.open);
    rest.flag("starred", filter.starred);
    rest.flag("is_request", filter.request);
    match filter.unread {
        Some(true) => rest.and("unread > 0", []),
        Some(false) => rest.and("unread = 0", []),
        None => {}
    }
    if let Some(kind) = filter.last_kind {
        rest.and("last_kind = ?", [text(kind.as_str())]);
    }
    if let Some(automated) = filter.automated {
        rest.and("outgoing_automated = ?", [Value::Integer(i64::from(automated))]);
    }
    if let Some(Medium { names, channels }) = &filter.medium {
        rest.medium(names, channels);
    }
    if let Some(channels) = &filter.channels {
        rest.one_of("channel", channels.iter().map(|id| text(id.as_str())));
    }
    if let Some(contacts) = &filter.contacts {
        rest.one_of("contact", contacts.iter().map(|id| text(id.as_str())));
    }
    if let Some(assignees) = &filter.assignees {
        let named = assignees.iter().flatten().map(|id| text(id.as_str()));
        let (some, values) = list("assignee", named);
        let nobodys = if assignees.contains(&None) { " OR assignee IS NULL" } else { "" };
        rest.and(&format!("({some}{nobodys})"), values);
    }
    if let Some(users) = &filter.participants {
        let (some, values) = list("user", users.iter().map(|id| text(id.as_str())));
        let theirs = "EXISTS (SELECT 1 FROM participants \
                      WHERE conversation = conversationprospects.id AND removed = 0 AND ";
        rest.and(&format!("{theirs}{some})"), values);
    }
    if let Some(from) = filter.created_from {
        rest.and("created_at >= ?", [Value::Integer(from.0)]);
    }
    if let Some(until) = filter.created_until {
        rest.and("created_at <= ?", [Value::Integer(until.0)]);
    }
    (rest.sql, rest.values)
}

#[derive(Default)]
struct Rest {
    sql: String,
    values: Vec<Value>,
}

impl Rest {
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    fn flag(&mut self, column: &str, wanted: Option<bool>) {
        if let Some(wanted) = wanted {
            self.and(&format!("{column} = {}", u8::from(wanted)), []);
        }
    }

    fn one_of(&mut self, column: &str, values: impl Iterator<Item = Value>) {
        let (some, values) = list(column, values);
        self.and(&some, values);
    }

    fn medium(&mut self, names: &[String], channels: &[ChannelId]) {
        let (named, mut values) = list("last_medium", names.iter().map(|name| text(name)));
        let (unsaid, of_channels) = list("channel", channels.iter().map(|id| text(id.as_str())));
        values.extend(of_channels);
        let sql =
            format!("last_kind IS NOT NULL AND ({named} OR (last_medium IS NULL AND {unsaid}))");
        self.and(&sql, values);
    }
}

/// `column IN (…)`; of no values none.
fn list(column: &str, values: impl Iterator<Item = Value>) -> Condition {
    let values: Vec<_> = values.collect();
    if values.is_empty() {
        return ("0".to_owned(), values);
    }
    let marks = vec!["?"; values.len()].join(", ");
    (format!("{column} IN ({marks})"), values)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn assignee(id: &Option<UserId>) -> Value {
    id.as_ref().map_or(Value::Null, |id| text(id.as_str()))
}
