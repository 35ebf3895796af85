use actors::domain::*;
use actors::ports::{Sort, TeamCut, TeamOrder, TeamQuery, TeamRow};
use actors::testing::domain::{key, user};

use crate::changes::*;
use crate::dice::Dice;
use crate::{Stage, on_each_backend};

on_each_backend!(
    every_filter_in_every_order_and_page_size_is_what_the_conversations_say,
    conditions_together_are_what_the_conversations_say,
    a_cut_of_the_team_without_id_leaves_its_whole_instant_out,
    a_deleted_conversation_leaves_its_key_and_is_read_back_as_it_was,
    what_is_told_to_the_team_alone_is_kept_so,
);

const SORTS: [Sort; 2] = [Sort::Newest, Sort::Oldest];
const ORDERS: [TeamOrder; 3] = [TeamOrder::Activity, TeamOrder::Manual, TeamOrder::Created];

fn tag(name: &str) -> TagId {
    TagId::parse(name).unwrap()
}

fn status(name: &str) -> ContactStatusId {
    ContactStatusId::parse(name).unwrap()
}

/// The next version of a conversation, thrown anew. Few instants, so that many share one.
fn throw(dice: &mut Dice, before: &Conversation) -> Change {
    let at = Timestamp(dice.roll(5) as i64);
    let spoken = !dice.one_in(4);
    let kind = if dice.one_in(2) { Kind::Incoming } else { Kind::Outgoing };
    let team = TeamState {
        assignee: [None, Some("ana"), Some("ben")][dice.roll(3) as usize].map(user),
        labels: ContactLabels {
            tags: ["hot", "big"].into_iter().filter(|_| dice.one_in(2)).map(tag).collect(),
            status: [None, Some("new"), Some("won")][dice.roll(3) as usize].map(status),
        },
        read: Seq(dice.roll(3)),
        unread: dice.roll(2) as u32,
        unread_set: dice.one_in(4).then(|| dice.roll(3) as u32),
        is_request: dice.one_in(4),
        last_kind: spoken.then_some(kind),
        last_medium: (spoken && dice.one_in(2)).then(|| "EMAIL".into()),
        manual_at: dice.one_in(2).then(|| Timestamp(dice.roll(5) as i64)),
        last_outgoing: dice.one_in(2).then(|| LastOutgoing { at, automated: dice.one_in(2) }),
    };
    let participants = ["ana", "ben"].map(|name| Participant {
        removed: dice.one_in(3),
        ..Participant::new(user(name), Seq(0))
    });
    let next = Conversation {
        version: before.version + 1,
        is_open: dice.one_in(2),
        starred: dice.one_in(3),
        deleted: dice.one_in(8),
        created_at: Timestamp(dice.roll(5) as i64),
        last_public: spoken.then(|| Activity { at, message: message_id(&format!("m{}", at.0)) }),
        team,
        participants: participants.into(),
        ..before.clone()
    };
    let told = Announcement::Conversation { is_new: false, to: To::Team };
    Change { next, message: None, to_contact: false, status: None, announcements: vec![told] }
}

async fn random(stage: &Stage) -> Vec<Conversation> {
    let mut dice = Dice(0x7ea4);
    let mut all: Vec<_> = (0..120)
        .map(|n| {
            let mut conversation = absent(&format!("c{:03}", (n * 37) % 120));
            conversation.key.channel = channel_id(if n % 4 == 0 { "mail" } else { "sms" });
            if n % 6 == 0 {
                conversation.key.account = account_id("other");
            }
            conversation
        })
        .collect();
    for _ in 0..2 {
        for conversation in all.iter_mut().filter(|conversation| !conversation.deleted) {
            let change = throw(&mut dice, conversation);
            stage.keep(&change).await;
            *conversation = change.next;
        }
    }
    all
}

