//! `startAfterDate`: where the page before ended, by the sort value of its last row.
//!
//! A row's sort value is its instant in milliseconds. Rows that share an instant with the row
//! behind them get a fraction: so many 1,024ths as there are rows of that instant up to here. A
//! client that sends back the number alone loses none of them; one that sends back the whole
//! `sort` of the row names the row besides.

use actors::domain::{ConversationId, Timestamp};
use actors::engine::Listed;
use actors::ports::{Sort, TeamCut};
use serde_json::{Number, Value, json};

use super::problem::Problem;
use super::query::Query;
use crate::time;

/// Steps between two milliseconds: exact in a double at any instant of ours.
const STEPS: f64 = 1_024.0;

pub struct Cursor {
    at: i64,
    /// Rows of that instant that came already.
    passed: usize,
    id: Option<ConversationId>,
}

impl Cursor {
    /// # Errors
    ///
    /// What was sent is no sort value. It is never passed over: a client would get the first page
    /// for ever.
    pub fn of(query: &Query) -> Result<Option<Self>, Problem> {
        let sent = query.list("startAfterDate");
        let wrong = || Problem::invalid("startAfterDate must be the sort value of a row");
        let (value, id) = match sent[..] {
            [] if query.all("startAfterDate").next().is_some() => return Err(wrong()),
            [] => return Ok(None),
            [value] => (value, None),
            [value, id] => (value, Some(ConversationId::parse(id).map_err(|_| wrong())?)),
            _ => return Err(wrong()),
        };
        let value = number(value).ok_or_else(wrong)?;
        let at = value.floor();
        let passed = ((value - at) * STEPS).round() as usize;
        Ok(Some(Self { at: at as i64, passed, id }))
    }

    /// Where to begin, and how many rows of the first instant to leave out then.
    pub fn cut(&self, sort: Sort) -> (TeamCut, usize) {
        let at = Timestamp(self.at);
        if self.id.is_some() || self.passed == 0 {
            return (TeamCut { at, id: self.id.clone() }, 0);
        }
        let beside = match sort {
            Sort::Newest => Timestamp(self.at + 1),
            Sort::Oldest => Timestamp(self.at - 1),
        };
        (TeamCut { at: beside, id: None }, self.passed)
    }

    /// Leaves out what came already.
    pub fn rest(&self, rows: Vec<Listed>, passed: usize) -> Vec<Listed> {
        let came = rows.iter().take(passed).take_while(|row| row.at.0 == self.at).count();
        rows.into_iter().skip(came).collect()
    }

    /// Sort values of a page that began here.
    pub fn values(cursor: Option<&Self>, rows: &[Listed]) -> Vec<f64> {
        let mut instant = cursor.map(|cursor| (cursor.at, cursor.passed));
        // After a row that was named, nobody knows how many of its instant came before it.
        let unknown = cursor.filter(|cursor| cursor.id.is_some()).map(|cursor| cursor.at);
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            let at = row.at.0;
            let before = instant.filter(|(same, _)| *same == at).map_or(0, |(_, before)| before);
            instant = Some((at, before + 1));
            let step = before + 1;
            let exact = row.tied && unknown != Some(at) && (step as f64) < STEPS;
            values.push(at as f64 + if exact { step as f64 / STEPS } else { 0.0 });
        }
        values
    }
}

/// A number, or an instant as a `Date` is written.
fn number(text: &str) -> Option<f64> {
    let number = match text.parse::<f64>() {
        Ok(number) => number,
        Err(_) => time::parse(text).ok()?.0 as f64,
    };
    (number.is_finite() && number.abs() < 9e15).then_some(number)
}

/// A sort value in JSON: whole unless it has to be otherwise.
pub fn in_json(value: f64) -> Value {
    if value.fract() == 0.0 {
        return json!(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &str) -> Option<Cursor> {
        Cursor::of(&Query::of(text)).unwrap()
    }

    #[test]
    fn every_wire_form_of_one_value_is_one_cursor() {
        for text in [
            "startAfterDate=1600854",
            "startAfterDate[]=1600854",
            "startAfterDate%5BstartAfterDate%5D=1600854",
            "startAfterDate=1600854.0",
            "startAfterDate=1970-01-01T00:26:40.854Z",
        ] {
            let (cut, passed) = cursor(text).unwrap().cut(Sort::Newest);
            assert_eq!((cut.at, cut.id, passed), (Timestamp(1_600_854), None, 0), "{text}");
        }
        let (cut, _) =
            cursor("startAfterDate[]=1600854&startAfterDate[]=c7").unwrap().cut(Sort::Newest);
        assert_eq!(cut.id, Some(ConversationId::parse("c7").unwrap()));
        assert!(cursor("limit=2").is_none());
    }

    #[test]
    fn what_is_no_sort_value_is_refused() {
        for text in [
            "startAfterDate=soon",
            "startAfterDate=1,2,3",
            "startAfterDate=inf",
            "startAfterDate=,",
        ] {
            assert!(Cursor::of(&Query::of(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_fraction_says_how_many_rows_of_the_instant_came_already() {
        let value = 1_700_000_000_000_f64 + 3.0 / STEPS;
        let text = format!("startAfterDate={}", in_json(value));

        let (cut, passed) = cursor(&text).unwrap().cut(Sort::Newest);

        assert_eq!((cut.at, cut.id, passed), (Timestamp(1_700_000_000_001), None, 3));
        assert_eq!(in_json(5.0).to_string(), "5");
    }
}
