//! What the ports of `actors` promise, tried on every store there is.
//!
//! A test takes a [`Stage`] and knows nothing of what is behind it. A new backend is a function
//! in `stage.rs` and a module in [`on_each_backend`].
//!
//! `mongo` means a server that speaks MongoDB's protocol; `tests/with_mongodb.sh` finds or starts one.
mod archive;
mod changes;
mod communications;
mod consent;
mod conversations;
mod dice;
mod doubtful;
mod duplicates;
mod event_numbers;
mod export;
mod history;
mod hops;
mod inbox;
mod inserted;
mod labels;
mod leases;
mod log;
#[path = "../support/mongodb.rs"]
mod mongodb;
mod open;
mod outbox;
mod people;
mod prospects;
mod pushes;
mod scheduled;
mod search;
mod stage;
mod subscriptions;
mod team_inbox;
mod team_keys;
mod two_nodes;

use stage::Stage;

/// Makes each of these functions a test per backend.
macro_rules! on_each_backend {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::stage::sqlite().await).await;
            })*
        }

        mod mongo {
            $(#[tokio::test]
            async fn $test() {
                if let Some(stage) = $crate::stage::mongo().await {
                    super::$test(stage).await;
                }
            })*
        }
    };
}

pub(crate) use on_each_backend;
