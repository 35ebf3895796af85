//! What was read lately, each read once however many ask for it at a time.
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::time::Duration;

use actors::ports::Unavailable;
use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// Two keys that share a counter cost each other at most a second reading.
const COUNTERS: usize = 64;

/// What was read, and how often each was put meanwhile.
///
/// Someone may read an old value, then be overtaken by a put, and then come to keep it. A value
/// is therefore kept only if nothing was put since before it was read.
pub(super) struct Kept<K, V> {
    values: Cache<K, Arc<V>>,
    puts: [Mutex<u64>; COUNTERS],
    hasher: RandomState,
    /// What is being read now, by those who are in here.
    under_way: Mutex<HashMap<K, Arc<Reading<V>>>>,
}

/// One reading, for all who asked before something was put.
struct Reading<V> {
    before: u64,
    value: OnceCell<Option<Arc<V>>>,
}

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// At most so many `entries`; the one longest unused makes room.
    pub fn new(entries: u64, lifetime: Duration) -> Self {
        Self {
            values: Cache::builder().max_capacity(entries).time_to_live(lifetime).build(),
            puts: std::array::from_fn(|_| Mutex::new(0)),
            hasher: RandomState::new(),
            under_way: Mutex::default(),
        }
    }

    fn puts(&self, key: &K) -> &Mutex<u64> {
        &self.puts[self.hasher.hash_one(key) as usize % COUNTERS]
    }

    /// To be used before anything is put.
    pub fn begin_with(&self, key: K, value: V) {
        self.values.insert(key, Arc::new(value));
    }

    /// What does not exist is not remembered: it is often about to.
    pub async fn read(
        &self,
        key: &K,
        read: impl Future<Output = Result<Option<Arc<V>>, Unavailable>>,
    ) -> Result<Option<Arc<V>>, Unavailable> {
        if let Some(value) = self.values.get(key) {
            return Ok(Some(value));
        }
        let joined = self.join(key);
        // Who comes while somebody reads waits for that; if it fails, the next one tries.
        let value = joined.reading.value.get_or_try_init(|| read).await?.clone();
        if let Some(value) = &value {
            let puts = self.puts(key).lock();
            if *puts == joined.reading.before {
                self.values.insert(key.clone(), Arc::clone(value));
            }
        }
        Ok(value)
    }

    fn join<'a>(&'a self, key: &'a K) -> Joined<'a, K, V> {
        let now = *self.puts(key).lock();
        let mut under_way = self.under_way.lock();
        let reading = match under_way.get(key) {
            // One that began before the last put may read what was there before it.
            Some(reading) if reading.before == now => Arc::clone(reading),
            _ => {
                let reading = Arc::new(Reading { before: now, value: OnceCell::new() });
                under_way.insert(key.clone(), Arc::clone(&reading));
                reading
            }
        };
        drop(under_way);
        Joined { kept: self, key, reading }
    }

    /// Somebody else put it.
    pub fn forget(&self, key: &K) {
        let mut puts = self.puts(key).lock();
        *puts += 1;
        self.values.invalidate(key);
    }

    /// Forgets when the put is over, whatever came of it: a failed one may have been kept.
    ///
    /// The new value is not inserted, since of two puts at once we cannot tell which was last.
    pub async fn put<T>(&self, key: &K, put: impl Future<Output = T>) -> T {
        struct Forget<'a, K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static>(
            &'a Kept<K, V>,
            &'a K,
        );
        impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> Drop
            for Forget<'_, K, V>
        {
            fn drop(&mut self) {
                self.0.forget(self.1);
            }
        }
        // Also when the caller stops waiting.
        let _forget = Forget(self, key);
        put.await
    }
}

/// One of those who wait for a reading; the last to leave forgets it.
struct Joined<'a, K: Hash + Eq, V> {
    kept: &'a Kept<K, V>,
    key: &'a K,
    reading: Arc<Reading<V>>,
}

impl<K: Hash + Eq, V> Drop for Joined<'_, K, V> {
    fn drop(&mut self) {
        let mut under_way = self.kept.under_way.lock();
        let ours = under_way.get(self.key).is_some_and(|now| Arc::ptr_eq(now, &self.reading));
        // The map's and this one's own.
        if ours && Arc::strong_count(&self.reading) <= 2 {
            under_way.remove(self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use tokio::sync::oneshot;

    use super::*;

    fn kept() -> (Kept<u8, &'static str>, u8) {
        (Kept::new(100, Duration::from_secs(60)), 7)
    }

    async fn says(value: &'static str) -> Result<Option<Arc<&'static str>>, Unavailable> {
        Ok(Some(Arc::new(value)))
    }

    #[tokio::test]
    async fn what_was_read_is_not_asked_for_again() {
        let (kept, key) = kept();

        kept.read(&key, says("first")).await.unwrap();

        assert_eq!(**kept.read(&key, says("second")).await.unwrap().unwrap(), *"first");
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cost_one_reading_and_leave_nothing_behind() {
        let (kept, key) = kept();
        let asked = Mutex::new(0);

        let ask = || {
            kept.read(&key, async {
                *asked.lock() += 1;
                tokio::task::yield_now().await;
                Ok(None)
            })
        };
        join_all((0..100).map(|_| ask())).await;

        assert_eq!(*asked.lock(), 1);
        assert!(kept.under_way.lock().is_empty());
    }

    #[tokio::test]
    async fn a_failed_reading_fails_for_its_reader_only() {
        let (kept, key) = kept();
        let (fail, failing) = oneshot::channel::<()>();
        let fails = async {
            let error = failing.await.unwrap_err();
            Err(Unavailable::new("reading", error))
        };

        let (first, second, ()) =
            tokio::join!(kept.read(&key, fails), kept.read(&key, says("there")), async {
                drop(fail)
            });

        assert!(first.is_err());
        assert_eq!(**second.unwrap().unwrap(), *"there");
    }

    #[tokio::test]
    async fn a_reader_overtaken_by_a_put_does_not_keep_what_it_read() {
        let (kept, key) = kept();
        let (release, wait) = oneshot::channel();
        let mut slow = Box::pin(kept.read(&key, async {
            wait.await.unwrap();
            says("old").await
        }));
        assert!(slow.as_mut().now_or_never().is_none());

        kept.put(&key, async {}).await;
        assert_eq!(**kept.read(&key, says("new")).await.unwrap().unwrap(), *"new");
        release.send(()).unwrap();

        assert_eq!(**slow.await.unwrap().unwrap(), *"old", "it asked before the put");
        assert_eq!(**kept.read(&key, says("newer")).await.unwrap().unwrap(), *"new");
    }

    #[tokio::test]
    async fn a_put_whose_caller_stopped_waiting_makes_forgotten_too() {
        let (kept, key) = kept();
        kept.read(&key, says("old")).await.unwrap();

        assert!(kept.put(&key, std::future::pending::<()>()).now_or_never().is_none());

        assert_eq!(**kept.read(&key, says("new")).await.unwrap().unwrap(), *"new");
    }
}