fn filters() -> Vec<TeamFilter> {
    let none = TeamFilter::default;
    let (sms, mail) = (channel_id("sms"), channel_id("mail"));
    let medium = |names: &[&str], channels: &[&ChannelId]| Medium {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        channels: channels.iter().map(|id| (*id).clone()).collect(),
    };
    let (from, until) = (Some(Timestamp(1)), Some(Timestamp(3)));
    let mut filters = vec![
        none(),
        TeamFilter { last_kind: Some(Kind::Incoming), ..none() },
        TeamFilter { last_kind: Some(Kind::Outgoing), open: Some(true), ..none() },
        TeamFilter { medium: Some(medium(&["EMAIL"], &[])), ..none() },
        TeamFilter { medium: Some(medium(&["SMS"], &[&sms])), ..none() },
        TeamFilter { channels: Some(vec![mail.clone(), sms, mail.clone()]), ..none() },
        TeamFilter { channels: Some(vec![mail]), ..none() },
        TeamFilter { channels: Some(vec![]), ..none() },
        TeamFilter { contacts: Some(vec![contact_id("contact of c001")]), ..none() },
        TeamFilter {
            contacts: Some((0..60).map(|n| contact_id(&format!("contact of c{n:03}"))).collect()),
            ..none()
        },
        TeamFilter { assignees: Some(vec![None]), ..none() },
        TeamFilter { assignees: Some(vec![Some(user("ana"))]), ..none() },
        TeamFilter { assignees: Some(vec![Some(user("ben")), None]), ..none() },
        TeamFilter { participants: Some(vec![user("ana")]), ..none() },
        TeamFilter { participants: Some(vec![user("ana"), user("ben")]), ..none() },
        TeamFilter { created_from: from, created_until: until, ..none() },
    ];
    let labels = |tags: &[&str], statuses: &[&str]| LabelFilter {
        tags: tags.iter().map(|name| tag(name)).collect(),
        no_tags: false,
        statuses: statuses.iter().map(|name| status(name)).collect(),
    };
    let no_tags = LabelFilter { no_tags: true, ..LabelFilter::default() };
    for labels in [
        labels(&["hot"], &[]),
        labels(&["hot", "big", "hot", "none"], &[]),
        labels(&["none"], &[]),
        labels(&[], &["won"]),
        labels(&[], &["won", "new", "none"]),
        labels(&["big"], &["won"]),
        no_tags,
    ] {
        filters.push(TeamFilter { labels, ..none() });
    }
    for wanted in [true, false] {
        filters.extend([
            TeamFilter { open: Some(wanted), ..none() },
            TeamFilter { starred: Some(wanted), ..none() },
            TeamFilter { unread: Some(wanted), ..none() },
            TeamFilter { request: Some(wanted), ..none() },
            TeamFilter { automated: Some(wanted), ..none() },
        ]);
    }
    filters
}

/// All of both.
fn both(a: &TeamFilter, b: &TeamFilter) -> TeamFilter {
    let (a, b) = (a.clone(), b.clone());
    TeamFilter {
        open: a.open.or(b.open),
        starred: a.starred.or(b.starred),
        unread: a.unread.or(b.unread),
        request: a.request.or(b.request),
        last_kind: a.last_kind.or(b.last_kind),
        medium: a.medium.or(b.medium),
        automated: a.automated.or(b.automated),
        channels: a.channels.or(b.channels),
        contacts: a.contacts.or(b.contacts),
        assignees: a.assignees.or(b.assignees),
        participants: a.participants.or(b.participants),
        labels: if a.labels == LabelFilter::default() { b.labels } else { a.labels },
        created_from: a.created_from.or(b.created_from),
        created_until: a.created_until.or(b.created_until),
    }
}

fn query(filter: &TeamFilter, order: TeamOrder, sort: Sort, limit: usize) -> TeamQuery {
    let (account, filter) = (key().account, filter.clone());
    TeamQuery { account, filter, order, sort, cut: None, limit }
}

/// What a list has to be, by going through everything there is.
fn model(all: &[Conversation], query: &TeamQuery) -> Vec<TeamRow> {
    let theirs = all.iter().filter(|there| there.key.account == query.account);
    let mut rows: Vec<_> = theirs
        .filter(|there| query.filter.holds(there))
        .map(|there| TeamRow { conversation: there.id.clone(), at: query.order.of(there) })
        .collect();
    rows.sort_by(|a, b| (a.at, &a.conversation).cmp(&(b.at, &b.conversation)));
    if query.sort == Sort::Newest {
        rows.reverse();
    }
    rows
}

