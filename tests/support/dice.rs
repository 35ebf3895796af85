//! Chance that can be repeated.

/// SplitMix64, by Steele, Lea and Flood (2014): small, and the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn flag(&mut self) -> bool {
        self.once_in(2)
    }

    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { Some(&of[self.below(of.len())]) }
    }

    /// Each of them or not.
    pub fn some_of<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.flag()).cloned().collect()
    }

    /// A text that stands nowhere by chance.
    pub fn unique(&mut self, kind: &str) -> String {
        format!("{kind}-{:016x}{:016x}", self.next(), self.next())
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for end in (1..all.len()).rev() {
            all.swap(end, self.below(end + 1));
        }
    }
}
