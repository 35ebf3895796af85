//! Single values between columns and the domain. What does not parse is an error, never a panic.
use std::error::Error;

use actors::domain::{Activity, Json, MessageId, Position, Seq, Snooze, Timestamp, UserId};
use rusqlite::types::Type;
use rusqlite::{Result, Row};
use serde_json::value::RawValue;

/// A snooze that ends with the next incoming message sorts after every other.
const UNTIL_NEXT_INCOMING: i64 = i64::MAX;

#[derive(Debug, thiserror::Error)]
#[error("value in the database makes no sense")]
pub struct Senseless;

fn broken(column: usize, error: impl Into<Box<dyn Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

/// A text that is parsed.
pub fn parsed<T, E>(row: &Row, column: usize, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let text = row.get_ref(column)?.as_str().map_err(|error| broken(column, error))?;
    parse(text).map_err(|error| broken(column, error))
}

/// A text that is parsed, unless there is none.
pub fn parsed_option<T, E>(
    row: &Row,
    column: usize,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let text = row.get_ref(column)?.as_str_or_null().map_err(|error| broken(column, error))?;
    text.map(parse).transpose().map_err(|error| broken(column, error))
}

/// A word of a fixed list.
pub fn word<T>(parse: impl FnOnce(&str) -> Option<T>) -> impl FnOnce(&str) -> Result<T, Senseless> {
    |text| parse(text).ok_or(Senseless)
}

/// A number that is never negative.
pub fn number(row: &Row, column: usize) -> Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|error| broken(column, error))
}

/// What the domain counts in `u64` never comes near the end of an `i64`.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub fn seq(row: &Row, column: usize) -> Result<Seq> {
    number(row, column).map(Seq)
}

pub fn position(row: &Row, column: usize) -> Result<Position> {
    number(row, column).map(Position)
}

pub fn timestamp(row: &Row, column: usize) -> Result<Timestamp> {
    row.get(column).map(Timestamp)
}

pub fn json(row: &Row, column: usize) -> Result<Json> {
    parsed(row, column, |text| Ok::<_, Senseless>(Json::from_valid(text)))
}

pub fn message_id(row: &Row, column: usize) -> Result<MessageId> {
    parsed(row, column, MessageId::parse)
}

pub fn user_id(row: &Row, column: usize) -> Result<UserId> {
    parsed(row, column, UserId::parse)
}

/// Two columns, both set or both unset.
pub fn activity(row: &Row, at: usize, message: usize) -> Result<Option<Activity>> {
    let Some(id) = parsed_option(row, message, MessageId::parse)? else { return Ok(None) };
    Ok(Some(Activity { at: timestamp(row, at)?, message: id }))
}

pub fn snooze(row: &Row, column: usize) -> Result<Option<Snooze>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|end| match end {
        UNTIL_NEXT_INCOMING => Snooze::UntilNextIncoming,
        end => Snooze::Until(Timestamp(end)),
    }))
}

pub fn snooze_column(snooze: Option<Snooze>) -> Option<i64> {
    snooze.map(|snooze| match snooze {
        Snooze::UntilNextIncoming => UNTIL_NEXT_INCOMING,
        Snooze::Until(end) => end.0,
    })
}

/// A JSON array of texts that are parsed.
pub fn texts<T, E>(row: &Row, column: usize, parse: impl Fn(&str) -> Result<T, E>) -> Result<Vec<T>>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let texts: Vec<String> = array(row, column, |text| serde_json::from_str(text))?;
    texts.iter().map(|text| parse(text).map_err(|error| broken(column, error))).collect()
}

pub fn texts_column<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}

/// A JSON array whose elements we only carry.
pub fn jsons(row: &Row, column: usize) -> Result<Vec<Json>> {
    array(row, column, |text| {
        let values: Vec<&RawValue> = serde_json::from_str(text)?;
        Ok(values.into_iter().map(|value| Json::from_valid(value.get())).collect())
    })
}

/// The parser's own error would repeat what it found.
fn array<T>(
    row: &Row,
    column: usize,
    parse: impl FnOnce(&str) -> serde_json::Result<Vec<T>>,
) -> Result<Vec<T>> {
    parsed(row, column, |text| parse(text).map_err(|_| Senseless))
}

pub fn jsons_column(values: &[Json]) -> String {
    let values: Vec<_> = values.iter().map(Json::as_str).collect();
    format!("[{}]", values.join(","))
}
