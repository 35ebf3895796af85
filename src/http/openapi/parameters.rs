//! What stands in an address, by its name.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Object, Required};

use crate::custom_event::EventName;
use crate::http::push_tokens;

/// Longest id, in characters.
const MAX_ID: usize = 128;
/// Anything without a control character.
pub const PLAIN: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
/// Most rows of a page.
const MAX_LIMIT: usize = 100;

pub fn in_path(name: &str) -> Parameter {
    parameter(name, ParameterIn::Path, Required::True)
}

pub fn in_query(name: &str) -> Parameter {
    parameter(name, ParameterIn::Query, Required::False)
}

fn parameter(name: &str, place: ParameterIn, required: Required) -> Parameter {
    let schema = schema(name);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .schema(Some(schema))
        .build()
}

fn schema(name: &str) -> Object {
    let of = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    let plain = |most| of(Type::String).min_length(Some(1)).max_length(Some(most));
    match name {
        "is_new" => of(Type::String).enum_values(Some(["new", "existing"])).build(),
        "limit" => of(Type::Integer).minimum(Some(1)).maximum(Some(MAX_LIMIT as f64)).build(),
        "until" => of(Type::Integer).build(),
        "next" | "key" | "name" => of(Type::String).build(),
        "event" => plain(EventName::MAX_CHARS).build(),
        "token" => plain(push_tokens::MAX_BYTES).pattern(Some(PLAIN)).build(),
        _ => plain(MAX_ID).pattern(Some(PLAIN)).build(),
    }
}
