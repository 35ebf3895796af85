//! Everything that the ports ask, as it goes to the server, has an index that leads to it: also what
//! somebody changes later. `plans.rs` asks a server how it goes about the hot ones.
use std::sync::Arc;
use std::time::Duration;

use actors::domain::command::{Begin, Command, MarkRead, Place, Send};
use actors::domain::*;
use actors::ports::*;
use actors::testing::domain::{self as made, user};
use bson::{Bson, Document, doc};
use mongodb::Client;
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use mongodb::options::ClientOptions;
use parking_lot::Mutex;

use super::indexes::{self, Index, Only};
use super::testing::{Database, Frozen};
use super::{Durability, Mongo};

type Commands = Arc<Mutex<Vec<Document>>>;

/// A store that remembers what it asked.
async fn listening(url: &str) -> (Mongo, Commands) {
    let asked = Commands::default();
    let mut options = ClientOptions::parse(url).await.unwrap();
    let hear = Arc::clone(&asked);
    options.command_event_handler = Some(EventHandler::callback(move |event| {
        if let CommandEvent::Started(started) = event {
            hear.lock().push(started.command);
        }
    }));
    let name = options.default_database.clone().unwrap();
    let server = Client::with_options(options).unwrap().database(&name);
    indexes::make(&server).await.unwrap();
    let mongo = Mongo::on(server, Durability::Whole, Arc::new(Frozen)).await.unwrap();
    (mongo, asked)
}

