//! What Linux says of a process, and where it may run.
use std::fs;
use std::process::Command;
use std::time::Duration;

/// A program that runs on this core only.
pub fn pinned(core: Option<usize>, program: &str) -> Command {
    let Some(core) = core else { return Command::new(program) };
    let mut command = Command::new("/usr/bin/taskset");
    command.args(["-c", &core.to_string(), program]);
    command
}

/// This process, too. Before it starts threads.
pub fn pin_here(core: usize) {
    let (core, me) = (core.to_string(), std::process::id().to_string());
    let pinned = Command::new("taskset").args(["-cp", &core, &me]).output();
    assert!(pinned.is_ok_and(|output| output.status.success()), "cannot run on core {core}");
}

/// Processor time that all threads of a process have used, by the scheduler's own count.
pub fn cpu(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("a process that runs");
    let used = tasks.flatten().map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|used| used.parse().ok()).unwrap_or(0)
    });
    Duration::from_nanos(used.sum())
}

/// Memory in use, in KiB.
pub fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
