use std::sync::Arc;

use actors::conversation::Presenter;
use actors::engine::{Caller, Engine, Failure, Missed, Replayed};
use actors::session::{Frame, Namespace};

use super::{Offsets, Pid, Pids};
use crate::socketio::Resumption;

/// Takes a session up where it was cut: everything it missed, in order, or nothing and a new pid.
#[derive(Clone)]
pub struct Recovery {
    pub pids: Arc<Pids>,
    pub offsets: Arc<Offsets>,
    pub presenter: Arc<dyn Presenter>,
}

impl Recovery {
    /// Called when the session stands in the directory and what is live is held back.
    ///
    /// A pid that is not this user's, or a gap that cannot be served whole, begins anew: the
    /// client sees a new pid, knows that it did not recover, and lists again.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: it cannot be told now what was missed. Who comes again with the same
    /// pid is told then.
    pub async fn resume(
        &self,
        engine: &Engine,
        caller: &Caller,
        namespace: Namespace,
        pid: Option<&str>,
        offset: Option<&str>,
    ) -> Result<Resumption, Failure> {
        let known = pid.and_then(|text| Some((text, self.pids.open(text)?)));
        if let Some((text, pid)) = known.filter(|(_, pid)| pid.user == caller.user) {
            let sent = offset.and_then(|offset| self.offsets.open(offset));
            let from = sent.map_or(pid.began, |sent| sent.max(pid.began));
            if let Some(missed) = engine.replay(caller, from).await? {
                metrics::counter!("switchboard_recoveries_total", "outcome" => "recovered")
                    .increment(1);
                let replay = missed.iter().map(|missed| self.frame(namespace, missed)).collect();
                return Ok(Resumption { pid: Some(text.to_owned()), replay });
            }
        }
        if pid.is_some() {
            metrics::counter!("switchboard_recoveries_total", "outcome" => "anew").increment(1);
        }
        let fresh = Pid { user: caller.user.clone(), began: engine.reached() };
        Ok(Resumption { pid: Some(self.pids.seal(&fresh)), replay: Vec::new() })
    }

    fn frame(&self, namespace: Namespace, missed: &Replayed) -> Frame {
        let Replayed { position, what } = missed;
        match what {
            Missed::Message(view) => self.presenter.message(namespace, view, *position),
            Missed::Status(view) => self.presenter.status(namespace, view, *position),
            Missed::Conversation { view, is_new } => {
                self.presenter.conversation(namespace, view, *is_new, *position)
            }
        }
    }
}
