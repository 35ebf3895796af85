//! What the ports of `actors` promise, tried on every store there is.
//!
//! A test takes a [`Stage`] and knows nothing of what is behind it. A new backend is a function
//! in `stage.rs` and a line in [`on_each_backend`].
mod archive;
mod changes;
mod communications;
mod consent;
mod conversations;
mod dice;
mod doubtful;
mod duplicates;
mod event_numbers;
mod history;
mod hops;
mod inbox;
mod labels;
mod log;
mod open;
mod outbox;
mod people;
mod prospects;
mod pushes;
mod scheduled;
mod stage;
mod subscriptions;
mod team_inbox;
mod team_keys;

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
    };
}

pub(crate) use on_each_backend;
