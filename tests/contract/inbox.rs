use actors::domain::*;
use actors::ports::{InboxCut, InboxQuery, Sort};
use actors::testing::domain::user;

use crate::changes::*;
use crate::dice::Dice;
use crate::{Stage, on_each_backend};

on_each_backend!(
    every_list_in_every_order_and_page_size_is_what_its_rows_say,
    a_cut_without_id_leaves_its_whole_instant_out,
    a_snooze_that_is_over_is_found_and_others_are_not,
    a_former_participant_has_no_list_and_one_who_comes_back_has,
);

async fn a_snooze_that_is_over_is_found_and_others_are_not(stage: Stage) {
    let snoozed = |id: &str, users: &[&str], snooze| {
        let begun = begin(id, users, 1);
        let set = command::SetSnooze { by: user("ana"), snooze: Some(snooze) };
        (decide(&set, &begun.next, 2), begun)
    };
    for (id, snooze) in [
        ("over", Snooze::Until(Timestamp(1_000))),
        ("later", Snooze::Until(Timestamp(1_001))),
        ("indefinite", Snooze::UntilNextIncoming),
    ] {
        let (change, begun) = snoozed(id, &["ana", "ben"], snooze);
        stage.keep(&begun).await;
        stage.keep(&change).await;
    }

    let over = stage.store.snoozes_over(NOW, 10).await.unwrap();

    assert_eq!(over, [(ConversationId::parse("over").unwrap(), user("ana"))]);
}

const STATES: [State; 7] = [
    State::Any,
    State::Open,
    State::Close,
    State::Snooze,
    State::Unread,
    State::Priority,
    State::Archived,
];
const SORTS: [Sort; 2] = [Sort::Newest, Sort::Oldest];
const NOW: Timestamp = Timestamp(1_000);

impl Dice {
    /// Few instants, so that many rows share one.
    fn activity(&mut self) -> Option<Activity> {
        let at = Timestamp(self.roll(5) as i64);
        (!self.one_in(3)).then(|| Activity { at, message: message_id(&format!("m{}", at.0)) })
    }

    fn participant(&mut self, name: &str) -> Participant {
        Participant {
            is_admin: self.one_in(2),
            show_on_top: self.one_in(3),
            snooze: match self.roll(6) {
                0 => Some(Snooze::UntilNextIncoming),
                1 => Some(Snooze::Until(NOW)),
                2 => Some(Snooze::Until(NOW.next())),
                _ => None,
            },
            is_archived: self.one_in(4),
            unread: self.roll(3) as u32,
            last_note: self.activity(),
            removed: self.one_in(6),
            ..Participant::new(user(name), Seq(0))
        }
    }

    /// The next version of a conversation, with everything else thrown anew.
    fn throw(&mut self, before: &Conversation) -> Change {
        let next = Conversation {
            version: before.version + 1,
            is_open: self.one_in(2),
            created_at: Timestamp(self.roll(5) as i64),
            last_public: self.activity(),
            participants: ["ana", "ben"].map(|name| self.participant(name)).into(),
            ..before.clone()
        };
        let told = Announcement::Conversation { is_new: false, to: To::Participants };
        Change { next, message: None, to_contact: false, status: None, announcements: vec![told] }
    }
}

/// What a list has to be, by going through everything there is.
fn model(all: &[Conversation], query: &InboxQuery) -> Vec<InboxRow> {
    let mut rows: Vec<_> = all
        .iter()
        .filter(|conversation| conversation.key.channel == query.channel)
        .filter_map(|there| Some(there.inbox_row(there.participant(&query.user)?)))
        .filter(|row| query.state.holds(row, query.now))
        .collect();
    rows.sort_by(|a, b| {
        let order = (a.at, &a.conversation).cmp(&(b.at, &b.conversation));
        let order = if query.sort == Sort::Newest { order.reverse() } else { order };
        b.show_on_top.cmp(&a.show_on_top).then(order)
    });
    rows
}

fn query(name: &str, channel: &str, state: State, sort: Sort, limit: usize) -> InboxQuery {
    let (user, channel) = (user(name), channel_id(channel));
    InboxQuery { user, channel, state, sort, cut: None, limit, now: NOW }
}

fn cut(row: &InboxRow) -> InboxCut {
    InboxCut { pinned: row.show_on_top, at: row.at, id: Some(row.conversation.clone()) }
}

async fn random(stage: &Stage, rounds: usize) -> Vec<Conversation> {
    let mut dice = Dice(0x5eed);
    let mut all: Vec<_> = (0..80)
        .map(|n| {
            let mut conversation = absent(&format!("c{:02}", (n * 37) % 80));
            conversation.key.channel = channel_id(if n % 4 == 0 { "mail" } else { "sms" });
            conversation
        })
        .collect();
    for _ in 0..rounds {
        for conversation in &mut all {
            let change = dice.throw(conversation);
            stage.keep(&change).await;
            *conversation = change.next;
        }
    }
    all
}

async fn every_list_in_every_order_and_page_size_is_what_its_rows_say(stage: Stage) {
    let all = random(&stage, 3).await;
    for (name, channel) in [("ana", "sms"), ("ben", "mail"), ("ana", "none"), ("dan", "sms")] {
        for (state, sort) in STATES.into_iter().flat_map(|state| SORTS.map(|sort| (state, sort))) {
            for limit in [1, 3, 100] {
                let mut query = query(name, channel, state, sort, limit);
                let mut read = Vec::new();
                loop {
                    let page = stage.store.page(&query).await.unwrap();
                    assert!(page.len() <= limit);
                    let Some(last) = page.last() else { break };
                    query.cut = Some(cut(last));
                    read.extend(page);
                }
                let wanted = model(&all, &query);
                assert_eq!(read, wanted, "{name} {channel} {state:?} {sort:?} by {limit}");
                let stranger = name == "dan" || channel == "none";
                assert_eq!(wanted.is_empty(), stranger, "else this tries nothing");
            }
        }
    }
}

async fn a_cut_without_id_leaves_its_whole_instant_out(stage: Stage) {
    let all = random(&stage, 1).await;
    for (sort, pinned) in SORTS.into_iter().flat_map(|sort| [(sort, true), (sort, false)]) {
        let mut query = query("ana", "sms", State::Any, sort, 100);
        let at = Timestamp(2);
        query.cut = Some(InboxCut { pinned, at, id: None });

        let page = stage.store.page(&query).await.unwrap();

        let beyond = |row: &InboxRow| match sort {
            Sort::Newest => row.at < at,
            Sort::Oldest => row.at > at,
        };
        let mut wanted = model(&all, &query);
        wanted.retain(|row| if row.show_on_top == pinned { beyond(row) } else { pinned });
        assert_eq!(page, wanted, "{sort:?} pinned: {pinned}");
    }
}

async fn a_former_participant_has_no_list_and_one_who_comes_back_has(stage: Stage) {
    use actors::domain::command::{AddParticipants, RemoveParticipant};
    let first = begin("c1", &["ana", "ben"], 1);
    stage.keep(&first).await;
    let list = async |name| {
        stage.store.page(&query(name, "sms", State::Any, Sort::Newest, 10)).await.unwrap().len()
    };

    let removed = decide(&RemoveParticipant { user: user("ben") }, &first.next, 2);
    stage.keep(&removed).await;
    assert_eq!((list("ana").await, list("ben").await), (1, 0));

    let back = AddParticipants { by: user("ana"), users: vec![user("ben")] };
    stage.keep(&decide(&back, &removed.next, 3)).await;
    assert_eq!((list("ana").await, list("ben").await), (1, 1));
}