/// A command that looks for documents, as one that the server can be asked to explain.
fn looking(command: &Document) -> Vec<Document> {
    let name = command.keys().next().map(String::as_str).unwrap_or_default();
    let on = command.get(name).cloned().unwrap_or(Bson::Null);
    let find = |filter: Option<&Bson>, from: &Document| {
        let mut find = doc! { "find": on.clone(), "filter": filter.cloned() };
        for key in ["sort", "hint", "collation"] {
            find.extend(from.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        find
    };
    let each = |key: &str| -> Vec<Document> {
        let all = command.get_array(key).cloned().unwrap_or_default();
        all.iter().filter_map(Bson::as_document).map(|one| find(one.get("q"), one)).collect()
    };
    match name {
        "find" => vec![find(command.get("filter"), command)],
        "findAndModify" => vec![find(command.get("query"), command)],
        "update" => each("updates"),
        "delete" => each("deletes"),
        "aggregate" => {
            let stages = command.get_array("pipeline").cloned().unwrap_or_default();
            let inside = |key: &str| {
                stages.iter().filter_map(Bson::as_document).find_map(|stage| stage.get(key))
            };
            let sort = inside("$sort").map(|sort| ("sort".to_owned(), sort.clone()));
            let mut find = find(inside("$match"), &doc! {});
            find.extend(sort);
            vec![find]
        }
        _ => Vec::new(),
    }
}

/// Whether there is nothing to find out: it is asked by `_id`, by which every collection has an
/// index (that not every server's plans name), or whatever comes first is wanted.
fn goes_without_saying(find: &Document) -> bool {
    let sorted = find.get_document("sort").ok();
    let by_id = |sort: &Document| sort.keys().all(|key| key == "_id");
    find.get_document("filter").is_ok_and(|filter| {
        filter.contains_key("_id") || filter.is_empty() && sorted.is_none_or(by_id)
    })
}

/// Whether an index leads to what is asked: it begins with a field that is asked for, and holds every
/// document that fits.
fn leads_to(index: &Index, find: &Document) -> bool {
    let empty = Document::new();
    let filter = find.get_document("filter").unwrap_or(&empty);
    let says_so = |field: &str| {
        let condition = filter.get(field).and_then(Bson::as_document);
        condition.and_then(|condition| condition.get("$exists")) == Some(&Bson::Boolean(true))
    };
    let holds_all = match index.only {
        None => true,
        Some(Only::Has(field)) => says_so(field),
        Some(Only::Is(field, flag)) => filter.get(field) == Some(&Bson::Boolean(flag)),
    };
    let is_named = find.get("hint").is_none_or(|name| name.as_str() == Some(&index.name()));
    let first = index.keys.first().is_some_and(|(key, _)| filter.contains_key(*key));
    first
        && is_named
        && (holds_all || find.contains_key("hint"))
        && index.any_case == find.contains_key("collation")
}

#[tokio::test]
async fn everything_that_the_ports_ask_has_an_index_that_leads_to_it() {
    let Some(database) = Database::fresh() else { return };
    let (store, asked) = listening(&database.url).await;

    conversations(&store).await;
    people(&store).await;
    on_the_way(&store).await;
    around(&store).await;
    imports(&store).await;
    teams(&store).await;

    let commands = std::mem::take(&mut *asked.lock());
    let finds: Vec<_> = commands.iter().flat_map(looking).collect();
    let on: std::collections::BTreeSet<_> =
        finds.iter().filter_map(|find| find.get_str("find").ok()).collect();
    for index in indexes::INDEXES.iter().copied().flatten() {
        assert!(on.contains(index.on), "{} was not asked", index.on);
    }
    for find in finds.iter().filter(|find| !goes_without_saying(find)) {
        let of = indexes::INDEXES.iter().copied().flatten();
        let mut of = of.filter(|index| Some(index.on) == find.get_str("find").ok());
        assert!(of.any(|index| leads_to(index, find)), "{find}");
    }
}

fn decided(command: &impl Command, before: &Conversation) -> Change {
    match command.decide(before, Timestamp(10)) {
        Ok(Decision::Record(change)) => *change,
        other => panic!("{other:?}"),
    }
}

async fn conversations(store: &Mongo) {
    let begin = Begin { by: user("ana"), users: vec![], title: None, image: vec![] };
    let begun = decided(&begin, &made::absent());
    store.commit(&begun).await.unwrap();
    let place = Place { message: made::incoming("m1", "hi"), dated: false, members: vec![] };
    let placed = decided(&place, &begun.next);
    store.commit(&placed).await.unwrap();
    let message = made::outgoing("m2", "ana", "hi");
    let send = Send { message, if_tail: None, for_team: false };
    let sent = decided(&send, &placed.next);
    store.commit(&sent).await.unwrap();
    let read = decided(&MarkRead { by: user("ana"), up_to: None }, &sent.next);
    store.commit_all(std::slice::from_ref(&read)).await;
    let (id, key) = (&begun.next.id, &begun.next.key);
    store.load(id).await.unwrap();
    store.find(key).await.unwrap();
    store.of_contact(&key.account, &key.contact).await.unwrap();
    let hasty = Mongo { patience: Duration::ZERO, ..another(store).await };
    hasty.finish_commits(10).await.unwrap();
    let message = MessageId::parse("m1").unwrap();
    for direction in [Direction::Older, Direction::Newer] {
        let cut = Cut { at: Timestamp(5), id: Some(message.clone()) };
        store.messages(id, None, direction, 10).await.unwrap();
        store.messages(id, Some(&cut), direction, 10).await.unwrap();
    }
    store.message(id, &message).await.unwrap();
    store.message_by_uuid(id, &user("ana"), &Uuid::parse("u").unwrap()).await.unwrap();
    store.committed_after(id, Seq(0), 10).await.unwrap();
    for state in [
        State::Any,
        State::Open,
        State::Close,
        State::Snooze,
        State::Unread,
        State::Priority,
        State::Archived,
    ] {
        let query = InboxQuery {
            user: user("ana"),
            channel: key.channel.clone(),
            state,
            sort: Sort::Newest,
            cut: None,
            limit: 10,
            now: Timestamp(10),
        };
        store.page(&query).await.unwrap();
    }
    store.snoozes_over(Timestamp(10), 10).await.unwrap();
    let tail = store.tail().await.unwrap();
    store.floor().await.unwrap();
    store.entries_after(Position(0), 10).await.unwrap();
    store.log_of(&key.account, Position(0), tail, 10).await.unwrap();
    store.position_before(Timestamp(10)).await.unwrap();
    store.communication(&message).await.unwrap();
    store.forgotten(Timestamp(10), 10).await.unwrap();
    store.forget_anew(&message, Timestamp(10)).await.unwrap();
}

/// The same store, as another program has it.
async fn another(store: &Mongo) -> Mongo {
    let clock: Arc<dyn Clock> = Arc::new(Frozen);
    Mongo::on(store.database.clone(), Durability::Whole, clock).await.unwrap()
}

async fn people(store: &Mongo) {
    let account = AccountId::parse("acme").unwrap();
    let put = Account { id: account.clone(), name: "Acme".into(), time_zone: None };
    store.put_account(&put).await.unwrap();
    store.account(&account).await.unwrap();
    let (id, kind) = (ChannelId::parse("c").unwrap(), ChannelKind::sms());
    let channel = Channel {
        id: id.clone(),
        account: account.clone(),
        kind: kind.clone(),
        name: "n".into(),
        address: Some("+12025550143".into()),
        members: vec![],
        message_requests: false,
    };
    store.put_channel(&channel).await.unwrap();
    store.channel(&id).await.unwrap();
    store.channel_by_address(&kind, "+12025550143").await.unwrap();
    let ana = User {
        id: user("ana"),
        account: account.clone(),
        name: "Ana".into(),
        email: "ana@example.com".into(),
        image: None,
        role: None,
        active: true,
    };
    store.put_user(&ana).await.unwrap();
    store.user(&ana.id).await.unwrap();
    store.read_users_ahead().await.unwrap();
    let contact = |id: &str| Contact {
        id: ContactId::parse(id).unwrap(),
        account: account.clone(),
        name: None,
        email: None,
        phone: None,
        image: None,
        details: Json::from_valid("{}"),
    };
    store.put_contact(&contact("zoe")).await.unwrap();
    store.contact(&contact("zoe").id).await.unwrap();
    let phone = PhoneNumber::parse("+12025550143").unwrap();
    let email = MailAddress::parse("zoe@example.com").unwrap();
    store.contact_by_phone(&phone, contact("f1")).await.unwrap();
    store.contact_by_email(&email, contact("f2")).await.unwrap();
    let token = PushToken { user: user("ana"), token: "t".into() };
    store.put_push_token(&token).await.unwrap();
    store.push_tokens(&token.user).await.unwrap();
    store.drop_push_token(&token).await.unwrap();
    let tag = Tag {
        id: TagId::parse("t").unwrap(),
        account: account.clone(),
        name: "Hot".into(),
        color: String::new(),
    };
    store.put_tag(&tag).await.unwrap();
    store.tag(&tag.id).await.unwrap();
    store.tags(&account).await.unwrap();
    store.tags(&AccountId::default_account()).await.unwrap();
    store.contact_statuses(&account).await.unwrap();
}

async fn on_the_way(store: &Mongo) {
    let (now, id) = (Timestamp(10), MessageId::parse("m2").unwrap());
    let due = store.due(now, 10).await.unwrap().remove(0);
    assert!(store.calling(&due, now).await.unwrap());
    store.taken(&id, &ProviderMessageId::parse("SM1").unwrap()).await.unwrap();
    store.in_doubt(&id, now).await.unwrap();
    store.put_off(&id, now).await.unwrap();
    store.leave(&id).await.unwrap();
    store.by_provider_id(&ProviderMessageId::parse("SM1").unwrap()).await.unwrap();
    let key = made::key();
    for says in [ConsentWord::Doubtful, ConsentWord::OptOut] {
        let entry = ConsentEntry {
            account: key.account.clone(),
            contact: key.contact.clone(),
            channel: key.channel.clone(),
            says,
            at: now,
            evidence: Evidence::Message(MessageId::parse(says.as_str()).unwrap()),
        };
        store.doubtful(&key.account, None, 10).await.unwrap();
        store.record_consent(&entry).await.unwrap();
        store.doubtful(&key.account, None, 10).await.unwrap();
    }
    store.opted_out(&key.contact, &key.channel).await.unwrap();
    store.consent_of(&key.account, &key.contact, 10).await.unwrap();
    let later = ScheduledMessage {
        id: MessageId::parse("s1").unwrap(),
        account: key.account.clone(),
        conversation: made::absent().id,
        author: user("ana"),
        uuid: Uuid::parse("s1").unwrap(),
        text: "hi".into(),
        attachments: vec![],
        send_at: now,
        created_at: now,
    };
    store.schedule(&later).await.unwrap();
    store.scheduled_in(&later.conversation, 10).await.unwrap();
    store.scheduled_due(now, 10).await.unwrap();
    store.claim_scheduled(&later.id).await.unwrap();
    store.withdraw_scheduled(&later.conversation, &later.id).await.unwrap();
    store.forget_scheduled(&later.id).await.unwrap();
}

async fn around(store: &Mongo) {
    let (now, message) = (Timestamp(10), MessageId::parse("m1").unwrap());
    let decision = PushDecision {
        message: message.clone(),
        user: user("ana"),
        conversation: made::absent().id,
        reason: PushReason::Offline,
        at: now,
    };
    let push = (message.clone(), user("ana"));
    store.keep_push_decisions(&[decision], now, Some(Position(1))).await.unwrap();
    store.push_decided_up_to().await.unwrap();
    store.pushes_due(now, 10).await.unwrap();
    store.pushing(std::slice::from_ref(&push), now).await.unwrap();
    store.put_push_off(&push, now, &[]).await.unwrap();
    store.settle_push(&push, PushReason::Sent, now).await.unwrap();
    store.pushes_of(&message).await.unwrap();
    store.forget_pushes(now).await.unwrap();
    let details = Json::from_valid("{}");
    let hop = KeptHop { message: message.clone(), at: now, hop: "x".into(), details };
    store.keep_hops(&[hop]).await.unwrap();
    store.hops_of(&message, 10).await.unwrap();
    store.forget_hops(now).await.unwrap();
    let subscription = Subscription {
        id: SubscriptionId::parse("s").unwrap(),
        account: made::key().account,
        url: "https://example.com".into(),
        events: vec![EventKind::MessageCreated],
        secret: SigningSecret::of(&[7; 32]).unwrap(),
        active: true,
        form: Form::Standard,
    };
    let (id, progress) = (&subscription.id, Progress::beginning(Position(0), now));
    store.put_subscription(&subscription, &progress).await.unwrap();
    store.subscription(id).await.unwrap();
    store.subscriptions_of(&subscription.account).await.unwrap();
    store.subscriptions_in_force(10).await.unwrap();
    store.any_subscription().await.unwrap();
    let settled = Settled { progress: progress.clone(), parked: None, disabled: None };
    Subscriptions::settle(store, id, 1, &settled).await.unwrap();
    store.rewind(id, &progress).await.unwrap();
    store.parked(id, 10).await.unwrap();
    store.drop_subscription(id).await.unwrap();
    store.hold_lease("sweep", "n1", Duration::from_secs(9)).await.unwrap();
    store.give_lease_back("sweep", "n1").await.unwrap();
}

async fn teams(store: &Mongo) {
    let (key, now) = (made::key(), Timestamp(10));
    let (account, contact) = (&key.account, &key.contact);
    let hot = || TagId::parse("hot").unwrap();
    let won = || ContactStatusId::parse("won").unwrap();
    let any = TeamFilter::default();
    let filters = [
        any.clone(),
        TeamFilter { open: Some(true), last_kind: Some(Kind::Outgoing), ..any.clone() },
        TeamFilter { starred: Some(true), ..any.clone() },
        TeamFilter { unread: Some(true), ..any.clone() },
        TeamFilter { request: Some(true), ..any.clone() },
        TeamFilter { channels: Some(vec![key.channel.clone()]), ..any.clone() },
        TeamFilter { contacts: Some(vec![contact.clone()]), ..any.clone() },
        TeamFilter { assignees: Some(vec![None]), ..any.clone() },
        TeamFilter {
            labels: LabelFilter { tags: vec![hot()], ..LabelFilter::default() },
            ..any.clone()
        },
        TeamFilter {
            labels: LabelFilter { statuses: vec![won()], ..LabelFilter::default() },
            ..any.clone()
        },
    ];
    for filter in filters {
        for order in [TeamOrder::Activity, TeamOrder::Manual, TeamOrder::Created] {
            let (account, filter, sort) = (account.clone(), filter.clone(), Sort::Newest);
            let query = TeamQuery { account, filter, order, sort, cut: None, limit: 20 };
            store.team_page(&query).await.unwrap();
        }
        store.team_count(account, &filter, 9).await.unwrap();
    }
    let words = Words::of("plan b").unwrap();
    for reader in [Reader::Team, Reader::User(user("ana"))] {
        let (account, words) = (account.clone(), words.clone());
        let query = MessageSearch { account, words, reader, cut: None, limit: 20 };
        store.search_messages(&query).await.unwrap();
    }
    let query =
        ContactSearch { account: account.clone(), words: words.clone(), before: None, limit: 9 };
    store.search_contacts(&query).await.unwrap();
    store.which_match(account, &words, &[ConversationId::parse("c").unwrap()]).await.unwrap();
    let patch = ContextPatch { tags: Some(TagPatch::Set(vec![hot()])), ..ContextPatch::default() };
    let kept = store.patch_context(account, contact, &patch, now).await.unwrap();
    store.unspread(now, 9).await.unwrap();
    store.spread(contact, kept.context.version).await.unwrap();
    store.strip(account, &LabelId::Tag(hot()), 9, now).await.unwrap();
    store.strip(account, &LabelId::Status(won()), 9, now).await.unwrap();
    store.contact_on_platform(account, "x", "1").await.unwrap();
    store.threads_of(account, std::slice::from_ref(contact)).await.unwrap();
    let labels = [
        LabelFilter::default(),
        LabelFilter { tags: vec![hot()], ..LabelFilter::default() },
        LabelFilter { statuses: vec![won()], ..LabelFilter::default() },
    ];
    for filter in labels {
        for order in [ProspectOrder::Id { after: None }, ProspectOrder::Valuation { after: None }] {
            let (account, filter) = (account.clone(), filter.clone());
            let query = ProspectQuery { account, filter, order, limit: 9 };
            store.prospects(&query).await.unwrap();
        }
    }
    store.channels_of(account).await.unwrap();
    store.members_of(account).await.unwrap();
    let stretch = Stretch { events: vec![Position(1)], reached: Position(2), gap: false };
    store.number_events(account, Numbered::default(), &stretch).await.unwrap();
    for after in [After::Number(0), After::Position(Position(0))] {
        store.events_after(account, after, 9).await.unwrap();
    }
    store.forget_numbers(Position(1)).await.unwrap();
    store.team_key(&[7; 32]).await.unwrap();
}

async fn imports(store: &Mongo) {
    let key = Key { channel: ChannelId::parse("old").unwrap(), ..made::key() };
    let archived = ArchivedConversation {
        id: ConversationId::parse("old").unwrap(),
        key,
        title: None,
        image: vec![],
        is_open: true,
        starred: false,
        created_at: None,
        updated_at: None,
        users: vec![],
    };
    store.admit_conversation(&archived).await.unwrap();
    store.keep_conversation(&archived).await.unwrap();
    for id in ["old2", "old1"] {
        let message = made::incoming(id, "hi");
        let communication = Communication {
            message,
            channel: None,
            conversations: vec![archived.id.clone()],
            from_number: None,
            to_number: None,
            dated: true,
            emitted: true,
        };
        let past = ArchivedMessage { communication, stands_in: vec![archived.id.clone()] };
        store.admit_message(&past).await.unwrap();
        store.keep_messages(&archived.id, &[past]).await.unwrap();
    }
    store.forget_before(Timestamp(i64::from(i32::MAX))).await.unwrap();
}
