use super::*;

#[actix::test]
async fn every_device_of_a_user_gets_it_in_order_and_nobody_else_does() {
    let directory = Directory::new();
    let roster = Worker::start_here(&directory);
    let (phone, laptop) = (Device::live(&roster, "ana"), Device::live(&roster, "ana"));
    let ben = Device::live(&roster, "ben");
    let elsewhere = Device::join(&roster, "ana", Namespace::Shared, OutboxLimits::default());
    elsewhere.admit(&[]);

    directory.deliver(batch(Namespace::Conversation, "1", &["ana"]));
    directory.deliver(batch(Namespace::Conversation, "2", &["ana", "nobody"]));
    settle().await;

    assert_eq!(phone.got(), ["1", "2"]);
    assert_eq!(laptop.got(), ["1", "2"]);
    assert_eq!(ben.got(), [""; 0]);
    assert_eq!(elsewhere.got(), [""; 0]);
}

#[actix::test]
async fn who_comes_back_gets_the_replay_before_anything_live() {
    let directory = Directory::new();
    let roster = Worker::start_here(&directory);
    let device = Device::join(&roster, "ana", Namespace::Conversation, OutboxLimits::default());

    directory.deliver(batch(Namespace::Conversation, "live", &["ana"]));
    settle().await;
    assert_eq!(device.got(), [""; 0]);
    device.admit(&["missed"]);
    directory.deliver(batch(Namespace::Conversation, "later", &["ana"]));
    settle().await;

    assert_eq!(device.got(), ["missed", "live", "later"]);
}

#[actix::test]
async fn a_lagging_session_is_closed_and_the_others_keep_receiving() {
    let directory = Directory::new();
    let roster = Worker::start_here(&directory);
    let limits = OutboxLimits { frames: 2, bytes: 1000 };
    let slow = Device::join(&roster, "ana", Namespace::Conversation, limits);
    slow.admit(&[]);
    let heavy = Device::join(
        &roster,
        "ana",
        Namespace::Conversation,
        OutboxLimits { frames: 100, bytes: 8 },
    );
    heavy.admit(&[]);
    let ben = Device::live(&roster, "ben");

    for text in ["1", "2", "3"] {
        directory.deliver(batch(Namespace::Conversation, text, &["ana", "ben"]));
    }
    settle().await;

    assert_eq!(slow.got(), ["Closed(Lagging)"]);
    assert_eq!(heavy.got(), ["Closed(Lagging)"]);
    assert_eq!(ben.got(), ["1", "2", "3"]);
}

#[actix::test]
async fn a_replay_longer_than_the_limits_does_not_close_who_comes_for_it() {
    let directory = Directory::new();
    let roster = Worker::start_here(&directory);
    let limits = OutboxLimits { frames: 1, bytes: 1000 };
    let device = Device::join(&roster, "ana", Namespace::Conversation, limits);

    device.admit(&["a", "b", "c"]);
    directory.deliver(batch(Namespace::Conversation, "live", &["ana"]));
    settle().await;
    assert_eq!(device.got(), ["a", "b", "c", "live"]);

    directory.deliver(batch(Namespace::Conversation, "4", &["ana"]));
    directory.deliver(batch(Namespace::Conversation, "5", &["ana"]));
    settle().await;
    assert_eq!(device.got(), ["Closed(Lagging)"]);
}

#[actix::test]
async fn too_much_for_a_thread_closes_its_sessions_instead_of_losing_something() {
    let directory = Directory::new();
    let roster = Worker::start_with(&directory, 3);
    let device = Device::live(&roster, "ana");

    for text in ["1", "2", "3", "4", "5"] {
        directory.deliver(batch(Namespace::Conversation, text, &["ana"]));
    }
    settle().await;

    assert_eq!(device.got(), ["Closed(Overwhelmed)"]);
}

#[actix::test]
async fn a_user_is_online_until_the_last_device_leaves() {
    let directory = Directory::new();
    let roster = Worker::start_here(&directory);
    let ana = user("ana");
    assert!(!directory.watching(Namespace::Conversation));

    let mut phone = Device::live(&roster, "ana");
    let mut laptop = Device::live(&roster, "ana");
    assert!(directory.is_online(&ana, Namespace::Conversation));
    assert!(!directory.is_online(&ana, Namespace::Shared));
    assert_eq!(directory.sockets_of(&ana, Namespace::Conversation), 2);

    phone.membership.take();
    assert!(directory.is_online(&ana, Namespace::Conversation));
    laptop.membership.take();
    assert!(!directory.is_online(&ana, Namespace::Conversation));
    assert!(!directory.watching(Namespace::Conversation));

    directory.deliver(batch(Namespace::Conversation, "late", &["ana"]));
    settle().await;
    assert_eq!(phone.got(), [""; 0]);
}

#[actix::test]
async fn a_socket_without_a_user_is_reached_by_its_id_in_its_namespace_only() {
    let directory = Directory::new();
    let roster = Worker::start_here(&directory);
    let outbox = Outbox::new(OutboxLimits::default(), Owner.start().recipient());
    let lease = outbox.begin_socket();
    let id = SocketId::new("scraper");
    let membership = roster.join(
        Audience::from(Namespace::LeadFinder),
        id.clone(),
        Arc::clone(&outbox),
        OutboxLimits::default(),
    );
    membership.admit(&[], &[]).unwrap();
    let scraper = Device { outbox, lease, membership: Some(membership) };

    assert!(directory.deliver_to_socket(Namespace::LeadFinder, &id, Frame::text("go")));
    assert!(!directory.deliver_to_socket(Namespace::Shared, &id, Frame::text("no")));
    settle().await;
    assert_eq!(scraper.got(), ["go"]);

    drop(scraper);
    assert!(!directory.deliver_to_socket(Namespace::LeadFinder, &id, Frame::text("gone")));
}

#[actix::test]
async fn a_dismissed_user_is_closed_everywhere_after_what_was_delivered_before() {
    let directory = Directory::new();
    let roster = Worker::start_here(&directory);
    let (ana, ben) = (Device::live(&roster, "ana"), Device::live(&roster, "ben"));

    directory.deliver(batch(Namespace::Conversation, "bye", &["ana", "ben"]));
    directory.disconnect_user(&user("ana"), CloseReason::Dismissed);
    settle().await;

    assert_eq!(ana.got(), ["bye"]);
    assert_eq!(ana.got(), ["Closed(Dismissed)"]);
    assert_eq!(ben.got(), ["bye"]);
    assert_eq!(ben.got(), [""; 0]);
}

#[test]
fn deliveries_of_one_thread_keep_their_order_on_every_other() {
    let directory = Directory::new();
    let (ready, started) = std::sync::mpsc::channel();
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (directory, ready) = (directory.clone(), ready.clone());
            std::thread::spawn(move || {
                actix::System::new().block_on(async move {
                    let roster = Worker::start_here(&directory);
                    let device = Device::live(&roster, "ana");
                    ready.send(()).unwrap();
                    let mut got = Vec::new();
                    while got.len() < 1000 {
                        match device.outbox.take(device.lease, 100).await {
                            Taken::Frames(frames) => got.extend(frames.iter().map(text)),
                            other => panic!("{other:?}"),
                        }
                    }
                    got
                })
            })
        })
        .collect();
    for _ in &threads {
        started.recv().unwrap();
    }

    for number in 0..1000 {
        directory.deliver(batch(Namespace::Conversation, &number.to_string(), &["ana"]));
    }

    let expected: Vec<_> = (0..1000).map(|number| number.to_string()).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}
