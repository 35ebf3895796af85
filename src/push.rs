//! Telling people who are not connected, on their devices.
//!
//! | file | what |
//! |---|---|
//! | `decider` | whom to tell of each new message, and why not the others: kept before anything is sent |
//! | `sender` | hands over what is due, looking anew at who may see it |
//! | `ending` | what becomes of a push that was tried |
//! | `notification` | what a device is told |
//! | `fcm` | Firebase Cloud Messaging |
//!
//! The log is the queue: a decision that could not be taken down when its message was shown is
//! taken when the log is read again, since each is kept once for a message and user.
mod decider;
mod ending;
pub mod fcm;
mod notification;
mod sender;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use actors::Watermark;
use actors::domain::Position;
use actors::ports::{Clock, Cluster, Company, Push, PushOffer, Store};
use actors::session::{Directory, Namespace};
use tokio::sync::{Mutex, Notify, mpsc, watch};

pub use notification::Notification;

use decider::Decider;
use sender::Sender;

/// Messages that wait to be decided on. One more is left to the log, from which it is read later.
const OFFERS: usize = 4_096;

/// Whoever hands a notification to one device.
#[async_trait::async_trait]
pub trait Carrier: Send + Sync {
    /// # Errors
    ///
    /// [`NotCarried`] says whether trying again makes sense.
    async fn carry(&self, token: &str, notification: &Notification) -> Result<(), NotCarried>;
}

/// Why a device was not told. Never quotes the token or what was to be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCarried {
    /// No such device, now or ever again.
    #[error("device is gone")]
    Gone,
    /// Not now; perhaps after this long.
    #[error("provider does not take it now ({0})")]
    NotNow(String, Option<Duration>),
    /// With the provider's own code.
    #[error("provider refuses it ({0})")]
    Refused(String),
    /// Perhaps it was: not to be tried again.
    #[error("provider did not say whether it took it ({0})")]
    Unknown(String),
}

/// What both workers stand on.
#[derive(Clone)]
pub struct Ground {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub sessions: Directory,
    pub cluster: Arc<dyn Cluster>,
    pub watermark: Arc<Watermark>,
    /// Unset: decisions are kept, and nobody is told.
    pub carrier: Option<Arc<dyn Carrier>>,
}

/// Takes messages that are news.
pub struct Offers {
    queue: mpsc::Sender<PushOffer>,
    behind: Arc<AtomicBool>,
    left: Arc<Left>,
}

/// What only the log knows more of.
#[derive(Default)]
struct Left {
    up_to: AtomicU64,
    news: Notify,
    /// Somebody here decides. Otherwise another node does, from the log.
    on_duty: AtomicBool,
}

/// The workers, whenever it is this node's turn.
#[derive(Clone)]
pub struct Pushing {
    ground: Ground,
    offers: Arc<Mutex<mpsc::Receiver<PushOffer>>>,
    behind: Arc<AtomicBool>,
    left: Arc<Left>,
}

impl Push for Offers {
    fn offer(&self, offer: PushOffer) {
        if !self.left.on_duty.load(Ordering::SeqCst) {
            return;
        }
        if self.queue.try_send(offer).is_err() {
            // Before the position is named to the watermark, so that the decider, who looks there
            // first, does not pass over it.
            self.behind.store(true, Ordering::SeqCst);
            metrics::counter!("switchboard_push_offers_left_to_log_total").increment(1);
        }
    }

    fn left_to_log(&self, position: Position) {
        self.left.up_to.fetch_max(position.0, Ordering::SeqCst);
        self.behind.store(true, Ordering::SeqCst);
        self.left.news.notify_one();
    }
}

/// Where offers go, and who works on them.
pub fn prepare(ground: Ground) -> (Arc<Offers>, Pushing) {
    let (queue, offers) = mpsc::channel(OFFERS);
    let (behind, left) = (Arc::new(AtomicBool::new(true)), Arc::new(Left::default()));
    let pushing = Pushing {
        ground,
        offers: Arc::new(Mutex::new(offers)),
        behind: Arc::clone(&behind),
        left: Arc::clone(&left),
    };
    (Arc::new(Offers { queue, behind, left }), pushing)
}

impl Pushing {
    /// Decides and sends until `stop`, then waits for what is being decided or sent; the rest is found
    /// again by whoever goes on.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { ground, offers, behind, left } = self;
        let _on_duty = OnDuty::begin(&left);
        // What was shown before a crash, or while another node decided, may not have been decided on.
        behind.store(true, Ordering::SeqCst);
        let (halt, halted) = watch::channel(false);
        let mut offers = offers.lock().await;
        while offers.try_recv().is_ok() {}
        let news = Arc::new(Notify::new());
        let decider = Decider {
            ground: ground.clone(),
            offers: &mut offers,
            behind,
            left: Arc::clone(&left),
            news: Arc::clone(&news),
        };
        let sender = Sender { ground, news };
        let halting = async {
            stop.await;
            halt.send_replace(true);
        };
        tokio::join!(decider.run(halted.clone()), sender.run(halted.clone()), halting);
    }
}

struct OnDuty(Arc<Left>);

impl OnDuty {
    fn begin(left: &Arc<Left>) -> Self {
        left.on_duty.store(true, Ordering::SeqCst);
        Self(Arc::clone(left))
    }
}

impl Drop for OnDuty {
    fn drop(&mut self) {
        self.0.on_duty.store(false, Ordering::SeqCst);
    }
}

impl Ground {
    /// Whether it is known here who is connected elsewhere.
    fn knows_who_is_connected(&self) -> bool {
        self.cluster.company() != Company::CutOff
    }

    /// Whether a user watches conversations now, on any of their devices, wherever.
    fn is_connected(&self, user: &actors::domain::UserId) -> bool {
        [Namespace::Conversation, Namespace::ConversationLive].into_iter().any(|namespace| {
            self.sessions.is_online(user, namespace)
                || self.cluster.sockets_elsewhere(user, namespace) > 0
        })
    }
}
