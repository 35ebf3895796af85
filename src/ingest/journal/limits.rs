/// How much the journal holds. Whoever comes when it is full is told to come again (503).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows and bytes in all. At the limit nothing more is taken in, from anybody.
    pub rows: u64,
    pub bytes: u64,
    /// Of those, in the quarantine. At the limit no more doubtful requests are taken in: the
    /// oldest stay, or a flood of forgeries would wash away what an operator has yet to see.
    /// Genuine requests go on, and those of them that prove unreadable still find room.
    pub quarantined_rows: u64,
    pub quarantined_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            rows: 1_000_000,
            bytes: 4096 * MIB,
            quarantined_rows: 10_000,
            quarantined_bytes: 256 * MIB,
        }
    }
}
