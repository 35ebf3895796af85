//! Looks through what people were sent for what they may not have been.
use std::collections::BTreeSet;

/// A note as the tests wrote it, and who may know of it while they take part.
pub struct Secret {
    pub place: usize,
    /// Each of them stands nowhere else: text, UUID, id.
    pub traces: [String; 3],
    pub audience: BTreeSet<&'static str>,
    pub by: &'static str,
    pub mentions: Vec<&'static str>,
}

impl Secret {
    pub fn text(&self) -> &str {
        &self.traces[0]
    }

    pub fn uuid(&self) -> &str {
        &self.traces[1]
    }

    pub fn id(&self) -> &str {
        &self.traces[2]
    }

    /// # Panics
    ///
    /// When these bytes hold anything of it.
    pub fn assert_absent(&self, bytes: &str, from: &str) {
        for trace in &self.traces {
            let Some(at) = bytes.find(trace.as_str()) else { continue };
            let start = (0..=at.saturating_sub(400)).rev().find(|at| bytes.is_char_boundary(*at));
            let found = &bytes[start.unwrap_or(0)..at + trace.len()];
            panic!("{from} holds {trace:?}, a note for {:?}: …{found}", self.audience);
        }
    }
}
