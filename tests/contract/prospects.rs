use std::collections::BTreeSet;

use actors::domain::*;
use actors::ports::{ProspectOrder, ProspectQuery, PutError, ThreadState};
use actors::testing::domain::user;
use futures_util::future::join_all;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    patches_of_different_fields_at_the_same_time_all_survive,
    what_was_patched_is_there_to_the_last_field_and_a_profile_that_is_put_touches_none_of_it,
    what_was_ordered_is_remembered_until_it_was_spread,
    a_patch_that_changes_nothing_is_not_to_be_spread,
    a_label_that_was_taken_away_leaves_its_wearers_some_at_a_time,
    a_name_is_free_once_its_label_was_taken_away_and_the_id_once_nobody_has_it,
    a_platforms_id_finds_the_oldest_contact_of_the_account,
    the_rules_of_an_account_are_kept_and_replaced,
    the_conversations_of_contacts_say_whose_and_whether_open_they_are,
    a_hundred_who_meet_somebody_on_a_platform_agree_on_one_contact,
    contacts_are_paged_whole_by_id_and_by_valuation_whatever_is_asked_of_their_labels,
);

fn tag(name: &str) -> TagId {
    TagId::parse(name).unwrap()
}

fn won() -> ContactStatusId {
    ContactStatusId::parse("won").unwrap()
}

fn on(tags: &[&str]) -> ContextPatch {
    let add = tags.iter().map(|name| tag(name)).collect();
    ContextPatch { tags: Some(TagPatch::Change { add, remove: vec![] }), ..Default::default() }
}

fn worth(amount: f64) -> ContextPatch {
    ContextPatch { valuation: Some(Valuation::of(amount).ok()), ..Default::default() }
}

fn contact(id: &str, account: &str, details: &str) -> Contact {
    Contact {
        id: contact_id(id),
        account: account_id(account),
        name: Some(id.into()),
        email: None,
        phone: None,
        image: None,
        details: Json::from_valid(details),
    }
}

async fn patch(stage: &Stage, id: &str, patch: &ContextPatch) -> ProspectContext {
    let now = Timestamp(5);
    let after = stage.store.patch_context(&account_id("acme"), &contact_id(id), patch, now).await;
    after.unwrap().context
}

async fn read(stage: &Stage, id: &str) -> ProspectContext {
    stage.store.context(&contact_id(id)).await.unwrap().expect("something is kept")
}

async fn patches_of_different_fields_at_the_same_time_all_survive(stage: Stage) {
    let notes = ContextPatch { notes: Some(Some("n".into())), ..Default::default() };
    let status = ContextPatch { status: Some(Some(won())), ..Default::default() };
    let assignee = ContextPatch { assignee: Some(Some(user("ana"))), ..Default::default() };
    let done = ContextPatch { done: Some(true), ..Default::default() };
    let tags: Vec<_> = (0..40).map(|number| on(&[&format!("t{number}")])).collect();
    let others = [notes, worth(7.5), status, assignee, done];
    let patches: Vec<_> = others.iter().chain(&tags).collect();

    join_all(patches.iter().map(|one| patch(&stage, "joe", one))).await;

    let joe = read(&stage, "joe").await;
    assert_eq!(joe.tags.len(), 40);
    assert_eq!((joe.notes.as_deref(), joe.valuation), (Some("n"), Valuation::of(7.5).ok()));
    assert_eq!((joe.status, joe.assignee, joe.done), (Some(won()), Some(user("ana")), true));
    assert_eq!(joe.version, 45);
}

async fn what_was_patched_is_there_to_the_last_field_and_a_profile_that_is_put_touches_none_of_it(
    stage: Stage,
) {
    let whole = ContextPatch {
        notes: Some(Some("line one\nline two".into())),
        valuation: Some(Valuation::of(0.0).ok()),
        tags: Some(TagPatch::Set(vec![tag("b"), tag("a")])),
        status: Some(Some(won())),
        assignee: Some(Some(user("ana"))),
        done: Some(true),
    };
    let kept = patch(&stage, "joe", &whole).await;
    let details = r#"{"notes":"theirs","tags":["x"],"valuation":9,"platformId":"1"}"#;
    stage.store.put_contact(&contact("joe", "acme", details)).await.unwrap();

    let stage = stage.reopen().await;

    assert_eq!(read(&stage, "joe").await, kept);
    assert_eq!(
        stage.store.contexts(&[contact_id("ann"), contact_id("joe")]).await.unwrap(),
        std::slice::from_ref(&kept)
    );
    assert_eq!(kept.tags, [tag("b"), tag("a")], "in the order they were put on");
    let cleared = ContextPatch {
        notes: Some(None),
        valuation: Some(None),
        tags: Some(TagPatch::Set(vec![])),
        status: Some(None),
        assignee: Some(None),
        done: Some(false),
    };
    let empty = ProspectContext::empty(account_id("acme"), contact_id("joe"));
    assert_eq!(patch(&stage, "joe", &cleared).await, ProspectContext { version: 2, ..empty });
}

