use std::fmt;
use std::sync::Arc;

/// Position of a message in its conversation. The first is 1; there are no gaps.
///
/// Never sent to a client: a gap in what someone may see would betray a note they may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Where in the order of all commits something was committed. Rising, not dense.
///
/// Leaves the engine only sealed (an offset), since its steps would betray hidden notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// Whole milliseconds since 1970-01-01T00:00:00Z. Finer digits would break cursors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A JSON value that somebody else validated and we only carry.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// `text` must be one valid JSON value; who calls this has parsed it.
    pub fn from_valid(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    /// Content may be personal, so only its size shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.0.len())
    }
}

/// A client's own name for a message it writes: any text of 1 to 128 characters, RFC 4122 or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uuid(Arc<str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("UUID has to be a text of 1 to {max} characters", max = Uuid::MAX_CHARS)]
pub struct UuidError;

impl Uuid {
    pub const MAX_CHARS: usize = 128;

    /// # Errors
    ///
    /// [`UuidError`] when the text is empty or too long.
    pub fn parse(text: &str) -> Result<Self, UuidError> {
        if text.is_empty() || text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(UuidError);
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
