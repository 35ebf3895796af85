use actors::domain::command::Send;
use actors::domain::*;
use actors::ports::Due;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    what_goes_to_a_contact_is_due_with_the_commit_that_shows_it,
    of_each_conversation_only_the_first_is_due,
    what_is_put_off_is_due_again_then_and_holds_up_what_is_behind_it,
    a_call_is_remembered_until_it_is_sure_that_nothing_came_of_it,
    of_two_who_take_one_up_only_one_calls,
    what_a_provider_took_is_known_by_its_name_and_stays_until_it_leaves,
    what_is_on_its_way_survives_the_store_being_closed,
);

fn sent(id: &str, before: &Conversation, now: i64) -> Change {
    decide(&Send { message: outgoing(id, "ana"), if_tail: None, for_team: false }, before, now)
}

fn provider_id(id: &str) -> ProviderMessageId {
    ProviderMessageId::parse(id).unwrap()
}

fn ids(due: &[Due]) -> Vec<&str> {
    due.iter().map(|due| due.message.id.as_str()).collect()
}

impl Stage {
    async fn due(&self, now: i64) -> Vec<Due> {
        self.store.due(Timestamp(now), 100).await.unwrap()
    }

    /// Takes a message up that has to be due.
    async fn call(&self, id: &str, now: i64) {
        let due = self.due(now).await.into_iter().find(|due| due.message.id == message_id(id));
        assert!(self.store.calling(&due.unwrap(), Timestamp(now)).await.unwrap());
    }

    /// A conversation with messages on their way, entered at these instants.
    async fn sending(&self, conversation: &str, messages: &[(&str, i64)]) -> Conversation {
        let begun = begin(conversation, &["ana"], 1);
        self.keep(&begun).await;
        let mut last = begun.next;
        for (id, now) in messages {
            self.clock.set(*now);
            let change = sent(id, &last, *now);
            self.keep(&change).await;
            last = change.next;
        }
        last
    }
}

async fn what_goes_to_a_contact_is_due_with_the_commit_that_shows_it(stage: Stage) {
    let before = stage.sending("c1", &[("m1", 10)]).await;
    stage.keep(&place(incoming("m2"), &before, 20)).await;

    assert_eq!(stage.due(9).await, []);
    let due = stage.due(10).await;
    assert_eq!(ids(&due), ["m1"], "what came in does not go out");
    let Due { account, conversation, message, attempts, called_at, provider_id } = &due[0];
    assert_eq!(*account, before.key.account);
    assert_eq!(*conversation, before.id);
    assert_eq!(message.status, Some(Status::Queued));
    assert_eq!((*attempts, *called_at, provider_id), (0, None, &None));
}

async fn of_each_conversation_only_the_first_is_due(stage: Stage) {
    stage.sending("c1", &[("z", 10), ("a", 10), ("b", 11)]).await;
    stage.sending("c2", &[("m", 12)]).await;

    assert_eq!(ids(&stage.due(100).await), ["z", "m"]);
    stage.store.leave(&message_id("z")).await.unwrap();
    assert_eq!(ids(&stage.due(100).await), ["a", "m"], "the order of commits, not of names");
    assert_eq!(ids(&stage.store.due(Timestamp(100), 1).await.unwrap()), ["a"]);
}

async fn what_is_put_off_is_due_again_then_and_holds_up_what_is_behind_it(stage: Stage) {
    stage.sending("c1", &[("m1", 10), ("m2", 11)]).await;

    stage.store.put_off(&message_id("m1"), Timestamp(50)).await.unwrap();

    assert_eq!(stage.due(49).await, []);
    assert_eq!(ids(&stage.due(50).await), ["m1"]);
}

async fn a_call_is_remembered_until_it_is_sure_that_nothing_came_of_it(stage: Stage) {
    stage.sending("c1", &[("m1", 10)]).await;
    let (store, id) = (&stage.store, message_id("m1"));

    stage.call("m1", 20).await;
    store.in_doubt(&id, Timestamp(30)).await.unwrap();
    assert_eq!(stage.due(29).await, []);
    let due = stage.due(30).await;
    assert_eq!((due[0].attempts, due[0].called_at), (1, Some(Timestamp(20))));

    store.put_off(&id, Timestamp(40)).await.unwrap();
    let due = stage.due(40).await;
    assert_eq!((due[0].attempts, due[0].called_at), (1, None));
}

async fn of_two_who_take_one_up_only_one_calls(stage: Stage) {
    stage.sending("c1", &[("m1", 10)]).await;
    let due = stage.due(20).await.remove(0);
    let calling = |due: &Due, now| {
        let (store, due) = (stage.store.clone(), due.clone());
        async move { store.calling(&due, Timestamp(now)).await.unwrap() }
    };

    let called = tokio::join!(calling(&due, 20), calling(&due, 20), calling(&due, 20));

    let called: [bool; 3] = called.into();
    assert_eq!(called.iter().filter(|is_ours| **is_ours).count(), 1);
    let again = stage.due(20).await.remove(0);
    assert_eq!(again.attempts, 1);
    assert!(calling(&again, 30).await, "whoever looked it up may call once more");
    assert!(!calling(&again, 40).await);
    stage.store.leave(&message_id("m1")).await.unwrap();
    let last = Due { attempts: 2, called_at: Some(Timestamp(30)), ..again };
    assert!(!calling(&last, 50).await, "it left");
}

async fn what_a_provider_took_is_known_by_its_name_and_stays_until_it_leaves(stage: Stage) {
    let before = stage.sending("c1", &[("m1", 10)]).await;
    let (store, id) = (&stage.store, message_id("m1"));
    let name = provider_id("SM1");
    stage.call("m1", 20).await;

    for _ in 0..2 {
        store.taken(&id, &name).await.unwrap();
    }

    let known = store.by_provider_id(&name).await.unwrap().unwrap();
    assert_eq!((known.conversation, known.message), (before.id, id.clone()));
    assert_eq!(stage.due(20).await[0].provider_id, Some(name.clone()));
    store.leave(&id).await.unwrap();
    assert_eq!(stage.due(20).await, []);
    assert!(store.by_provider_id(&name).await.unwrap().is_some(), "reports come later");
    assert_eq!(store.by_provider_id(&provider_id("SM2")).await.unwrap(), None);
}

async fn what_is_on_its_way_survives_the_store_being_closed(stage: Stage) {
    stage.sending("c1", &[("m1", 10)]).await;
    stage.call("m1", 20).await;

    let stage = stage.reopen().await;

    assert_eq!(stage.due(20).await[0].called_at, Some(Timestamp(20)));
}
