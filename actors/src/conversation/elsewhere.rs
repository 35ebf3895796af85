//! What other nodes committed, and have shown here.

use std::collections::VecDeque;

use super::Tools;
use super::gate::Told;
use super::publish::{Reach, WATCHED};
use crate::domain::{Announcement, Position};
use crate::ports::{News, Ready, Shown, Spelled};
use crate::session::{Batch, Namespace};
use crate::watermark::Begun;

impl Tools {
    /// Another node committed this, and tells in passing how it looks.
    pub fn hear(&self, news: News) {
        self.watermark.heard_of(news.entry.position);
        self.go_on([Told::News(news)].into());
    }

    /// Something that is not in the log.
    pub fn show(&self, shown: Shown) {
        self.go_on([Told::Shown(shown)].into());
    }

    /// Shows these, and then what waited for them.
    pub(super) fn go_on(&self, mut queue: VecDeque<Told>) {
        while let Some(told) = queue.pop_front() {
            let handed = match told {
                Told::News(news) => self.try_news(news),
                Told::Shown(shown) => {
                    if let Some(early) = self.try_shown(shown) {
                        self.hold(early.after, Told::Shown(early), &mut queue);
                    }
                    continue;
                }
            };
            match handed {
                Tried::Handed(position) => queue.extend(self.gate.release(position)),
                Tried::TooEarly(news) => {
                    self.gate.look_up();
                    self.hold(news.entry.previous, Told::News(*news), &mut queue);
                }
                Tried::Left => {}
            }
        }
    }

    /// What it waits for may have been handed out in this very moment; then it goes on at once.
    fn hold(&self, previous: Position, told: Told, queue: &mut VecDeque<Told>) {
        self.gate.hold(previous, told);
        if self.watermark.is_handed(previous) {
            queue.extend(self.gate.release(previous));
        }
    }

    fn try_news(&self, news: News) -> Tried {
        let News { entry, participants, spelled } = &news;
        let concerns = || participants.iter().any(|user| self.watches(user, Reach::Here));
        // Told in passing, to everybody: who has something to show is told how it looks, too.
        if spelled.is_none() && concerns() {
            return Tried::Left;
        }
        let handing = match self.watermark.begin(entry.position, entry.previous) {
            Begun::Now(handing) => handing,
            Begun::TooEarly => return Tried::TooEarly(Box::new(news)),
            Begun::Already => return Tried::Left,
        };
        // First: whoever joins from here on finds it there.
        self.recent.remember_name(entry, participants);
        let complete = match spelled {
            Some(ready) => self.is_complete(ready),
            None => !concerns(),
        };
        if !complete {
            drop(handing);
            self.gate.look_up();
            return Tried::Left;
        }
        if let Some(ready) = spelled {
            let offset = self.watermark.value_with(entry.position);
            self.deliver_packets(&ready.packets, Some(offset));
        }
        if entry.announcement == Announcement::Message {
            self.push.left_to_log(entry.position);
        }
        handing.done();
        Tried::Handed(entry.position)
    }

    /// Gives back what is too early.
    fn try_shown(&self, shown: Shown) -> Option<Shown> {
        if !self.watermark.is_handed(shown.after) {
            return Some(shown);
        }
        let offset = shown.with_offset.then(|| self.watermark.value());
        self.deliver_packets(&shown.packets, offset);
        None
    }

    /// Whether everybody here who is to be shown it has a packet.
    fn is_complete(&self, ready: &Ready) -> bool {
        WATCHED.into_iter().filter(|namespace| self.sessions.watching(*namespace)).all(
            |namespace| {
                ready.audience.iter().all(|user| {
                    !self.sessions.is_online(user, namespace) || has_packet(ready, namespace, user)
                })
            },
        )
    }

    fn deliver_packets(&self, packets: &[Spelled], offset: Option<Position>) {
        for Spelled { namespace, packet, users } in packets {
            if !users.iter().any(|user| self.sessions.is_online(user, *namespace)) {
                continue;
            }
            let frame = self.presenter.ready_made(packet, offset);
            self.sessions
                .deliver(Batch { namespace: *namespace, to: vec![(frame, users.clone())] });
        }
    }
}

enum Tried {
    Handed(Position),
    TooEarly(Box<News>),
    /// It was shown before, or who reads the log will show it.
    Left,
}

fn has_packet(ready: &Ready, namespace: Namespace, user: &crate::domain::UserId) -> bool {
    ready.packets.iter().any(|one| one.namespace == namespace && one.users.contains(user))
}
