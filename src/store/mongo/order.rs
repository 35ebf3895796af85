//! Keys that lists are ordered by: an instant, then an id, in one text. So a page is one range of
//! one index, however many share an instant, and ids are in the order the domain has them in,
//! which is not BSON's where texts and ObjectIds meet.
use actors::domain::Timestamp;
use bson::{Document, doc};

/// The place of something in a list.
pub fn key(at: Timestamp, id: &str) -> String {
    format!("{}{id}", instant(at))
}

/// Sixteen digits that are in the order of instants, those before 1970 included.
fn instant(at: Timestamp) -> String {
    format!("{:016x}", at.0.cast_unsigned() ^ (1 << 63))
}

/// What a page holds that begins at a cut, which is not part of it itself: a condition on a key.
/// `None`: it begins at the end. A cut without id leaves its whole instant out.
pub fn after(cut: Option<(Timestamp, Option<&str>)>, falling: bool) -> Option<Document> {
    let (at, id) = cut?;
    Some(match (id, falling) {
        (Some(id), true) => doc! { "$lt": key(at, id) },
        (Some(id), false) => doc! { "$gt": key(at, id) },
        // No id is empty: the instant alone stands before all that share it.
        (None, true) => doc! { "$lt": instant(at) },
        (None, false) => doc! { "$gte": instant(Timestamp(at.0.saturating_add(1))) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_instants_and_then_of_ids() {
        let mut pairs = Vec::new();
        for at in [i64::MIN, -5, 0, 5, 1_700_000_000_000, i64::MAX] {
            for id in ["0123456789abcdef01234567", "m1", "m10", "m2", "ü"] {
                pairs.push((Timestamp(at), id));
            }
        }
        let keys: Vec<_> = pairs.iter().map(|(at, id)| key(*at, id)).collect();

        assert!(pairs.is_sorted() && keys.is_sorted());
    }
}
