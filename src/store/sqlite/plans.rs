//! How SQLite goes about each hot query: through an index, in its order.
use actors::domain::{
    AccountId, ChannelId, ContactStatusId, Kind, LabelFilter, State, TagId, TeamFilter, UserId,
};
use actors::ports::{Sort, TeamOrder, TeamQuery};
use rusqlite::Connection;

use super::{
    archive, communications, consent, conversation_row, conversations, event_numbers, history,
    hops, inbox, labels, log, message_row, migrations, outbox, people_rows as people,
    prospect_pages, prospect_rows, prospects, pushes, scheduled, search, search_index, team_inbox,
    team_keys,
};

fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = explain.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get("detail").unwrap());
    }
    steps
}

fn database() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    migrations::migrate(&db).unwrap();
    db
}

#[test]
fn every_hot_query_goes_through_an_index() {
    let db = database();
    let queries = [
        conversation_row::SELECT,
        conversation_row::SELECT_PARTICIPANTS,
        conversation_row::FOLLOW,
        conversations::FIND,
        conversations::OF_CONTACT,
        conversations::BY_PROVIDER,
        history::MESSAGE,
        history::BY_UUID,
        message_row::SELECT_COMMUNICATION,
        people::ACCOUNT,
        people::USER,
        people::CONTACT,
        people::CONTACT_BY_PHONE,
        people::CONTACT_BY_EMAIL,
        consent::DOUBTFUL,
        people::CHANNEL,
        people::CHANNEL_BY_ADDRESS,
        people::CHANNELS_OF,
        people::ADDRESS_TAKEN,
        people::PUSH_TOKENS,
        pushes::CALLING,
        pushes::OF_MESSAGE,
        hops::OF_MESSAGE,
        archive::VERSION,
        archive::WISHES,
        archive::PAST,
        archive::OF_CONTACT,
        archive::FIXED,
        labels::TAG,
        labels::TAGS,
        labels::TAG_TAKEN,
        labels::STATUS,
        labels::STATUSES,
        labels::STATUS_TAKEN,
        labels::IS_RETIRED,
        prospect_rows::CONTEXT,
        prospect_rows::SPREAD,
        prospect_pages::ONE,
        prospects::ON_PLATFORM,
        prospects::WEARS_TAG,
        prospects::HAS_STATUS,
        prospects::RULES,
        prospects::THREADS,
        conversation_row::FORGET_TAGS,
        people::MEMBERS,
        event_numbers::NUMBERED,
        event_numbers::FORGET,
        outbox::DUE,
        outbox::BY_PROVIDER_ID,
        scheduled::BY_UUID,
        scheduled::IN_CONVERSATION,
        scheduled::DUE,
        team_keys::BY_HASH,
        search::OWN,
        search::AGE,
        search::CONTACT_OF,
        search_index::DOC,
    ];
    for sql in queries {
        let plan = plan(&db, sql);
        assert!(!plan.is_empty());
        assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{sql}: {plan:?}");
    }
}

/// Not by walking over everything of the account because that lies in the order that is asked for.
#[test]
fn what_is_of_one_contact_is_looked_up_by_the_contact() {
    let db = database();
    for sql in [conversations::FIND, conversations::OF_CONTACT, prospects::THREADS] {
        let plan = plan(&db, sql);
        assert!(plan[0].contains("(account=? AND contact=?"), "{sql}: {plan:?}");
    }
}

#[test]
fn pages_are_read_in_the_order_of_an_index() {
    let db = database();
    let mut queries = vec![
        history::OLDER,
        history::NEWER,
        history::COMMITTED_AFTER,
        log::ENTRIES_AFTER,
        communications::FORGOTTEN,
        pushes::DUE,
        people::CONTACT_BY_PHONE,
        event_numbers::AFTER_NUMBER,
        event_numbers::AFTER_POSITION,
        prospect_rows::UNSPREAD,
        prospect_pages::ALL,
        prospect_pages::BY_VALUATION,
        prospects::ON_PLATFORM,
    ];
    let states = [
        State::Any,
        State::Open,
        State::Close,
        State::Snooze,
        State::Unread,
        State::Priority,
        State::Archived,
    ];
    for state in states {
        queries.extend([Sort::Newest, Sort::Oldest].map(|sort| inbox::sql(state, sort)));
    }
    for sql in queries {
        let plan = plan(&db, sql);
        assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{sql}: {plan:?}");
    }
}

/// The instant is a bound of the search, not a filter behind it: else a late page would walk over
/// all the earlier ones.
#[test]
fn a_page_begins_at_its_cut() {
    let db = database();
    let begins = |sql, wanted: &str| {
        let plan = plan(&db, sql);
        assert!(plan[0].contains(wanted), "{sql}: {plan:?}");
    };

    begins(history::OLDER, "(conversation=? AND (created_at,message)<(?,?))");
    begins(history::NEWER, "(conversation=? AND (created_at,message)>(?,?))");
    for state in [State::Any, State::Snooze, State::Unread, State::Archived] {
        let page = "(user=? AND channel=? AND show_on_top=? AND (at,conversation)";
        begins(inbox::sql(state, Sort::Newest), &format!("{page}<(?,?))"));
        begins(inbox::sql(state, Sort::Oldest), &format!("{page}>(?,?))"));
    }
    for state in [State::Open, State::Close] {
        let page = "(user=? AND channel=? AND is_open=? AND show_on_top=? AND (at,conversation)";
        begins(inbox::sql(state, Sort::Newest), &format!("{page}<(?,?))"));
    }
}

