use crate::domain::Timestamp;

/// The only source of the present.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}
