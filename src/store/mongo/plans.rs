//! How a server goes about each hot query: through an index, and in its order.
//!
//! What is asked by `_id` is not listed: every collection has that index.
use actors::domain::*;
use actors::ports::{Cut, Direction, InboxCut, InboxQuery, Sort};
use actors::testing::domain::{key, outgoing, user};
use bson::{Bson, Document, doc};

use super::collections::*;
use super::indexes::INDEXES;
use super::placement;
use super::testing::{Database, Frozen};
use super::{Durability, Mongo, communications, conversation_document, conversations, foreign};
use super::{history, inbox, log};

/// A query as it is asked, and the index that answers it.
struct Query {
    on: &'static str,
    filter: Document,
    sort: Document,
    index: &'static str,
    /// Named to the server as well.
    hinted: bool,
}

fn query(on: &'static str, (filter, sort): (Document, Document), index: &'static str) -> Query {
    Query { on, filter, sort, index, hinted: false }
}

fn hinted(on: &'static str, page: (Document, Document), index: &'static str) -> Query {
    Query { hinted: true, ..query(on, page, index) }
}

fn unsorted(on: &'static str, filter: Document, index: &'static str) -> Query {
    query(on, (filter, doc! {}), index)
}

fn of_conversations() -> Vec<Query> {
    const KEY: &str = "account_id_1_contact_id_1_channel_id_1_deleted_as_1";
    const PENDING: &str = "pending.positions_1";
    let of_contact = conversations::names_of(&key().account)
        .map(|account| doc! { "account_id": account, "contact_id": "joe" })
        .map(|theirs| unsorted(CONVERSATIONS, theirs, KEY));
    let of_contact: Vec<_> = of_contact.collect();
    assert_eq!(of_contact.len(), 2, "and that of documents that name no account");
    let others = [
        unsorted(CONVERSATIONS, conversation_document::key(&key()), KEY),
        unsorted(CONVERSATIONS, doc! { "pending.positions": { "$gte": 0_i64 } }, PENDING),
        unsorted(CONVERSATIONS, doc! { "pending.positions": { "$in": [7_i64] } }, PENDING),
    ];
    of_contact.into_iter().chain(others).collect()
}

fn of_history() -> Vec<Query> {
    let here = ConversationId::parse("c1").unwrap();
    let id = MessageId::parse("m1").unwrap();
    let provider_id = ProviderMessageId::parse("SM1").ok();
    let names = placement::names(&Message { provider_id, ..outgoing("m1", "ana", "hello") });
    let cuts = [
        None,
        Some(Cut { at: Timestamp(5), id: Some(id) }),
        Some(Cut { at: Timestamp(5), id: None }),
    ];
    let mut queries = vec![
        unsorted(PLACEMENTS, history::named(&here, names), "conversation_1_names_1"),
        query(PLACEMENTS, history::committed_after(&here, Seq(7)), "conversation_1_seq_1"),
    ];
    for cut in &cuts {
        for direction in [Direction::Older, Direction::Newer] {
            let page = history::page(&here, cut.as_ref(), direction);
            queries.push(query(PLACEMENTS, page, "conversation_1_order_1"));
        }
    }
    queries
}

fn of_inbox() -> Vec<Query> {
    let snoozes = inbox::snoozes_over(Timestamp(5));
    let mut queries = vec![query(INBOX, snoozes, "snooze_until_1")];
    let id = Some(ConversationId::parse("c1").unwrap());
    for state in [
        State::Any,
        State::Open,
        State::Close,
        State::Snooze,
        State::Unread,
        State::Priority,
        State::Archived,
    ] {
        for (sort, pinned) in [(Sort::Newest, false), (Sort::Oldest, true)] {
            for cut in [None, Some(InboxCut { pinned, at: Timestamp(5), id: id.clone() })] {
                let page = InboxQuery {
                    user: user("ana"),
                    channel: key().channel,
                    state,
                    sort,
                    cut,
                    limit: 20,
                    now: Timestamp(9),
                };
                let inbox::Band { filter, sort, index } = inbox::band(&page, pinned);
                queries.push(hinted(INBOX, (filter, sort), index));
            }
        }
    }
    queries
}