async fn what_was_ordered_is_remembered_until_it_was_spread(stage: Stage) {
    let store = &stage.store;
    let done = ContextPatch { done: Some(true), ..Default::default() };
    let nobody = ContextPatch { assignee: Some(None), ..Default::default() };
    patch(&stage, "joe", &done).await;
    patch(&stage, "joe", &nobody).await;
    let last = patch(&stage, "joe", &on(&["hot"])).await;

    let due = store.unspread(Timestamp(6), 10).await.unwrap();

    assert_eq!(due.len(), 1);
    assert_eq!((due[0].is_open, &due[0].assignee), (Some(false), &Some(None)));
    assert_eq!(due[0].context, last);
    assert!(store.unspread(Timestamp(5), 10).await.unwrap().is_empty(), "not yet");
    store.spread(&contact_id("joe"), last.version - 1).await.unwrap();
    assert_eq!(store.unspread(Timestamp(6), 10).await.unwrap().len(), 1, "it changed meanwhile");
    store.spread(&contact_id("joe"), last.version).await.unwrap();
    assert!(store.unspread(Timestamp(6), 10).await.unwrap().is_empty());
    patch(&stage, "joe", &worth(1.0)).await;
    let due = store.unspread(Timestamp(6), 10).await.unwrap();
    assert_eq!((due[0].is_open, &due[0].assignee), (None, &None), "it was carried out");
}

async fn a_patch_that_changes_nothing_is_not_to_be_spread(stage: Stage) {
    let hot = patch(&stage, "joe", &on(&["hot"])).await;
    stage.store.spread(&contact_id("joe"), hot.version).await.unwrap();

    assert_eq!(patch(&stage, "joe", &on(&["hot"])).await, hot);
    assert_eq!(patch(&stage, "joe", &ContextPatch::default()).await, hot);

    assert!(stage.store.unspread(Timestamp(9), 10).await.unwrap().is_empty());
    patch(&stage, "ann", &ContextPatch::default()).await;
    assert_eq!(stage.store.context(&contact_id("ann")).await.unwrap(), None);
}

async fn a_label_that_was_taken_away_leaves_its_wearers_some_at_a_time(stage: Stage) {
    let store = &stage.store;
    for id in ["a", "b", "c"] {
        let context = patch(&stage, id, &on(&["hot", "big"])).await;
        store.spread(&context.contact, context.version).await.unwrap();
    }
    let status = ContextPatch { status: Some(Some(won())), ..Default::default() };
    patch(&stage, "a", &status).await;
    let (acme, hot) = (account_id("acme"), LabelId::Tag(tag("hot")));
    let strip = |label: LabelId, limit| {
        let acme = acme.clone();
        async move { store.strip(&acme, &label, limit, Timestamp(7)).await.unwrap() }
    };

    let elsewhere = store.strip(&account_id("other"), &hot, 9, Timestamp(7)).await.unwrap();
    let counts = [strip(hot.clone(), 2).await, strip(hot.clone(), 2).await, strip(hot, 2).await];

    assert_eq!((elsewhere, counts), (0, [2, 1, 0]));
    assert_eq!(strip(LabelId::Status(won()), 9).await, 1);
    for id in ["a", "b", "c"] {
        let context = read(&stage, id).await;
        assert_eq!((context.tags, context.status), (vec![tag("big")], None));
    }
    assert_eq!(store.unspread(Timestamp(8), 9).await.unwrap().len(), 3);
}

async fn a_name_is_free_once_its_label_was_taken_away_and_the_id_once_nobody_has_it(stage: Stage) {
    let store = &stage.store;
    let hot = |id: &str| Tag {
        id: tag(id),
        account: account_id("acme"),
        name: "Hot".into(),
        color: "#ff0000".into(),
    };
    let status = ContactStatus {
        id: won(),
        account: account_id("acme"),
        name: "Won".into(),
        color: "#00ff00".into(),
        order: 1,
    };
    store.put_tag(&hot("1")).await.unwrap();
    store.put_contact_status(&status).await.unwrap();
    let (first, won) = (LabelId::Tag(tag("1")), LabelId::Status(won()));

    assert!(!store.retire_label(&account_id("other"), &first).await.unwrap());
    for label in [&first, &won] {
        assert!(store.retire_label(&account_id("acme"), label).await.unwrap());
        assert!(!store.retire_label(&account_id("acme"), label).await.unwrap());
    }

    assert_eq!(store.tag(&tag("1")).await.unwrap(), None);
    assert!(store.contact_statuses(&account_id("acme")).await.unwrap().is_empty());
    store.put_tag(&hot("2")).await.unwrap();
    assert!(matches!(
        store.put_tag(&Tag { name: "x".into(), ..hot("1") }).await,
        Err(PutError::Taken)
    ));
    let retired: BTreeSet<_> = store.retired_labels(9).await.unwrap().into_iter().collect();
    let acme = || account_id("acme");
    assert_eq!(retired, [(acme(), first.clone()), (acme(), won)].into());
    store.forget_label(&first).await.unwrap();
    assert_eq!(store.retired_labels(9).await.unwrap().len(), 1);
    store.put_tag(&Tag { name: "x".into(), ..hot("1") }).await.unwrap();
}