/// Several lists of contacts are merged as they are read, and not read whole to be sorted.
#[test]
fn contacts_of_several_labels_are_merged_in_their_order() {
    let db = database();
    for list in [prospect_pages::WITH_TAG, prospect_pages::WITH_STATUS] {
        let sql = format!("{} ORDER BY contact LIMIT ?", [list, list, list].join(" UNION "));
        let plan = plan(&db, &sql);
        assert!(plan.iter().any(|step| step.starts_with("MERGE")), "{plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
    }
}

/// By tags a list is read from their index in its order, and its conversations are looked up.
#[test]
fn a_list_of_the_team_by_tags_or_by_when_it_began_is_read_in_its_order() {
    let db = database();
    let tags = ["hot", "big"].map(|name| TagId::parse(name).unwrap()).to_vec();
    let won = ContactStatusId::parse("won").unwrap();
    let none = TeamFilter::default;
    let labels = [
        LabelFilter { tags, ..LabelFilter::default() },
        LabelFilter { statuses: vec![won], ..LabelFilter::default() },
        LabelFilter { no_tags: true, ..LabelFilter::default() },
    ];
    for labels in labels {
        for (order, sort) in [
            (TeamOrder::Activity, Sort::Newest),
            (TeamOrder::Created, Sort::Oldest),
            (TeamOrder::Created, Sort::Newest),
        ] {
            let filter = TeamFilter { labels: labels.clone(), open: Some(true), ..none() };
            let account = AccountId::default_account();
            let query = TeamQuery { account, filter, order, sort, cut: None, limit: 20 };
            for (sql, _) in team_inbox::statements(&query) {
                let plan = plan(&db, &sql);
                let at_the_cut = plan[0].contains(")<(?,?)") || plan[0].contains(")>(?,?)");
                let sorted = plan.iter().any(|step| step.contains("TEMP B-TREE"));
                let searched = plan.iter().all(|step| step.starts_with("SEARCH"));
                assert!(at_the_cut && searched && !sorted, "{sql}: {plan:?}");
            }
        }
    }
}

/// Each way into the team's lists, alone and with a condition beside it.
#[test]
fn a_list_of_the_team_is_read_from_an_index_in_its_order_beginning_at_its_cut() {
    let db = database();
    let none = TeamFilter::default;
    let channel = ChannelId::parse("sms").unwrap();
    let ana = Some(UserId::parse("ana").unwrap());
    let ways = [
        none(),
        TeamFilter { open: Some(true), ..none() },
        TeamFilter { open: Some(true), request: Some(false), ..none() },
        TeamFilter { open: Some(true), last_kind: Some(Kind::Outgoing), ..none() },
        TeamFilter { open: Some(false), ..none() },
        TeamFilter { request: Some(true), ..none() },
        TeamFilter { starred: Some(true), ..none() },
        TeamFilter { unread: Some(true), ..none() },
        TeamFilter { unread: Some(false), ..none() },
        TeamFilter { channels: Some(vec![channel.clone()]), ..none() },
        TeamFilter { channels: Some(vec![channel]), unread: Some(true), ..none() },
        TeamFilter { assignees: Some(vec![None]), ..none() },
        TeamFilter { assignees: Some(vec![ana.clone(), None]), ..none() },
        TeamFilter { assignees: Some(vec![ana]), unread: Some(true), ..none() },
    ];
    for filter in ways {
        for (order, sort) in [
            (TeamOrder::Activity, Sort::Newest),
            (TeamOrder::Activity, Sort::Oldest),
            (TeamOrder::Manual, Sort::Newest),
        ] {
            let account = AccountId::default_account();
            let filter = filter.clone();
            let query = TeamQuery { account, filter, order, sort, cut: None, limit: 20 };
            for (sql, _) in team_inbox::statements(&query) {
                let plan = plan(&db, &sql);
                let in_order = plan.len() == 1 && plan[0].starts_with("SEARCH");
                let at_the_cut = plan[0].contains("id)<(?,?)") || plan[0].contains("id)>(?,?)");
                let covered = order == TeamOrder::Manual || plan[0].contains("COVERING");
                assert!(in_order && at_the_cut && covered, "{sql}: {plan:?}");
            }
        }
    }
}

/// The index of words gives its documents in their order, and what else is looked at is looked up.
#[test]
fn a_search_reads_from_the_index_of_words_in_its_order() {
    let db = database();
    for sql in [search::OF_TEAM, search::OF_USER, search::CONTACTS] {
        let plan = plan(&db, sql);
        let (first, rest) = plan.split_first().unwrap();
        assert!(first.contains("VIRTUAL TABLE"), "{sql}: {plan:?}");
        let looked_up = |step: &String| !step.starts_with("SCAN") && !step.contains("TEMP B-TREE");
        assert!(rest.iter().all(looked_up), "{sql}: {plan:?}");
    }
}
