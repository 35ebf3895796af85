//! What happened to one message, hop by hop. Never what it says.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use actors::domain::{Communication, MessageId, PushDecision, Timestamp};
use actors::ports::{KeptHop, Store, Unavailable};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::{Config, FAILED, WRONG, failed};
use crate::clock::SystemClock;
use crate::{store, time};

/// Hops of one message that are shown.
const HOPS: usize = 1_000;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The message's id, as `_id` shows it.
    #[arg(value_name = "MESSAGE")]
    message: String,
    #[command(flatten)]
    config: Config,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), ExitCode> {
    let settings = arguments.config.load()?;
    let Ok(id) = MessageId::parse(&arguments.message) else {
        eprintln!("that is no message id");
        return Err(ExitCode::from(WRONG));
    };
    // Beside a server that runs; it is only read.
    let url = settings.store_url();
    let told = actix_web::rt::System::new().block_on(async {
        let store = store::open_beside(url.expose_secret(), Arc::new(SystemClock)).await;
        let store = store.map_err(|error| failed(&error))?;
        tell(&*store, &id).await.map_err(|error| failed(&error))
    });
    match told? {
        Some(text) => print!("{text}"),
        None => {
            eprintln!("no message has this id");
            return Err(ExitCode::from(FAILED));
        }
    }
    if !settings.trace.enabled {
        eprintln!("trace.enabled is false: hops are not taken down");
    }
    Ok(())
}

/// `None` when there is no such message.
async fn tell(store: &dyn Store, id: &MessageId) -> Result<Option<String>, Unavailable> {
    let Some(communication) = store.communication(id).await? else { return Ok(None) };
    let mut lines = Vec::new();
    for conversation in &communication.conversations {
        if let Some(placed) = store.message(conversation, id).await? {
            let details = format!(
                "conversation={conversation} seq={} position={}",
                placed.seq.0, placed.position.0
            );
            lines.push((placed.message.created_at, "stored".to_owned(), details));
        }
    }
    for hop in store.hops_of(id, HOPS).await? {
        lines.extend(hop_lines(&hop));
    }
    lines.extend(store.pushes_of(id).await?.iter().map(push_line));
    // A message's own date may be any; what follows from it is in the order it was kept.
    lines.sort_by_key(|(at, ..)| *at);
    Ok(Some(page(&communication, &lines)))
}

type Line = (Timestamp, String, String);

/// A delivery is two hops: when the webhook was kept, and when its message stood in the record.
fn hop_lines(hop: &KeptHop) -> Vec<Line> {
    let mut details: Map<String, Value> =
        serde_json::from_str(hop.details.as_str()).unwrap_or_default();
    let mut lines = Vec::new();
    if let Some(kept_at) = details.remove("kept_at").and_then(|at| at.as_i64()) {
        let kept = ["source", "intake"].map(|key| {
            let value = details.get(key).map(shown).unwrap_or_default();
            format!("{key}={value}")
        });
        lines.push((Timestamp(kept_at), "kept".to_owned(), kept.join(" ")));
    }
    let details: Vec<_> =
        details.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect();
    lines.push((hop.at, hop.hop.clone(), details.join(" ")));
    lines
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(each) if each.is_empty() => "none".to_owned(),
        Value::Object(each) => {
            let each: Vec<_> = each.iter().map(|(key, value)| format!("{key}:{value}")).collect();
            each.join(",")
        }
        other => other.to_string(),
    }
}

fn push_line(decision: &PushDecision) -> Line {
    let PushDecision { user, conversation, reason, at, .. } = decision;
    let details = format!(
        "user={user} state={} reason={} conversation={conversation}",
        reason.state().as_str(),
        reason.as_str()
    );
    (*at, "push".to_owned(), details)
}

fn page(communication: &Communication, lines: &[Line]) -> String {
    let message = &communication.message;
    let mut page = format!(
        "message={} type={} account={} emitted={}",
        message.id,
        message.kind.as_str(),
        message.account,
        communication.emitted
    );
    if let Some(status) = message.status {
        let _ = write!(page, " status={}", status.as_str());
    }
    page.push('\n');
    for (at, hop, details) in lines {
        let _ = writeln!(page, "{}  {hop:<11}  {details}", time::format(*at));
    }
    page
}