async fn a_platforms_id_finds_the_oldest_contact_of_the_account(stage: Stage) {
    let store = &stage.store;
    for (id, account, details) in [
        ("z", "acme", r#"{"platformId":"1234567890123456789"}"#),
        ("a", "acme", r#"{"platformId":"1234567890123456789","platform":"x"}"#),
        ("i", "acme", r#"{"platformId":"7","platform":"instagram"}"#),
        ("o", "other", r#"{"platformId":"8"}"#),
        ("n", "acme", r#"{"platformId":null}"#),
    ] {
        store.put_contact(&contact(id, account, details)).await.unwrap();
    }
    let found = |platform: &'static str, id: &'static str| async move {
        let found = store.contact_on_platform(&account_id("acme"), platform, id).await.unwrap();
        found.map(|contact| contact.id.to_string())
    };

    assert_eq!(found("x", "1234567890123456789").await.as_deref(), Some("z"));
    assert_eq!(found("instagram", "7").await.as_deref(), Some("i"));
    assert_eq!(
        (found("x", "7").await, found("x", "8").await, found("x", "").await),
        (None, None, None)
    );
    store.put_contact(&contact("z", "acme", "{}")).await.unwrap();
    assert_eq!(found("x", "1234567890123456789").await.as_deref(), Some("a"), "at once");
}

/// Every row, in pages of so many; and how often the store was asked.
async fn listed(
    stage: &Stage,
    filter: &LabelFilter,
    begin: ProspectOrder,
    limit: usize,
) -> (Vec<String>, usize) {
    let (mut ids, mut asked, mut order) = (Vec::new(), 0, Some(begin));
    while let Some(now) = order {
        let account = account_id("acme");
        let query = ProspectQuery { account, filter: filter.clone(), order: now, limit };
        let page = stage.store.prospects(&query).await.unwrap();
        assert!(page.rows.len() <= limit);
        ids.extend(page.rows.iter().map(|row| row.contact.id.to_string()));
        asked += 1;
        assert!(asked < 1_000, "the pages have no end");
        order = page.next;
    }
    (ids, asked)
}

async fn contacts_are_paged_whole_by_id_and_by_valuation_whatever_is_asked_of_their_labels(
    stage: Stage,
) {
    let mut all = Vec::new();
    for number in 0..60 {
        let id = format!("c{number:02}");
        stage.store.put_contact(&contact(&id, "acme", "{}")).await.unwrap();
        if number % 2 == 0 {
            patch(&stage, &id, &on(&["even"])).await;
        }
        if number % 3 == 0 {
            patch(&stage, &id, &on(&["third"])).await;
            patch(&stage, &id, &worth(f64::from(number % 4))).await;
        }
        if number % 5 == 0 {
            let status = ContextPatch { status: Some(Some(won())), ..Default::default() };
            patch(&stage, &id, &status).await;
        }
        all.push(number);
    }
    stage.store.put_contact(&contact("c99", "other", "{}")).await.unwrap();
    let ids = |holds: &dyn Fn(i32) -> bool| -> Vec<String> {
        all.iter().filter(|number| holds(**number)).map(|number| format!("c{number:02}")).collect()
    };
    let tags = |names: &[&str]| names.iter().map(|name| tag(name)).collect::<Vec<_>>();
    let any = LabelFilter::default();
    let cases: Vec<(LabelFilter, Vec<String>)> = vec![
        (any.clone(), ids(&|_| true)),
        (LabelFilter { tags: tags(&["even"]), ..any.clone() }, ids(&|n| n % 2 == 0)),
        (
            LabelFilter { tags: tags(&["even", "third", "no"]), ..any.clone() },
            ids(&|n| n % 2 == 0 || n % 3 == 0),
        ),
        (LabelFilter { no_tags: true, ..any.clone() }, ids(&|n| n % 2 != 0 && n % 3 != 0)),
        (LabelFilter { statuses: vec![won()], ..any.clone() }, ids(&|n| n % 5 == 0)),
        (
            LabelFilter { tags: tags(&["third"]), statuses: vec![won()], ..any.clone() },
            ids(&|n| n % 15 == 0),
        ),
        (LabelFilter { tags: tags(&["no"]), ..any.clone() }, vec![]),
    ];
    for (filter, expected) in &cases {
        for limit in [1, 7, 100] {
            let (found, _) = listed(&stage, filter, ProspectOrder::Id { after: None }, limit).await;
            assert_eq!(found, *expected, "{filter:?} in pages of {limit}");
        }
    }
    let (_, asked) = listed(&stage, &any, ProspectOrder::Id { after: None }, 30).await;
    assert_eq!(asked, 2, "the last page says that it is the last");

    let mut by_worth: Vec<_> = all.iter().filter(|number| *number % 3 == 0).collect();
    by_worth.sort_by_key(|number| std::cmp::Reverse((*number % 4, **number)));
    let expected: Vec<_> = by_worth.iter().map(|number| format!("c{number:02}")).collect();
    for limit in [1, 7, 100] {
        let begin = ProspectOrder::Valuation { after: None };
        assert_eq!(listed(&stage, &any, begin, limit).await.0, expected);
    }
    let begin = ProspectOrder::Valuation { after: None };
    let even = LabelFilter { tags: tags(&["even"]), ..any };
    let found = listed(&stage, &even, begin, 3).await.0;
    let expected: Vec<_> =
        by_worth.iter().filter(|n| **n % 2 == 0).map(|number| format!("c{number:02}")).collect();
    assert_eq!(found, expected);
}

async fn the_rules_of_an_account_are_kept_and_replaced(stage: Stage) {
    let (acme, other) = (account_id("acme"), account_id("other"));
    let mut rules = ScoreRules::usual();
    stage.store.put_score_rules(&acme, &rules).await.unwrap();
    rules.rules.truncate(2);
    rules.auto_tag = Some(AutoTag { tag: tag("hot"), threshold: -3 });

    stage.store.put_score_rules(&acme, &rules).await.unwrap();

    let stage = stage.reopen().await;
    assert_eq!(stage.store.score_rules(&acme).await.unwrap(), Some(rules));
    assert_eq!(stage.store.score_rules(&other).await.unwrap(), None);
}

async fn the_conversations_of_contacts_say_whose_and_whether_open_they_are(stage: Stage) {
    let first = begin("c1", &["ana"], 1);
    stage.keep(&first).await;
    let mut second = begin("c2", &["ana"], 1);
    second.next.key.contact = first.next.key.contact.clone();
    second.next.key.channel = channel_id("mail");
    second.next.is_open = false;
    second.next.team.assignee = Some(user("ben"));
    second.next.team.labels = ContactLabels { tags: vec![tag("hot")], status: Some(won()) };
    stage.keep(&second).await;
    let loaded = stage.store.load(&second.next.id).await.unwrap().unwrap();
    assert_eq!(loaded.team, second.next.team);
    let third = begin("c3", &["ana"], 1);
    stage.keep(&third).await;
    let by = Viewer::Team;
    stage.keep(&decide(&command::Delete { by }, &third.next, 2)).await;

    let contacts = [&first, &third].map(|change| change.next.key.contact.clone());
    let account = first.next.key.account.clone();
    let mut states = stage.store.threads_of(&account, &contacts).await.unwrap();

    states.sort_by_key(|state| state.is_open);
    let state = |is_open, assignee| ThreadState { contact: contacts[0].clone(), is_open, assignee };
    assert_eq!(states, [state(false, Some(user("ben"))), state(true, None)]);
    assert!(stage.store.threads_of(&account_id("other"), &contacts).await.unwrap().is_empty());
}

async fn a_hundred_who_meet_somebody_on_a_platform_agree_on_one_contact(stage: Stage) {
    let fresh = |number: usize| {
        let details = r#"{"platform":"x","platformId":"77"}"#;
        contact(&format!("c{number}"), "acme", details)
    };
    let meet = |number| stage.store.meet_on_platform("x", "77", fresh(number));

    let met = join_all((0..100).map(meet)).await;

    let first = met[0].as_ref().unwrap().id.clone();
    assert!(met.iter().all(|contact| contact.as_ref().unwrap().id == first));
    let other = Contact { account: account_id("other"), ..fresh(100) };
    let other = stage.store.meet_on_platform("x", "77", other).await.unwrap();
    assert_eq!(other.id, contact_id("c100"));
    assert_eq!(
        *stage.store.contact(&first).await.unwrap().unwrap(),
        *met[0].as_ref().unwrap().as_ref()
    );
}