fn of_communications() -> Vec<Query> {
    const PUT: &str = "switchboard.put_at_1__id_1";
    const FOREIGN: &str = "switchboard.emitted_1_createdAt_1__id_1";
    let (since, when) = (Timestamp(5_000), Timestamp(9_000));
    vec![
        query(COMMUNICATIONS, communications::forgotten(when), PUT),
        query(COMMUNICATIONS, foreign::dated(since, when), FOREIGN),
        query(COMMUNICATIONS, foreign::undated(since, when), FOREIGN),
    ]
}

fn of_log() -> Vec<Query> {
    vec![
        query(LOG, log::page_after(7), "position_1"),
        query(LOG, log::newest_from(7), "position_1"),
        unsorted(LOG, doc! { "position": { "$lte": 7_i64 } }, "position_1"),
    ]
}

fn all() -> Vec<Query> {
    [of_conversations(), of_history(), of_inbox(), of_communications(), of_log()]
        .into_iter()
        .flatten()
        .collect()
}

#[tokio::test]
async fn every_hot_query_goes_through_its_index() {
    let Some(database) = Database::fresh() else { return };
    let mongo = Mongo::open(&database.url, Durability::Whole, std::sync::Arc::new(Frozen)).await;
    let mongo = mongo.unwrap();
    for asked in all() {
        let mut find = doc! {
            "find": asked.on, "filter": asked.filter.clone(), "sort": asked.sort.clone(), "limit": 9,
        };
        if asked.hinted {
            find.insert("hint", asked.index);
        }
        let explain = doc! { "explain": find, "verbosity": "queryPlanner" };
        let plan = mongo.database.run_command(explain).await.unwrap();
        let plan = Bson::from(plan.get_document("queryPlanner").unwrap().clone());

        let used = names(&plan);

        assert!(!used.is_empty(), "{} {}: {plan}", asked.on, asked.filter);
        assert!(used.iter().all(|name| name == asked.index), "{}: {used:?}", asked.filter);
        assert!(!plan.to_string().contains("COLLSCAN"), "{} {}", asked.on, asked.filter);
    }
}

/// What an index is good for depends on its order: what is the same for all, then what is sorted by
/// or where the page begins. Else a late page would walk over all the earlier ones.
#[test]
fn what_is_asked_is_one_range_of_its_index_in_its_order() {
    for asked in all() {
        let index = INDEXES
            .iter()
            .copied()
            .flatten()
            .find(|index| index.on == asked.on && index.name() == asked.index);
        let index = index.unwrap_or_else(|| panic!("{} has no index {}", asked.on, asked.index));
        let is_same = |key: &str| {
            let asked = asked.filter.get(key);
            asked.is_some_and(|value| !matches!(value, Bson::Document(d) if is_condition(d)))
        };
        let mut rest = index.keys.iter().map(|(key, _)| *key).skip_while(|key| is_same(key));
        for (key, _) in &asked.sort {
            assert_eq!(rest.next(), Some(key.as_str()), "{} sorts by {}", asked.index, asked.sort);
        }
        let sorted = asked.sort.keys().next().map(String::as_str);
        let ranges = asked.filter.iter().filter(|(key, _)| !is_same(key)).map(|(key, _)| key);
        for key in ranges {
            let in_index = index.keys.iter().any(|(field, _)| field == key);
            assert!(in_index, "{key} is looked up in each document");
        }
        let begins = asked.filter.get("order").is_none() || sorted == Some("order");
        assert!(begins, "a page begins where it is sorted");
    }
}

fn is_condition(value: &Document) -> bool {
    value.keys().next().is_some_and(|key| key.starts_with('$'))
}

/// The indexes that a plan goes through.
fn names(plan: &Bson) -> Vec<String> {
    match plan {
        Bson::Document(stage) => {
            let own = stage.get_str("indexName").ok().map(str::to_owned);
            let inner = stage.iter().filter(|(key, _)| *key != "rejectedPlans");
            own.into_iter().chain(inner.flat_map(|(_, value)| names(value))).collect()
        }
        Bson::Array(stages) => stages.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}
