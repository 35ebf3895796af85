//! A whole store whose people are cached is a whole store: everything else passes through.
use actors::domain::*;
use actors::ports::*;

use super::PeopleCache;

#[async_trait::async_trait]
impl<S: Store> Conversations for PeopleCache<S> {
    async fn load(&self, id: &ConversationId) -> Result<Option<Conversation>, Unavailable> {
        self.inner().load(id).await
    }

    async fn find(&self, key: &Key) -> Result<Option<ConversationId>, Unavailable> {
        self.inner().find(key).await
    }

    async fn of_contact(
        &self,
        account: &AccountId,
        contact: &ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        self.inner().of_contact(account, contact).await
    }

    async fn commit(&self, change: &Change) -> Result<Committed, CommitError> {
        self.inner().commit(change).await
    }

    async fn commit_all(&self, changes: &[Change]) -> Vec<Result<Committed, CommitError>> {
        self.inner().commit_all(changes).await
    }
}

#[async_trait::async_trait]
impl<S: Store> History for PeopleCache<S> {
    async fn messages(
        &self,
        conversation: &ConversationId,
        cut: Option<&Cut>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        self.inner().messages(conversation, cut, direction, limit).await
    }

    async fn message(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<Option<Placed>, Unavailable> {
        self.inner().message(conversation, id).await
    }

    async fn message_by_uuid(
        &self,
        conversation: &ConversationId,
        author: &UserId,
        uuid: &Uuid,
    ) -> Result<Option<Placed>, Unavailable> {
        self.inner().message_by_uuid(conversation, author, uuid).await
    }

    async fn committed_after(
        &self,
        conversation: &ConversationId,
        seq: Seq,
        limit: usize,
    ) -> Result<Vec<Placed>, Unavailable> {
        self.inner().committed_after(conversation, seq, limit).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Inbox for PeopleCache<S> {
    async fn page(&self, query: &InboxQuery) -> Result<Vec<InboxRow>, Unavailable> {
        self.inner().page(query).await
    }

    async fn snoozes_over(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ConversationId, UserId)>, Unavailable> {
        self.inner().snoozes_over(now, limit).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Log for PeopleCache<S> {
    async fn tail(&self) -> Result<Position, Unavailable> {
        self.inner().tail().await
    }

    async fn floor(&self) -> Result<Position, Unavailable> {
        self.inner().floor().await
    }

    async fn forget_before(&self, when: Timestamp) -> Result<(), Unavailable> {
        self.inner().forget_before(when).await
    }

    async fn entries_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Entry>, Unavailable> {
        self.inner().entries_after(position, limit).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Outbox for PeopleCache<S> {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, Unavailable> {
        self.inner().due(now, limit).await
    }

    async fn calling(&self, message: &MessageId, now: Timestamp) -> Result<(), Unavailable> {
        self.inner().calling(message, now).await
    }

    async fn taken(
        &self,
        message: &MessageId,
        provider_id: &ProviderMessageId,
    ) -> Result<(), Unavailable> {
        self.inner().taken(message, provider_id).await
    }

    async fn put_off(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.inner().put_off(message, until).await
    }

    async fn in_doubt(&self, message: &MessageId, until: Timestamp) -> Result<(), Unavailable> {
        self.inner().in_doubt(message, until).await
    }

    async fn leave(&self, message: &MessageId) -> Result<(), Unavailable> {
        self.inner().leave(message).await
    }

    async fn by_provider_id(
        &self,
        provider_id: &ProviderMessageId,
    ) -> Result<Option<Sent>, Unavailable> {
        self.inner().by_provider_id(provider_id).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Consent for PeopleCache<S> {
    async fn record_consent(&self, entry: &ConsentEntry) -> Result<(), Unavailable> {
        self.inner().record_consent(entry).await
    }

    async fn opted_out(
        &self,
        contact: &ContactId,
        channel: &ChannelId,
    ) -> Result<bool, Unavailable> {
        self.inner().opted_out(contact, channel).await
    }

    async fn consent_of(
        &self,
        account: &AccountId,
        contact: &ContactId,
        limit: usize,
    ) -> Result<Vec<ConsentEntry>, Unavailable> {
        self.inner().consent_of(account, contact, limit).await
    }

    async fn doubtful(
        &self,
        account: &AccountId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Flagged>, Unavailable> {
        self.inner().doubtful(account, before, limit).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Communications for PeopleCache<S> {
    async fn put_communication(&self, communication: &Communication) -> Result<Put, Unavailable> {
        self.inner().put_communication(communication).await
    }

    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable> {
        self.inner().communication(id).await
    }

    async fn forgotten(
        &self,
        when: Timestamp,
        limit: usize,
    ) -> Result<Vec<MessageId>, Unavailable> {
        self.inner().forgotten(when, limit).await
    }

    async fn forget_anew(&self, id: &MessageId, now: Timestamp) -> Result<(), Unavailable> {
        self.inner().forget_anew(id, now).await
    }

    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable> {
        self.inner().emitted(communication).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Archive for PeopleCache<S> {
    async fn admit_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<(), ArchiveError> {
        self.inner().admit_conversation(archived).await
    }

    async fn keep_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<Kept, ArchiveError> {
        self.inner().keep_conversation(archived).await
    }

    async fn admit_message(&self, message: &ArchivedMessage) -> Result<(), ArchiveError> {
        self.inner().admit_message(message).await
    }

    async fn keep_messages(
        &self,
        conversation: &ConversationId,
        messages: &[ArchivedMessage],
    ) -> Result<(), ArchiveError> {
        self.inner().keep_messages(conversation, messages).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Labels for PeopleCache<S> {
    async fn tag(&self, id: &TagId) -> Result<Option<Tag>, Unavailable> {
        self.inner().tag(id).await
    }

    async fn contact_status(
        &self,
        id: &ContactStatusId,
    ) -> Result<Option<ContactStatus>, Unavailable> {
        self.inner().contact_status(id).await
    }

    async fn tags(&self, account: &AccountId) -> Result<Vec<Tag>, Unavailable> {
        self.inner().tags(account).await
    }

    async fn contact_statuses(
        &self,
        account: &AccountId,
    ) -> Result<Vec<ContactStatus>, Unavailable> {
        self.inner().contact_statuses(account).await
    }

    async fn put_tag(&self, tag: &Tag) -> Result<(), PutError> {
        self.inner().put_tag(tag).await
    }

    async fn put_contact_status(&self, status: &ContactStatus) -> Result<(), PutError> {
        self.inner().put_contact_status(status).await
    }

    async fn retire_label(
        &self,
        account: &AccountId,
        label: &LabelId,
    ) -> Result<bool, Unavailable> {
        self.inner().retire_label(account, label).await
    }

    async fn retired_labels(&self, limit: usize) -> Result<Vec<(AccountId, LabelId)>, Unavailable> {
        self.inner().retired_labels(limit).await
    }

    async fn forget_label(&self, label: &LabelId) -> Result<(), Unavailable> {
        self.inner().forget_label(label).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Prospects for PeopleCache<S> {
    async fn context(&self, contact: &ContactId) -> Result<Option<ProspectContext>, Unavailable> {
        self.inner().context(contact).await
    }

    async fn contexts(&self, contacts: &[ContactId]) -> Result<Vec<ProspectContext>, Unavailable> {
        self.inner().contexts(contacts).await
    }

    async fn patch_context(
        &self,
        account: &AccountId,
        contact: &ContactId,
        patch: &ContextPatch,
        now: Timestamp,
    ) -> Result<Unspread, Unavailable> {
        self.inner().patch_context(account, contact, patch, now).await
    }

    async fn unspread(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Unspread>, Unavailable> {
        self.inner().unspread(before, limit).await
    }

    async fn spread(&self, contact: &ContactId, version: u64) -> Result<(), Unavailable> {
        self.inner().spread(contact, version).await
    }

    async fn strip(
        &self,
        account: &AccountId,
        label: &LabelId,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, Unavailable> {
        self.inner().strip(account, label, limit, now).await
    }

    async fn contact_on_platform(
        &self,
        account: &AccountId,
        platform: &str,
        id: &str,
    ) -> Result<Option<std::sync::Arc<Contact>>, Unavailable> {
        self.inner().contact_on_platform(account, platform, id).await
    }

    async fn prospects(&self, query: &ProspectQuery) -> Result<ProspectPage, Unavailable> {
        self.inner().prospects(query).await
    }

    async fn threads_of(
        &self,
        account: &AccountId,
        contacts: &[ContactId],
    ) -> Result<Vec<ThreadState>, Unavailable> {
        self.inner().threads_of(account, contacts).await
    }

    async fn score_rules(&self, account: &AccountId) -> Result<Option<ScoreRules>, Unavailable> {
        self.inner().score_rules(account).await
    }

    async fn put_score_rules(
        &self,
        account: &AccountId,
        rules: &ScoreRules,
    ) -> Result<(), Unavailable> {
        self.inner().put_score_rules(account, rules).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Scheduled for PeopleCache<S> {
    async fn schedule(&self, message: &ScheduledMessage) -> Result<ScheduledMessage, Unavailable> {
        self.inner().schedule(message).await
    }

    async fn scheduled_in(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        self.inner().scheduled_in(conversation, limit).await
    }

    async fn scheduled_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScheduledMessage>, Unavailable> {
        self.inner().scheduled_due(now, limit).await
    }

    async fn claim_scheduled(&self, id: &MessageId) -> Result<bool, Unavailable> {
        self.inner().claim_scheduled(id).await
    }

    async fn withdraw_scheduled(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<bool, Unavailable> {
        self.inner().withdraw_scheduled(conversation, id).await
    }

    async fn forget_scheduled(&self, id: &MessageId) -> Result<(), Unavailable> {
        self.inner().forget_scheduled(id).await
    }
}

#[async_trait::async_trait]
impl<S: Store> PushLog for PeopleCache<S> {
    async fn keep_push_decisions(
        &self,
        decisions: &[PushDecision],
        due: Timestamp,
        up_to: Option<Position>,
    ) -> Result<(), Unavailable> {
        self.inner().keep_push_decisions(decisions, due, up_to).await
    }

    async fn push_decided_up_to(&self) -> Result<Position, Unavailable> {
        self.inner().push_decided_up_to().await
    }

    async fn pushes_due(&self, now: Timestamp, limit: usize) -> Result<Vec<DuePush>, Unavailable> {
        self.inner().pushes_due(now, limit).await
    }

    async fn pushing(
        &self,
        pushes: &[(MessageId, UserId)],
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        self.inner().pushing(pushes, now).await
    }

    async fn put_push_off(
        &self,
        push: &(MessageId, UserId),
        until: Timestamp,
        reached: &[String],
    ) -> Result<(), Unavailable> {
        self.inner().put_push_off(push, until, reached).await
    }

    async fn settle_push(
        &self,
        push: &(MessageId, UserId),
        reason: PushReason,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        self.inner().settle_push(push, reason, now).await
    }

    async fn pushes_of(&self, message: &MessageId) -> Result<Vec<PushDecision>, Unavailable> {
        self.inner().pushes_of(message).await
    }

    async fn forget_pushes(&self, when: Timestamp) -> Result<(), Unavailable> {
        self.inner().forget_pushes(when).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Hops for PeopleCache<S> {
    async fn keep_hops(&self, hops: &[KeptHop]) -> Result<(), Unavailable> {
        self.inner().keep_hops(hops).await
    }

    async fn hops_of(
        &self,
        message: &MessageId,
        limit: usize,
    ) -> Result<Vec<KeptHop>, Unavailable> {
        self.inner().hops_of(message, limit).await
    }

    async fn forget_hops(&self, when: Timestamp) -> Result<(), Unavailable> {
        self.inner().forget_hops(when).await
    }
}

#[async_trait::async_trait]
impl<S: Store> Subscriptions for PeopleCache<S> {
    async fn subscription(&self, id: &SubscriptionId) -> Result<Option<Standing>, Unavailable> {
        self.inner().subscription(id).await
    }

    async fn subscriptions_of(&self, account: &AccountId) -> Result<Vec<Standing>, Unavailable> {
        self.inner().subscriptions_of(account).await
    }

    async fn subscriptions_in_force(&self, limit: usize) -> Result<Vec<Standing>, Unavailable> {
        self.inner().subscriptions_in_force(limit).await
    }

    async fn any_subscription(&self) -> Result<bool, Unavailable> {
        self.inner().any_subscription().await
    }

    async fn put_subscription(
        &self,
        subscription: &Subscription,
        beginning: &Progress,
    ) -> Result<(), SubscribeError> {
        self.inner().put_subscription(subscription, beginning).await
    }

    async fn drop_subscription(&self, id: &SubscriptionId) -> Result<bool, Unavailable> {
        self.inner().drop_subscription(id).await
    }

    async fn settle(
        &self,
        id: &SubscriptionId,
        revision: u64,
        settled: &Settled,
    ) -> Result<bool, Unavailable> {
        self.inner().settle(id, revision, settled).await
    }

    async fn rewind(&self, id: &SubscriptionId, beginning: &Progress) -> Result<bool, Unavailable> {
        self.inner().rewind(id, beginning).await
    }

    async fn parked(&self, id: &SubscriptionId, limit: usize) -> Result<Vec<Parked>, Unavailable> {
        self.inner().parked(id, limit).await
    }

    async fn log_of(
        &self,
        account: &AccountId,
        after: Position,
        up_to: Position,
        limit: usize,
    ) -> Result<LogPage, Unavailable> {
        self.inner().log_of(account, after, up_to, limit).await
    }

    async fn position_before(&self, when: Timestamp) -> Result<Option<Position>, Unavailable> {
        self.inner().position_before(when).await
    }
}

#[async_trait::async_trait]
impl<S: Store> EventNumbers for PeopleCache<S> {
    async fn numbered(&self, account: &AccountId) -> Result<Numbered, Unavailable> {
        self.inner().numbered(account).await
    }

    async fn number_events(
        &self,
        account: &AccountId,
        from: Numbered,
        stretch: &Stretch,
    ) -> Result<bool, Unavailable> {
        self.inner().number_events(account, from, stretch).await
    }

    async fn events_after(
        &self,
        account: &AccountId,
        after: After,
        limit: usize,
    ) -> Result<Vec<NumberedEvent>, Unavailable> {
        self.inner().events_after(account, after, limit).await
    }

    async fn forget_numbers(&self, up_to: Position) -> Result<(), Unavailable> {
        self.inner().forget_numbers(up_to).await
    }
}

#[async_trait::async_trait]
impl<S: Store> TeamInbox for PeopleCache<S> {
    async fn team_page(&self, query: &TeamQuery) -> Result<Vec<TeamRow>, Unavailable> {
        self.inner().team_page(query).await
    }

    async fn team_count(
        &self,
        account: &AccountId,
        filter: &TeamFilter,
        at_most: u64,
    ) -> Result<u64, Unavailable> {
        self.inner().team_count(account, filter, at_most).await
    }
}
