//! What becomes of a push that was tried on every device of a user.

use std::time::Duration;

use actors::domain::PushReason;

use super::NotCarried;

/// Times the provider is called for one push before it is given up.
const ATTEMPTS: u32 = 8;
/// A push that is older than this is given up: what was news then is none.
const AGE: Duration = Duration::from_secs(60 * 60);
/// Waits between attempts: twice as long each time, from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Settled(PushReason),
    /// To be tried again after this long on the devices that do not have it.
    Later(Duration),
}

/// `attempts` counts the one that ended so; `reached_before` says whether an earlier one reached
/// a device, or perhaps did.
pub(super) fn ending(
    outcomes: &[Result<(), NotCarried>],
    reached_before: bool,
    attempts: u32,
    age: Duration,
) -> Ending {
    let mut wait = None;
    for outcome in outcomes {
        if let Err(NotCarried::NotNow(_, asked)) = outcome {
            let doubled = FIRST_WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(16));
            let longest = asked.unwrap_or_default().max(doubled.min(LONGEST_WAIT));
            wait = wait.max(Some(longest));
        }
    }
    if let Some(wait) = wait
        && attempts < ATTEMPTS
        && age.saturating_add(wait) < AGE
    {
        return Ending::Later(wait);
    }
    let gone = |outcome: &Result<(), NotCarried>| *outcome == Err(NotCarried::Gone);
    let perhaps = |outcome: &Result<(), NotCarried>| matches!(outcome, Err(NotCarried::Unknown(_)));
    Ending::Settled(if reached_before || outcomes.iter().any(Result::is_ok) {
        PushReason::Sent
    } else if outcomes.iter().any(perhaps) {
        PushReason::PerhapsSent
    } else if outcomes.iter().all(gone) {
        PushReason::TokenDead
    } else {
        PushReason::ProviderError
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Duration = Duration::ZERO;

    fn not_now(seconds: Option<u64>) -> Result<(), NotCarried> {
        Err(NotCarried::NotNow("503".into(), seconds.map(Duration::from_secs)))
    }

    #[test]
    fn one_device_that_has_it_is_enough() {
        let gone = Err(NotCarried::Gone);
        let refused = Err(NotCarried::Refused("400".into()));

        let sent = Ending::Settled(PushReason::Sent);
        assert_eq!(ending(&[gone.clone(), Ok(())], false, 1, NEW), sent);
        assert_eq!(ending(std::slice::from_ref(&gone), true, 2, NEW), sent);
        let unanswered = Err(NotCarried::Unknown("no answer in time".into()));
        assert_eq!(ending(&[unanswered.clone(), Ok(())], false, 1, NEW), sent);
        assert_eq!(
            ending(&[gone.clone(), unanswered], false, 1, NEW),
            Ending::Settled(PushReason::PerhapsSent)
        );
        assert_eq!(
            ending(&[gone.clone(), gone.clone()], false, 1, NEW),
            Ending::Settled(PushReason::TokenDead)
        );
        assert_eq!(
            ending(&[gone, refused], false, 1, NEW),
            Ending::Settled(PushReason::ProviderError)
        );
    }

    #[test]
    fn a_device_that_was_not_reached_now_is_tried_again_after_longer_and_longer() {
        let waits: Vec<_> =
            (1..=3).map(|n| ending(&[Ok(()), not_now(None)], false, n, NEW)).collect();

        assert_eq!(waits, [500, 1000, 2000].map(|ms| Ending::Later(Duration::from_millis(ms))));
        assert_eq!(
            ending(&[not_now(Some(60))], false, 1, NEW),
            Ending::Later(Duration::from_secs(60)),
            "the provider said how long"
        );
    }

    #[test]
    fn it_is_given_up_after_too_many_attempts_or_when_it_is_no_news_any_more() {
        let given_up = Ending::Settled(PushReason::ProviderError);

        assert_eq!(ending(&[not_now(None)], false, ATTEMPTS, NEW), given_up);
        assert_eq!(ending(&[not_now(None)], false, 1, AGE), given_up);
        assert_eq!(ending(&[not_now(Some(u64::MAX))], false, 1, NEW), given_up);
    }
}
