//! How an import moves what stands in a conversation: messages of the past come in before what
//! happened here, wherever their dates say, and everything behind them gets a higher number.
//!
//! It follows a commit like everything else, and can be carried out by whoever finds it, also at the
//! same time as others or long after it was done: a placement remembers the latest import that
//! moved it, and none moves it twice.
use actors::domain::{ConversationId, Message, Past, Position, Seq};
use actors::ports::Unavailable;
use bson::{Bson, Document, doc};

use super::ask::ask;
use super::bulk::Update;
use super::collections::PLACEMENTS;
use super::fields::{Senseless, list, optional_integer, signed};
use super::placement::placement;
use super::{Mongo, ids};

/// Placements with numbers above `after` and up to `up_to` get numbers higher by `by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    pub after: u64,
    pub up_to: u64,
    pub by: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Renumbering {
    /// The version of the conversation that goes with it.
    pub version: u64,
    pub shifts: Vec<Shift>,
    /// Those that come in, with the numbers they have from now on.
    pub placements: Vec<Document>,
}

impl Renumbering {
    /// What makes of a conversation with the past as it was, and `last` as its last number, one
    /// with the past as it is to be.
    pub fn of(here: &ConversationId, version: u64, past: &Past, last: Seq) -> Self {
        let Past { before, after } = past;
        let mut shifts: Vec<Shift> = Vec::new();
        let mut placements = Vec::new();
        let mut known = before.iter().peekable();
        let mut old = 0;
        for (new, message) in (1..).zip(after) {
            // Both are in order, so that the next of those before is the next to move.
            if known.next_if(|known| known.id == message.id).is_some() {
                old += 1;
                shift(&mut shifts, Shift { after: old - 1, up_to: old, by: new - old });
            } else {
                placements.push(placed(here, Seq(new), message));
            }
        }
        let (was, is) = (before.len() as u64, after.len() as u64);
        shift(&mut shifts, Shift { after: was, up_to: last.0, by: is.saturating_sub(was) });
        Self { version, shifts, placements }
    }

    pub fn document(&self) -> Document {
        let shift = |shift: &Shift| {
            let Shift { after, up_to, by } = *shift;
            Bson::from(doc! { "after": signed(after), "up_to": signed(up_to), "by": signed(by) })
        };
        doc! {
            "version": signed(self.version),
            "shifts": self.shifts.iter().map(shift).collect::<Vec<_>>(),
            "placements": self.placements.clone(),
        }
    }

    pub fn read(document: &Document) -> Result<Self, Senseless> {
        let number = |document: &Document, key| {
            let number = optional_integer(document, key)?.ok_or(Senseless)?;
            u64::try_from(number).map_err(|_| Senseless)
        };
        let inner = |key| -> Result<Vec<&Document>, Senseless> {
            list(document, key)?.iter().map(|it| it.as_document().ok_or(Senseless)).collect()
        };
        let shift = |it: &Document| {
            let (after, up_to) = (number(it, "after")?, number(it, "up_to")?);
            Ok(Shift { after, up_to, by: number(it, "by")? })
        };
        Ok(Self {
            version: number(document, "version")?,
            shifts: inner("shifts")?.into_iter().map(shift).collect::<Result<_, _>>()?,
            placements: inner("placements")?.into_iter().cloned().collect(),
        })
    }
}

/// Neighbours that move alike move together.
fn shift(shifts: &mut Vec<Shift>, next: Shift) {
    if next.by == 0 || next.after >= next.up_to {
        return;
    }
    match shifts.last_mut() {
        Some(last) if last.by == next.by && last.up_to == next.after => last.up_to = next.up_to,
        _ => shifts.push(next),
    }
}

fn placed(here: &ConversationId, seq: Seq, message: &Message) -> Document {
    // Nothing that happened here has position 0.
    placement(here, seq, Position(0), message)
}

impl Mongo {
    /// # Errors
    ///
    /// [`Unavailable`]: some moved; asking again moves the others.
    pub(super) async fn renumber(
        &self,
        here: &ConversationId,
        renumbering: &Renumbering,
    ) -> Result<(), Unavailable> {
        let version = signed(renumbering.version);
        let not_yet = doc! { "$not": { "$gte": version } };
        let placements = self.collection(PLACEMENTS);
        for Shift { after, up_to, by } in &renumbering.shifts {
            let behind = doc! {
                "conversation": ids::id(here.as_str()),
                "seq": { "$gt": signed(*after), "$lte": signed(*up_to) },
                "moved_by": not_yet.clone(),
            };
            let on = doc! { "$inc": { "seq": signed(*by) }, "$set": { "moved_by": version } };
            ask("importing", placements.update_many(behind, on)).await?;
        }
        let place = |placement: &Document| {
            let mut placement = placement.clone();
            let name = placement.remove("_id");
            placement.insert("moved_by", version);
            Update {
                filter: doc! { "_id": name },
                change: doc! { "$setOnInsert": placement },
                upsert: true,
            }
        };
        let fresh = renumbering.placements.iter().map(place).collect();
        self.update_all("importing", PLACEMENTS, fresh).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actors::domain::Timestamp;
    use actors::testing::domain::incoming;

    use super::*;

    fn message(at: i64) -> Message {
        Message { created_at: Timestamp(at), ..incoming(&format!("m{at}"), "hi") }
    }

    fn here() -> ConversationId {
        ConversationId::parse("c1").unwrap()
    }

    #[test]
    fn what_comes_in_between_moves_what_is_behind_it_and_nothing_else() {
        let before: Vec<_> = [10, 20, 30, 40].map(|at| Arc::new(message(at))).into();
        let past = Past::with(before, [25, 26, 50].map(message));

        let renumbering = Renumbering::of(&here(), 7, &past, Seq(6));

        let shifts = [
            Shift { after: 2, up_to: 4, by: 2 },
            // What happened here.
            Shift { after: 4, up_to: 6, by: 3 },
        ];
        assert_eq!(renumbering.shifts, shifts);
        let seqs: Vec<_> =
            renumbering.placements.iter().map(|it| it.get_i64("seq").unwrap()).collect();
        assert_eq!(seqs, [3, 4, 7]);
        assert_eq!(Renumbering::read(&renumbering.document()), Ok(renumbering));
    }

    #[test]
    fn what_comes_behind_all_of_an_imported_past_moves_nothing() {
        let past = Past::with(vec![Arc::new(message(10))], [20, 30].map(message));

        assert_eq!(Renumbering::of(&here(), 7, &past, Seq(1)).shifts, []);
    }
}