async fn read(stage: &Stage, mut query: TeamQuery) -> Vec<TeamRow> {
    let mut read = Vec::new();
    loop {
        let page = stage.store.team_page(&query).await.unwrap_or_else(|_| panic!("{query:?}"));
        assert!(page.len() <= query.limit);
        let Some(last) = page.last() else { return read };
        query.cut = Some(TeamCut { at: last.at, id: Some(last.conversation.clone()) });
        read.extend(page);
    }
}

async fn every_filter_in_every_order_and_page_size_is_what_the_conversations_say(stage: Stage) {
    let all = random(&stage).await;
    let mut held = 0;
    for filter in filters() {
        for (order, sort) in ORDERS.into_iter().flat_map(|order| SORTS.map(|sort| (order, sort))) {
            for limit in [4, 200] {
                let query = query(&filter, order, sort, limit);
                let wanted = model(&all, &query);
                held += wanted.len();
                assert_eq!(read(&stage, query).await, wanted, "{filter:?} {order:?} {sort:?}");
                let counted = stage.store.team_count(&key().account, &filter, 30).await.unwrap();
                assert_eq!(counted, (wanted.len() as u64).min(30), "{filter:?}");
            }
        }
    }
    assert!(held > 1_000, "else this tries nothing");
}

async fn conditions_together_are_what_the_conversations_say(stage: Stage) {
    let all = random(&stage).await;
    let mut held = 0;
    let all_filters = filters();
    let pairs = all_filters
        .iter()
        .enumerate()
        .flat_map(|(at, one)| all_filters[at..].iter().map(move |other| both(one, other)));
    for filter in pairs {
        let query = query(&filter, TeamOrder::Activity, Sort::Newest, 50);
        let wanted = model(&all, &query);
        held += wanted.len();
        assert_eq!(read(&stage, query).await, wanted, "{filter:?}");
    }
    assert!(held > 1_000, "else this tries nothing");
}

async fn a_cut_of_the_team_without_id_leaves_its_whole_instant_out(stage: Stage) {
    let all = random(&stage).await;
    for sort in SORTS {
        let mut query = query(&TeamFilter::default(), TeamOrder::Activity, sort, 200);
        let at = Timestamp(2);
        query.cut = Some(TeamCut { at, id: None });

        let page = stage.store.team_page(&query).await.unwrap();

        let mut wanted = model(&all, &query);
        wanted.retain(|row| if sort == Sort::Newest { row.at < at } else { row.at > at });
        assert_eq!(page, wanted, "{sort:?}");
        assert!(!wanted.is_empty());
    }
}

async fn a_deleted_conversation_leaves_its_key_and_is_read_back_as_it_was(stage: Stage) {
    let first = begin("c1", &["ana", "ben"], 1);
    stage.keep(&first).await;
    let without = command::RemoveParticipant { user: user("ben") };
    let without = decide(&without, &first.next, 2);
    stage.keep(&without).await;
    let deleted = decide(&command::Delete { by: Viewer::Team }, &without.next, 3);
    stage.keep(&deleted).await;

    let key = &first.next.key;
    assert_eq!(stage.store.find(key).await.unwrap(), None);
    assert!(stage.store.of_contact(&key.account, &key.contact).await.unwrap().is_empty());
    let loaded = stage.store.load(&first.next.id).await.unwrap().unwrap();
    assert_eq!(loaded, deleted.next);
    assert!(loaded.told(&user("ana")).is_some() && loaded.told(&user("ben")).is_none());

    let mut another = begin("c2", &["ana"], 4);
    another.next.key = key.clone();
    stage.keep(&another).await;
    assert_eq!(stage.store.find(key).await.unwrap(), Some(conversation_id("c2")));
    let query = query(&TeamFilter::default(), TeamOrder::Activity, Sort::Newest, 10);
    assert_eq!(read(&stage, query).await.len(), 1);
}

async fn what_is_told_to_the_team_alone_is_kept_so(stage: Stage) {
    let first = begin("c1", &["ana"], 1);
    stage.keep(&first).await;
    let unread = decide(&command::SetTeamUnread { unread: 4 }, &first.next, 2);
    stage.keep(&unread).await;

    let told = stage.store.entries_after(Position(0), 10).await.unwrap();

    let news = |to| Announcement::Conversation { is_new: false, to };
    assert_eq!(told[1].announcement, news(To::Team));
    let loaded = stage.store.load(&first.next.id).await.unwrap().unwrap();
    assert_eq!(loaded.team.unread(), 4);
}
