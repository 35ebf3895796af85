//! Writes that are carried out together: decided one on the other, committed in one go, answered,
//! and only then shown, all in the order in which they were asked.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Tools;
use super::write::{Asked, Written};
use crate::domain::{Change, Conversation, Decision, Outcome, Placed, Refusal};
use crate::engine::Failure;
use crate::ports::{CommitError, Committed, Company, Unavailable};

/// Times a command is decided anew because the conversation had changed elsewhere.
const DECISIONS: usize = 12;
/// Pause before it is, the longer the more often it had, so that two nodes do not race on.
const BREATH: std::time::Duration = std::time::Duration::from_millis(2);

/// The conversation afterwards, or `None` when it is no longer known and has to be loaded anew;
/// whoever was not answered then asks again.
pub(super) async fn carry_out(
    tools: Arc<Tools>,
    mut current: Arc<Conversation>,
    asks: Vec<Asked>,
) -> Option<Arc<Conversation>> {
    let mut asks = VecDeque::from(asks);
    let mut stale = 0;
    // Nobody else writes to this conversation, or it was read since the commands came.
    let mut is_fresh = tools.cluster.company() == Company::Alone;
    // In a deleted conversation nothing happens any more. Who asked by its key asks again, and
    // finds or begins another one.
    while !asks.is_empty() && !current.deleted {
        let turn = Turn::take(&tools, &mut current, &mut asks, is_fresh).await;
        for (conversation, change, committed) in &turn.kept {
            is_fresh = true;
            tools.publish(conversation, change, committed).await;
        }
        match turn.end {
            End::Further => stale = 0,
            End::Unknown => return None,
            // Another one was begun in its place: who asked looks for that.
            End::Stale if !current.exists() => return None,
            End::Old if !current.exists() => is_fresh = true,
            End::Stale | End::Old => {
                if matches!(turn.end, End::Stale) {
                    stale += usize::from(turn.kept.is_empty());
                    tokio::time::sleep(BREATH * stale.saturating_sub(1) as u32).await;
                }
                is_fresh = true;
                match tools.store.load(&current.id).await {
                    Ok(Some(loaded)) if stale < DECISIONS => current = Arc::new(loaded),
                    _ => {
                        let cause = "the conversation keeps changing elsewhere";
                        let cause = Unavailable::new("committing", cause);
                        answer(&mut asks, Err(cause.into()));
                        return None;
                    }
                }
            }
        }
    }
    (!current.deleted).then_some(current)
}

/// What was decided, committed and answered in one go.
struct Turn {
    /// In order, each with the conversation as it was then.
    kept: Vec<(Arc<Conversation>, Change, Committed)>,
    end: End,
}

enum End {
    /// As far as what was decided came true; the rest, if any, is decided anew.
    Further,
    /// The conversation changed elsewhere.
    Stale,
    /// It may have changed elsewhere, and as it was known there was nothing to store.
    Old,
    /// Nobody knows whether the last one was kept.
    Unknown,
}

impl Turn {
    async fn take(
        tools: &Tools,
        current: &mut Arc<Conversation>,
        asks: &mut VecDeque<Asked>,
        is_fresh: bool,
    ) -> Self {
        let (decisions, changes) = decide(tools, current, asks);
        // What is stored is checked by the store; what is only said, by nobody.
        if !is_fresh && !matches!(decisions.first(), Some(Decided::Record)) {
            return Self { kept: Vec::new(), end: End::Old };
        }
        let outcomes = match changes.is_empty() {
            true => Vec::new(),
            false => tools.store.commit_all(&changes).await,
        };
        let mut outcomes = changes.into_iter().zip(outcomes);
        let mut turn = Self { kept: Vec::new(), end: End::Further };
        for decided in decisions {
            let written = |current: &Arc<Conversation>, message, outcome| {
                Ok(Written { conversation: Arc::clone(current), message, outcome })
            };
            let outcome = match decided {
                Decided::Record => outcomes.next(),
                Decided::Unchanged => {
                    answer(asks, written(current, None, Outcome::Unchanged));
                    continue;
                }
                Decided::Refused(refusal) => {
                    answer(asks, Err(refusal.into()));
                    continue;
                }
            };
            // From here on, what follows a change that was not kept was decided on nothing.
            match outcome {
                Some((change, Ok(committed))) => {
                    *current = Arc::new(change.next.clone());
                    let message = placed(&change, &committed);
                    answer(asks, written(current, message, Outcome::Recorded));
                    turn.kept.push((Arc::clone(current), change, committed));
                    continue;
                }
                Some((_, Err(CommitError::Repeated(placed)))) => {
                    answer(asks, written(current, Some(*placed), Outcome::Repeated));
                }
                Some((_, Err(CommitError::StatusMoved))) => {
                    answer(asks, Err(Refusal::StatusMoved.into()));
                }
                Some((_, Err(CommitError::Unavailable(cause)))) => {
                    answer(asks, Err(cause.into()));
                    turn.end = End::Unknown;
                }
                Some((_, Err(CommitError::Stale))) | None => turn.end = End::Stale,
            }
            break;
        }
        turn
    }
}

/// What a command comes to if all before it are kept.
enum Decided {
    /// The next of the changes.
    Record,
    Unchanged,
    Refused(Refusal),
}

fn decide(
    tools: &Tools,
    current: &Conversation,
    asks: &VecDeque<Asked>,
) -> (Vec<Decided>, Vec<Change>) {
    let mut changes: Vec<Change> = Vec::new();
    let mut decisions = Vec::with_capacity(asks.len());
    for ask in asks {
        let current = changes.last().map_or(current, |change| &change.next);
        if current.deleted {
            break;
        }
        decisions.push(match ask.within.holds(current) {
            false => Decided::Refused(Refusal::NotFound),
            true => match ask.command.decide(current, tools.clock.now()) {
                Ok(Decision::Record(change)) => {
                    changes.push(*change);
                    Decided::Record
                }
                Ok(Decision::Unchanged) => Decided::Unchanged,
                Err(refusal) => Decided::Refused(refusal),
            },
        });
    }
    (decisions, changes)
}

/// The message that a change placed.
fn placed(change: &Change, committed: &Committed) -> Option<Placed> {
    let (seq, message) = change.message.as_ref()?;
    Some(Placed {
        conversation: change.next.id.clone(),
        seq: *seq,
        position: committed.positions.last().copied().unwrap_or_default(),
        message: Arc::clone(message),
    })
}

/// Answers the one that is next.
fn answer(asks: &mut VecDeque<Asked>, answer: Result<Written, Failure>) {
    if let Some(ask) = asks.pop_front() {
        let _ = ask.answer.send(answer);
    }
}
