use parking_lot::Mutex;

use super::Kept;

/// Delivered requests that the journal has yet to delete. As many as the feed may hold, plus those
/// of commits that failed.
#[derive(Default)]
pub(super) struct Done(Mutex<Vec<Kept>>);

/// Some of them, about to be deleted. Dropped without [`Taken::committed`] (the commit failed, or
/// nobody waited for it any more) they go back: to delete twice does no harm, to lose one would
/// leave it on disk.
pub(super) struct Taken<'a> {
    from: &'a Done,
    ids: Vec<Kept>,
}

impl Done {
    pub fn add(&self, id: Kept) {
        self.0.lock().push(id);
    }

    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    pub fn take(&self, limit: usize) -> Taken<'_> {
        let mut all = self.0.lock();
        let rest = all.len().saturating_sub(limit);
        Taken { from: self, ids: all.split_off(rest) }
    }
}

impl Taken<'_> {
    pub fn ids(&self) -> &[Kept] {
        &self.ids
    }

    pub fn committed(mut self) {
        self.ids.clear();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.from.0.lock().append(&mut self.ids);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_commit_was_to_delete_is_still_to_be_deleted() {
        let done = Done::default();
        (1..=3).for_each(|id| done.add(Kept(id)));

        drop(done.take(2));
        assert_eq!(done.len(), 3);
        let taken = done.take(2);
        assert_eq!((taken.ids().len(), done.len()), (2, 1));
        taken.committed();

        assert_eq!(done.len(), 1);
    }
}
