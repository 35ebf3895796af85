//! Carriers of messages to contacts, behind [`actors::ports::Provider`]. Each has a base URL, so
//! that a stand-in on loopback can take its place.
//!
//! | the provider says | means |
//! |---|---|
//! | 429; nobody listens | [`SendError::NotNow`] |
//! | 401, 403 | [`SendError::LockedOut`] |
//! | any other 4xx | [`SendError::Never`] with its own code |
//! | 5xx; silence; an answer that makes no sense | [`SendError::Unknown`] |
//!
//! A 5xx does not say whether the message was taken before things went wrong, so it is looked up
//! and not just sent again.
//!
//! [`SendError::NotNow`]: actors::ports::SendError::NotNow
//! [`SendError::LockedOut`]: actors::ports::SendError::LockedOut
//! [`SendError::Never`]: actors::ports::SendError::Never
//! [`SendError::Unknown`]: actors::ports::SendError::Unknown
mod call;
mod sendgrid;
mod twilio;

use std::collections::HashMap;
use std::sync::Arc;

use actors::domain::ChannelKind;
use actors::ports::Provider;

pub use sendgrid::Sendgrid;
pub use twilio::Twilio;

use crate::settings::Settings;

/// Who carries the messages of which kind of channel.
#[derive(Clone, Default)]
pub struct Providers(HashMap<ChannelKind, Arc<dyn Provider>>);

#[derive(Debug, thiserror::Error)]
#[error("cannot set up calls to providers")]
pub struct SetupError(#[from] reqwest::Error);

impl Providers {
    /// Those that the settings hold credentials for.
    ///
    /// # Errors
    ///
    /// [`SetupError`] when no client can be made, such as without root certificates.
    pub fn from_settings(settings: &Settings) -> Result<Self, SetupError> {
        let mut providers = Self::default();
        if let Some(twilio) = Twilio::from_settings(&settings.twilio)? {
            providers.add(ChannelKind::sms(), Arc::new(twilio));
        }
        if let Some(sendgrid) = Sendgrid::from_settings(&settings.sendgrid)? {
            providers.add(email(), Arc::new(sendgrid));
        }
        Ok(providers)
    }

    pub fn add(&mut self, kind: ChannelKind, provider: Arc<dyn Provider>) {
        self.0.insert(kind, provider);
    }

    pub fn of(&self, kind: &ChannelKind) -> Option<&Arc<dyn Provider>> {
        self.0.get(kind)
    }
}

/// The kind of channels that carry mail.
pub fn email() -> ChannelKind {
    ChannelKind("EMAIL".into())
}
