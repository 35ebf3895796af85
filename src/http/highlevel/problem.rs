//! A refusal in HighLevel's words: `{statusCode, message, error?}`.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use actors::domain::ConversationId;
use actors::engine::Failure;
use actors::ports::Unavailable;
use serde::Serialize;

use crate::answer::Fault;
use crate::documents::Invalid;

/// Everything this face answers instead of success.
#[derive(Debug)]
pub enum Problem {
    Fault(Fault),
    /// The token is good for another account.
    Location,
    /// The token lacks the scope.
    Scope,
    VersionMissing,
    VersionUnknown,
    /// There is no such thing of this id, or not for the team.
    Missing(&'static str, String),
    /// The contact has this one already.
    Exists(String, ConversationId),
    /// An upload that is too large or of no kind that is taken; spelled its own way.
    Upload(StatusCode, &'static str),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    status_code: u16,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    /// So that a client that expects to be told of the one that is there can go on with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<&'a str>,
}

impl Problem {
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Fault(Fault::invalid(message))
    }

    /// What was named by this id is not there; any other failure is what it is.
    pub fn about(what: &'static str, id: &str) -> impl FnOnce(Failure) -> Self {
        let id = id.to_owned();
        move |failure| match failure {
            Failure::NotFound(_) => Self::Missing(what, id),
            other => other.into(),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Fault(Fault::Unauthorized) => "Invalid token: access token is invalid".into(),
            Self::Fault(Fault::Internal) => "Internal server error".into(),
            Self::Fault(fault) => fault.to_string(),
            Self::Location => "The token does not have access to this location.".into(),
            Self::Scope => "The token is not authorized for this scope.".into(),
            Self::VersionMissing => "version header was not found.".into(),
            Self::VersionUnknown => "version header is invalid".into(),
            Self::Missing(what, id) => format!("{what} with id {id} not found"),
            Self::Exists(contact, _) => {
                format!("Conversation with the contact id:{contact} already exists!")
            }
            Self::Upload(_, message) => (*message).into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Fault(fault) => fault.status_code(),
            Self::Location => StatusCode::FORBIDDEN,
            Self::Scope | Self::VersionMissing | Self::VersionUnknown => StatusCode::UNAUTHORIZED,
            Self::Missing(..) => StatusCode::NOT_FOUND,
            Self::Exists(..) => StatusCode::BAD_REQUEST,
            Self::Upload(status, _) => *status,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        if let Self::Upload(status, message) = self {
            let body = serde_json::json!({ "status": status.as_u16(), "message": message });
            return response.json(body);
        }
        if let Self::Fault(Fault::RateLimited { retry_after, .. }) = self {
            response.insert_header((RETRY_AFTER, *retry_after));
        }
        response.json(Body {
            status_code: status.as_u16(),
            message: self.message(),
            error: match status {
                StatusCode::UNAUTHORIZED => Some("Unauthorized"),
                StatusCode::FORBIDDEN => Some("Forbidden"),
                _ => None,
            },
            conversation_id: match self {
                Self::Exists(_, there) => Some(there.as_str()),
                _ => None,
            },
        })
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Fault(failure.into())
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        Self::Fault(unavailable.into())
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::Fault(invalid.into())
    }
}
