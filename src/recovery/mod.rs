//! What a session comes back with: where it was (offset) and who it was (pid), sealed.
mod offset;
mod pid;
mod resume;

pub use offset::Offsets;
pub use pid::{Pid, Pids};
pub use resume::Recovery;
