use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// A tenth less processor time for a message than with the system's, SQLite's share included:
/// `docs/PERFORMANCE.md`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    switchboard::cli::run()
}
