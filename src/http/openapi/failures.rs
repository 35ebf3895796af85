//! Which failures an operation may answer, told by what it takes and who may call it.

use utoipa::openapi::HttpMethod;

use super::operations::{Access, Row};

/// Status, and when.
pub type Failure = (u16, &'static str);

pub fn of(row: &Row) -> Vec<Failure> {
    let at_a_place = row.path.contains('{');
    let asks = at_a_place || row.body.is_some() || !row.query.is_empty();
    let of_twilio = row.path.starts_with("/webhooks/twilio/");
    let of_mails = row.path.starts_with("/webhooks/sendgrid/inbound");
    let writes = row.method == HttpMethod::Put || row.access == Access::Token;
    let takes_json = row.body.is_some() && !row.path.starts_with("/webhooks/");
    let cases = [
        (asks, (400, "What is asked makes no sense")),
        (row.access != Access::Open, (401, "Whoever asks is not known")),
        (row.access == Access::Token || of_twilio, (403, "Whoever asks may not")),
        (
            at_a_place || row.body == Some("Task"),
            (404, "There is no such thing, or none that whoever asks may see"),
        ),
        (writes, (409, "It is in the way of something that is there")),
        // A mail that is too large is to come again.
        (row.body.is_some() && !of_mails, (413, "Too much of it")),
        (takes_json, (415, "The body is no JSON")),
        (row.path.starts_with("/emit/"), (429, "Too often; Retry-After says when")),
        (true, (500, "A fault of ours; repeating is safe")),
        (row.path != "/health", (503, "Not now; repeating is safe")),
    ];
    cases.into_iter().filter_map(|(may, failure)| may.then_some(failure)).collect()
}
