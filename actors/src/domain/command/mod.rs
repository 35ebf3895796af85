//! What can be asked of a conversation: one file per command, with the rule that decides it.
//!
//! | command              | changes                                   | tells                      |
//! |----------------------|-------------------------------------------|----------------------------|
//! | [`Begin`]            | creates, or reopens and adds people       | participants               |
//! | [`BeginForTeam`]     | creates, for nobody in person             | participants               |
//! | [`Place`]            | takes a message in                        | who may see it             |
//! | [`PlaceRequest`]     | the same, of somebody unknown             | who may see it             |
//! | [`Send`]             | takes a message in and to the contact     | who may see it             |
//! | [`ReportStatus`]     | moves a delivery status on                | who may see the message    |
//! | [`AddNote`]          | takes a note in                           | its author, the mentioned  |
//! | [`MarkRead`]         | moves one read marker forward             | that user                  |
//! | [`AddParticipants`]  | adds people                               | participants               |
//! | [`RemoveParticipant`]| takes one out                             | participants               |
//! | [`SetOpen`]          | opens or closes                           | participants               |
//! | [`SetSnooze`]        | snoozes or wakes for one user             | that user                  |
//! | [`Wake`]             | clears a snooze that is over              | that user                  |
//! | [`ShowOnTop`]        | pins for one user                         | that user                  |
//! | [`Archive`]          | archives for one user                     | that user                  |
//! | [`Edit`]             | title, image                              | participants               |
//! | [`SetStarred`]       | the team's star                           | participants               |
//! | [`Assign`]           | whose task it is                          | participants               |
//! | [`FollowContext`]    | labels; open, whose task, if ordered      | participants               |
//! | [`SetTeamUnread`]    | the team's unread count, for a while      | the team                   |
//! | [`Delete`]           | ends it, for everybody                    | who took part, the team    |
mod add_note;
mod add_participants;
mod archive;
mod assign;
mod begin;
mod delete;
mod edit;
mod follow_context;
mod mark_read;
mod place;
mod remove_participant;
mod report_status;
mod send;
mod set_open;
mod set_snooze;
mod set_starred;
mod set_team_unread;
mod show_on_top;
mod wake;

pub use add_note::AddNote;
pub use add_participants::AddParticipants;
pub use archive::Archive;
pub use assign::Assign;
pub use begin::{Begin, BeginForTeam};
pub use delete::Delete;
pub use edit::Edit;
pub use follow_context::FollowContext;
pub use mark_read::{Counted, MarkRead};
pub use place::{Place, PlaceRequest};
pub use remove_participant::RemoveParticipant;
pub use report_status::ReportStatus;
pub use send::Send;
pub use set_open::SetOpen;
pub use set_snooze::SetSnooze;
pub use set_starred::SetStarred;
pub use set_team_unread::SetTeamUnread;
pub use show_on_top::ShowOnTop;
pub use wake::Wake;

use super::{
    Announcement, Change, Conversation, Decision, Participant, Refusal, Timestamp, UserId, Viewer,
};

/// An order to one conversation.
pub trait Command: core::any::Any + core::marker::Send + Sync {
    /// Decides what this would change. Changes nothing.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] of the first rule that says no.
    fn decide(&self, conversation: &Conversation, now: Timestamp) -> Result<Decision, Refusal>;
}

fn admitted(conversation: &Conversation, by: &Viewer) -> Result<(), Refusal> {
    let there = conversation.exists() && conversation.admits(by);
    there.then_some(()).ok_or(Refusal::NotFound)
}

/// Changes what is one participant's alone, and tells their own sessions when it did.
fn change_own(
    conversation: &Conversation,
    user: &UserId,
    change: impl FnOnce(&mut Participant),
) -> Result<Decision, Refusal> {
    let mut next = conversation.clone();
    change(next.participant_mut(user).ok_or(Refusal::NotFound)?);
    Ok(if next == *conversation {
        Decision::Unchanged
    } else {
        Change::record(next, vec![Announcement::changed_for(user)])
    })
}

/// Changes what all participants share, and tells them when it did.
fn change_shared(
    conversation: &Conversation,
    by: &Viewer,
    now: Timestamp,
    change: impl FnOnce(&mut Conversation),
) -> Result<Decision, Refusal> {
    admitted(conversation, by)?;
    let mut next = conversation.clone();
    change(&mut next);
    if next == *conversation {
        return Ok(Decision::Unchanged);
    }
    next.updated_at = now.max(next.updated_at);
    Ok(Change::record(next, vec![Announcement::changed_for_all()]))
}
