//! Whose task a conversation is, and having it done there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Engine, Failure};
use crate::conversation::Written;
use crate::domain::command::Command;
use crate::domain::{ConversationId, Key, NodeId, Target, Within};
use crate::ports::{Again, Ask, Cluster, Company, Declined, Done, Unavailable};

/// Most conversations whose key is remembered; it never changes.
const KEYS: usize = 100_000;

/// The other nodes, and which conversations are theirs.
pub struct Homes {
    pub cluster: Arc<dyn Cluster>,
    keys: Mutex<HashMap<ConversationId, Key>>,
}

impl Homes {
    pub fn new(cluster: Arc<dyn Cluster>) -> Arc<Self> {
        Arc::new(Self { cluster, keys: Mutex::default() })
    }

    fn key(&self, id: &ConversationId) -> Option<Key> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn remember(&self, id: &ConversationId, key: &Key) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEYS {
            keys.clear();
        }
        keys.insert(id.clone(), key.clone());
    }
}

impl Engine {
    /// Carries out a command on a conversation where it is at home, else here.
    ///
    /// Repeating is safe: every command is, so an answer that got lost is asked for again; and of two
    /// nodes that both take a conversation for theirs, the store lets one at a time write.
    pub(super) async fn write_to(
        &self,
        target: Target,
        within: Within,
        command: Arc<dyn Command>,
    ) -> Result<Written, Failure> {
        if let Some(home) = self.elsewhere(&target).await? {
            let (target, within) = (target.clone(), within.clone());
            let ask = Ask::Write { target, within, command: Arc::clone(&command) };
            if let Some(done) = self.ask(&home, &ask).await? {
                return self.read_back(done).await;
            }
        }
        self.write_here(target, within, command).await
    }

    /// Carries out commands on a conversation, one after the other; here with as few syncs as can be.
    /// When one cannot be kept now, that is the last answer: those behind it were not.
    pub(super) async fn write_in_order_to(
        &self,
        target: Target,
        within: Within,
        commands: &[Arc<dyn Command>],
    ) -> Vec<Result<Written, Failure>> {
        match self.elsewhere(&target).await {
            Ok(None) => return self.write_in_order_here(target, &within, commands).await,
            Ok(Some(_)) => {}
            Err(cause) => return vec![Err(cause.into())],
        }
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            let answer = self.write_to(target.clone(), within.clone(), Arc::clone(command)).await;
            let is_last = matches!(answer, Err(Failure::Unavailable(_)));
            answers.push(answer);
            if is_last {
                break;
            }
        }
        answers
    }

    /// Has a conversation show something once more.
    pub(super) async fn show_again(
        &self,
        id: &ConversationId,
        again: Again,
    ) -> Result<(), Failure> {
        if let Some(home) = self.elsewhere(&Target::Id(id.clone())).await? {
            let ask = Ask::ShowAgain { conversation: id.clone(), again: again.clone() };
            if self.ask(&home, &ask).await?.is_some() {
                return Ok(());
            }
        }
        self.show_again_here(id, again).await
    }

    /// The other node where it is at home, if it is.
    async fn elsewhere(&self, target: &Target) -> Result<Option<NodeId>, Unavailable> {
        match target {
            _ if self.homes.cluster.company() != Company::Together => Ok(None),
            Target::Key(key) => Ok(self.homes.cluster.home(key)),
            Target::Id(id) => self.home_of(id).await,
        }
    }

    async fn home_of(&self, id: &ConversationId) -> Result<Option<NodeId>, Unavailable> {
        if let Some(key) = self.homes.key(id) {
            return Ok(self.homes.cluster.home(&key));
        }
        // Whoever is to find nothing finds it here.
        let Some(conversation) = self.store.load(id).await? else { return Ok(None) };
        self.homes.remember(id, &conversation.key);
        Ok(self.homes.cluster.home(&conversation.key))
    }

    /// `None`: it was not done there, or nobody knows.
    async fn ask(&self, home: &NodeId, ask: &Ask) -> Result<Option<Done>, Failure> {
        match self.homes.cluster.ask(home, ask).await {
            Ok(Ok(done)) => {
                metrics::counter!("switchboard_cluster_done_elsewhere_total").increment(1);
                Ok(Some(done))
            }
            Ok(Err(Declined::Refused(refusal))) => Err(refusal.into()),
            Ok(Err(Declined::NotFound)) => Err(Failure::NotFound("conversation")),
            Ok(Err(Declined::Unable)) | Err(_) => {
                metrics::counter!("switchboard_cluster_done_here_instead_total").increment(1);
                Ok(None)
            }
        }
    }

    /// What another node says is done, as the store has it.
    async fn read_back(&self, done: Done) -> Result<Written, Failure> {
        let loaded = self.store.load(&done.conversation).await?;
        let conversation = loaded.ok_or(Failure::NotFound("conversation"))?;
        let message = match &done.message {
            Some(id) => self.store.message(&done.conversation, id).await?,
            None => None,
        };
        Ok(Written { conversation: Arc::new(conversation), message, outcome: done.outcome })
    }
}
