//! Everything somebody can ask: each list, filter, order and page size, each message, each way.
use serde_json::{Value, json};

use crate::support::Client;

const FILTERS: [&str; 6] = ["OPEN", "CLOSE", "SNOOZE", "UNREAD", "PRIORITY", "ARCHIVED"];

/// What is searched for: what messages and secrets of these tests hold, and who contacts are.
const WORDS: [&str; 6] = ["secret", "of", "the test", "hello", "i1carl", "carl"];

/// Far more pages than there are rows: a cursor that stands still is found.
const MOST_PAGES: usize = 1_000;

pub struct Transcript {
    /// Every answer, byte for byte, each after its question.
    pub text: String,
    /// The ids of the messages listed, by conversation as it was asked for.
    pub messages: Vec<Vec<String>>,
}

/// The whole view of one person, at these page sizes.
pub fn everything(of: &Client, channel: &str, places: &[&str], sizes: &[usize]) -> Transcript {
    let mut all = Transcript { text: String::new(), messages: Vec::new() };
    for filter in FILTERS.map(Some).into_iter().chain([None]) {
        for sort in ["NEWEST", "OLDEST"] {
            for limit in sizes {
                let mut ask = json!({ "channel_id": channel, "sort": sort, "limit": limit });
                if let Some(filter) = filter {
                    ask["filter"] = json!(filter);
                }
                all.pages(of, "prospect_list_conversation", &ask, "conversation");
            }
        }
    }
    for query in WORDS {
        for limit in sizes {
            let ask = json!({ "query": query, "limit": limit });
            all.pages(of, "prospect_search", &ask, "messages");
        }
    }
    for place in places {
        let here = json!({ "conversation_id": place });
        all.ask(of, "prospect_get_conversation_by_id", &here);
        let mut messages = Vec::new();
        for sort in ["DESC", "ASC"] {
            for limit in sizes {
                let mut ask = here.clone();
                (ask["sort"], ask["limit"]) = (json!(sort), json!(limit));
                messages = all.pages(of, "prospect_list_message", &ask, "messages");
                for id in messages.clone() {
                    ask["message_id"] = json!(id);
                    all.ask(of, "prospect_list_message_by_id", &ask);
                }
            }
        }
        all.messages.push(messages);
    }
    all
}

impl Transcript {
    fn ask(&mut self, of: &Client, event: &str, ask: &Value) -> Value {
        let answer = of.ask(event, ask.clone());
        self.text.push_str(&format!("{event} {ask}\n  {answer}\n"));
        answer
    }

    /// Every page of a list; gives the ids of its rows.
    fn pages(&mut self, of: &Client, event: &str, ask: &Value, rows: &str) -> Vec<String> {
        let (mut ask, mut ids) = (ask.clone(), Vec::new());
        for _ in 0..MOST_PAGES {
            let page = self.ask(of, event, &ask);
            let Some(rows) = page[rows].as_array() else { return ids };
            ids.extend(rows.iter().filter_map(|row| row["_id"].as_str()).map(str::to_owned));
            ask["next"] = page["paging"]["next"].clone();
            if ask["next"].is_null() {
                return ids;
            }
        }
        panic!("the pages of {event} have no end");
    }
}

/// Says where two transcripts part, and not all that they hold.
pub fn assert_same(before: &str, after: &str, what: &str) {
    let lines = before.lines().zip(after.lines());
    for (number, (one, other)) in lines.enumerate() {
        assert_eq!(one, other, "{what}, line {number}");
    }
    assert_eq!(before.lines().count(), after.lines().count(), "{what}");
}
