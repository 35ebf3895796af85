use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A tenth less processor time for a message than with the system's: `docs/PERFORMANCE.md`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    switchboard::cli::run()
}
