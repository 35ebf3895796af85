use std::sync::Arc;

use actors::domain::{Channel, ChannelKind, Email, Json};
use actors::engine::{Inbound, Sender};

use super::{Delivered, NotDelivered, ToEngine, never, not_delivered};
use crate::ingest::Row;
use crate::ingest::sendgrid::inbound::{self, Attached, Mail};

/// Apart from the threads that serve, since a large mail takes a while.
async fn read(row: &Row) -> Result<Mail, NotDelivered> {
    let (kind, body) = (row.content_type.clone(), row.body.clone());
    let here = tokio::runtime::Handle::current();
    let read = move || here.block_on(inbound::read(kind.as_deref(), &body));
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|_| never("reading it failed inside"))?.map_err(never)
}

impl ToEngine {
    pub(super) async fn mail(&self, row: &Row) -> Result<Delivered, NotDelivered> {
        let mut mail = read(row).await?;
        let channels = self.channels(&mail).await?;
        if channels.is_empty() {
            return Err(never("no channel has this receiver"));
        }
        let attachments = self.keep(std::mem::take(&mut mail.files)).await?;
        let mut first_time = false;
        for channel in channels {
            let name = mail.name.clone();
            let inbound = Inbound {
                channel,
                from: Sender::Mail { address: mail.from.clone(), name },
                provider_id: mail.provider_id.clone(),
                text: mail.text.clone(),
                attachments: attachments.clone(),
                email: Some(Email(mail.email.clone())),
                written_at: None,
                says: mail.says,
            };
            first_time |= self.receive(row, inbound).await? == Delivered::Stored;
        }
        Ok(if first_time { Delivered::Stored } else { Delivered::Duplicate })
    }

    /// Every mailbox of ours that the mail is for.
    async fn channels(&self, mail: &Mail) -> Result<Vec<Arc<Channel>>, NotDelivered> {
        let mut channels: Vec<Arc<Channel>> = Vec::new();
        for address in &mail.to {
            let found = self.engine.store.channel_by_address(&ChannelKind::email(), address).await;
            if let Some(channel) = found.map_err(not_delivered)?
                && !channels.iter().any(|known| known.id == channel.id)
            {
                channels.push(channel);
            }
        }
        Ok(channels)
    }

    async fn keep(&self, files: Vec<Attached>) -> Result<Vec<Json>, NotDelivered> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let attachments = Arc::clone(&self.attachments);
        let keep = move || {
            let keep = |file: Attached| {
                attachments.keep(&file.name, file.content_type.as_deref(), &file.content)
            };
            files.into_iter().map(keep).collect::<Result<Vec<_>, _>>()
        };
        let kept = tokio::task::spawn_blocking(keep).await;
        let later = || NotDelivered::Later("attachments could not be kept".into());
        kept.map_err(|_| later())?.map_err(|_| later())
    }
}
