use std::sync::Arc;

use actors::domain::{Position, UserId};

use crate::seal::{Purpose, Seal};

/// Who may recover, and from where at the earliest. Holds everything itself, so that it is good
/// on any node and after any restart, and nothing has to be kept for clients that never return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pid {
    pub user: UserId,
    /// Everything up to here was in the store when the connection began.
    pub began: Position,
}

pub struct Pids(pub Arc<Seal>);

impl Pids {
    pub fn seal(&self, pid: &Pid) -> String {
        let mut content = pid.began.0.to_be_bytes().to_vec();
        content.extend_from_slice(pid.user.as_str().as_bytes());
        self.0.seal(Purpose::Pid, &content)
    }

    pub fn open(&self, text: &str) -> Option<Pid> {
        let content = self.0.open(Purpose::Pid, text)?;
        let (began, user) = content.split_first_chunk::<8>()?;
        let user = UserId::parse(std::str::from_utf8(user).ok()?).ok()?;
        Some(Pid { user, began: Position(u64::from_be_bytes(*began)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_is_read_back_and_a_foreign_one_is_not() {
        let pids = |key| Pids(Arc::new(Seal::new(&[key; 32])));
        let pid = Pid { user: UserId::parse("ana").unwrap(), began: Position(7) };

        assert_eq!(pids(1).open(&pids(1).seal(&pid)), Some(pid.clone()));
        assert_eq!(pids(2).open(&pids(1).seal(&pid)), None);
    }
}
