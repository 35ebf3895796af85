//! What the team has of a conversation, inside its document, and what the team's lists go by.
use actors::domain::{
    ContactLabels, ContactStatusId, Conversation, Kind, LastOutgoing, TagId, TeamState, UserId,
};
use bson::{Bson, Document, doc};

use super::fields::{
    self, Senseless, date, flag, id_or_null, inner, number, optional_id, optional_integer,
    optional_text, optional_timestamp, parsed_text, seq, signed, text_or_null, word,
};
use super::{ids, order};

pub fn write(next: &Conversation) -> Document {
    let team = &next.team;
    let outgoing = team.last_outgoing;
    doc! {
        "assignee": id_or_null(team.assignee.as_ref().map(UserId::as_str)),
        "read": signed(team.read.0),
        "unread": i64::from(team.unread),
        "unread_set": team.unread_set.map_or(Bson::Null, |set| Bson::Int64(set.into())),
        "is_request": team.is_request,
        "last_kind": text_or_null(team.last_kind.map(Kind::as_str)),
        "last_medium": text_or_null(team.last_medium.as_deref()),
        "manual_at": team.manual_at.map_or(Bson::Null, date),
        "outgoing_at": outgoing.map_or(Bson::Null, |outgoing| date(outgoing.at)),
        "outgoing_automated": outgoing.map(|outgoing| outgoing.automated),
        "tags": ids::ids(team.labels.tags.iter().map(TagId::as_str)),
        "status": id_or_null(team.labels.status.as_ref().map(ContactStatusId::as_str)),
        // What follows is derived: the rows of the team's lists.
        "is_unread": team.unread() > 0,
        "order": order::key(next.team_at(), next.id.as_str()),
        "is_untagged": team.labels.tags.is_empty(),
        "created_order": order::key(next.created_at, next.id.as_str()),
        "manual_order": order::key(next.manual_at(), next.id.as_str()),
    }
}

pub fn read(document: &Document) -> Result<TeamState, Senseless> {
    let team = inner(document, "team")?;
    let small = |number: u64| u32::try_from(number).map_err(|_| Senseless);
    let set = optional_integer(team, "unread_set")?;
    let outgoing = optional_timestamp(team, "outgoing_at")?;
    let automated = || flag(team, "outgoing_automated");
    Ok(TeamState {
        assignee: optional_id(team, "assignee", UserId::parse)?,
        read: seq(team, "read")?,
        unread: small(number(team, "unread")?)?,
        unread_set: set.map(|set| u32::try_from(set).map_err(|_| Senseless)).transpose()?,
        is_request: flag(team, "is_request")?,
        last_kind: parsed_text(team, "last_kind", word(Kind::parse))?,
        last_medium: optional_text(team, "last_medium")?.map(str::to_owned),
        manual_at: optional_timestamp(team, "manual_at")?,
        labels: ContactLabels {
            tags: fields::ids(team, "tags", TagId::parse)?,
            status: optional_id(team, "status", ContactStatusId::parse)?,
        },
        last_outgoing: outgoing
            .map(|at| Ok(LastOutgoing { at, automated: automated()? }))
            .transpose()?,
    })
}
