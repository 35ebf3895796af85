//! What a contact's words say about being written to.
//!
//! Two rules meet here. Carriers act on a message that is one keyword and nothing else: those are
//! certain. The FCC counts every reasonable way of saying it (47 CFR 64.1200(a)(10)): such
//! messages are flagged for a person, since a machine that is wrong either way does harm.

/// One thing that was said about being written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentWord {
    OptOut,
    OptIn,
    Help,
    /// It reads like an opt-out; a person has to decide.
    Doubtful,
}

impl ConsentWord {
    const ALL: [Self; 4] = [Self::OptOut, Self::OptIn, Self::Help, Self::Doubtful];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Help => "help",
            Self::Doubtful => "doubtful",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.as_str() == text)
    }

    /// Whether it says yes or no, of which the latest counts.
    pub fn decides(self) -> bool {
        matches!(self, Self::OptIn | Self::OptOut)
    }
}

/// How the words came, since "yes" alone means something else in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// A text message: the carriers' keywords hold.
    Text,
    /// A mail: only what takes consent away is taken at its word.
    Mail,
}

const STOP: &[&str] =
    &["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"];
const START: &[&str] = &["start", "yes", "unstop"];
const HELP: &[&str] = &["help", "info"];

/// Words that take a message of no more than [`SHORT`] words into doubt, wherever they stand.
const IN_SHORT: &[&str] =
    &["stop", "stopall", "quit", "revoke", "optout", "cancel", "basta", "alto", "arret"];
const SHORT: usize = 4;

/// Phrases that take a message of any length into doubt.
const PHRASES: &[&str] = &[
    "unsubscribe",
    "opt out",
    "opt me out",
    "opting out",
    "remove me",
    "remove my",
    "take me off",
    "leave me alone",
    "lose my number",
    "delete my number",
    "wrong number",
    "no more texts",
    "no more messages",
    "no more emails",
    "no more calls",
    "revoke my consent",
    "withdraw my consent",
];

/// `stop …` or `do not …`, followed by one of these.
const FORBIDDING: &[&str] = &["stop", "quit", "do not", "dont", "don t", "never"];
const FORBIDDEN: &[&str] = &[
    "texting",
    "text",
    "messaging",
    "message",
    "messages",
    "contacting",
    "contact",
    "calling",
    "call",
    "emailing",
    "email",
    "mailing",
    "mail",
    "sending",
    "send",
    "writing",
    "write",
    "bothering",
    "spamming",
    "texts",
    "emails",
    "sms",
];

/// Words that are read; an opt-out does not begin after a page.
const MOST_WORDS: usize = 400;

/// What a message says about being written to; `None` for nearly all of them.
///
/// As carriers do, one keyword alone is certain, whatever its case; marks around it are passed
/// over, because "STOP!" takes consent away just as well.
pub fn read(text: &str, wording: Wording) -> Option<ConsentWord> {
    let said = words(text);
    let is = |list: &[&str]| list.contains(&said.trim());
    if is(STOP) {
        return Some(ConsentWord::OptOut);
    }
    if wording == Wording::Text && is(START) {
        return Some(ConsentWord::OptIn);
    }
    if wording == Wording::Text && is(HELP) {
        return Some(ConsentWord::Help);
    }
    doubtful(&said).then_some(ConsentWord::Doubtful)
}

/// What a provider's own opt-out handling says it took a message for; it wins over the words.
pub fn told_by_provider(word: &str) -> Option<ConsentWord> {
    match word.to_ascii_uppercase().as_str() {
        "STOP" => Some(ConsentWord::OptOut),
        "START" => Some(ConsentWord::OptIn),
        "HELP" => Some(ConsentWord::Help),
        _ => None,
    }
}

fn doubtful(said: &str) -> bool {
    if PHRASES.iter().any(|phrase| behind(said, phrase).next().is_some()) {
        return true;
    }
    let is_short = said.split_whitespace().nth(SHORT).is_none();
    if is_short && said.split_whitespace().any(|word| IN_SHORT.contains(&word)) {
        return true;
    }
    // "please stop texting me", "do not ever call", but not "I will call before I stop by".
    FORBIDDING.iter().any(|forbidding| {
        behind(said, forbidding)
            .any(|rest| rest.split_whitespace().take(2).any(|word| FORBIDDEN.contains(&word)))
    })
}

/// What follows a phrase, wherever it stands.
fn behind<'a>(said: &'a str, phrase: &'a str) -> impl Iterator<Item = &'a str> {
    said.match_indices(phrase).filter_map(move |(at, found)| {
        let rest = &said[at + found.len()..];
        (said[..at].ends_with(' ') && rest.starts_with(' ')).then_some(rest)
    })
}

/// Lower case, without marks, a space around each word: `Don't!` is ` don t `.
fn words(text: &str) -> String {
    let mut said = String::with_capacity(text.len() + 2);
    said.push(' ');
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words.take(MOST_WORDS) {
        said.extend(word.chars().flat_map(char::to_lowercase));
        said.push(' ');
    }
    said
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Option<ConsentWord> {
        read(text, Wording::Text)
    }

    #[test]
    fn one_keyword_alone_is_certain() {
        for word in [
            "STOP",
            "stop",
            " Stop ",
            "STOP!",
            "\"stop\".",
            "STOPALL",
            "Unsubscribe",
            "CANCEL",
            "End",
            "QUIT",
            "REVOKE",
            "OPTOUT",
            "opt out",
            "Opt-Out",
        ] {
            assert_eq!(text(word), Some(ConsentWord::OptOut), "{word}");
            assert_eq!(read(word, Wording::Mail), Some(ConsentWord::OptOut), "{word}");
        }
        for word in ["START", "yes", "Unstop"] {
            assert_eq!(text(word), Some(ConsentWord::OptIn), "{word}");
            assert_eq!(read(word, Wording::Mail), None, "{word} in a mail is an answer");
        }
        for word in ["HELP", "info?"] {
            assert_eq!(text(word), Some(ConsentWord::Help), "{word}");
        }
    }

    #[test]
    fn other_ways_of_saying_it_wait_for_a_person() {
        for words in [
            "STOP PLEASE",
            "please stop texting me",
            "Please stop sending me these messages!",
            "do not contact me again",
            "Don't text me",
            "dont ever call me",
            "take me off your list, thanks",
            "I'd like to unsubscribe from this",
            "Remove me.",
            "Sorry, wrong number",
            "STOP STOP STOP",
            "i revoke my consent to be texted, in any form, now and for ever",
        ] {
            assert_eq!(text(words), Some(ConsentWord::Doubtful), "{words}");
        }
    }

    #[test]
    fn talk_that_only_sounds_like_it_is_let_pass() {
        for words in [
            "",
            "👍",
            "yes please, Tuesday works",
            "I will call before I stop by tomorrow",
            "The weekend is fine, help yourself to a date",
            "Can you send more information about the end date of the offer?",
            "We get off at the last stop of the line and walk to the house",
            "stopping by at noon",
        ] {
            assert_eq!(text(words), None, "{words}");
        }
    }

    #[test]
    fn what_the_provider_took_it_for_is_read_in_any_case() {
        assert_eq!(told_by_provider("STOP"), Some(ConsentWord::OptOut));
        assert_eq!(told_by_provider("start"), Some(ConsentWord::OptIn));
        assert_eq!(told_by_provider("HELP"), Some(ConsentWord::Help));
        assert_eq!(told_by_provider(""), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(words in ".*") {
            let _ = read(&words, Wording::Text);
            let _ = read(&words, Wording::Mail);
        }

        #[test]
        fn marks_and_case_around_a_keyword_change_nothing(
            word in proptest::sample::select(STOP),
            before in "[ .,!\"'*-]{0,4}",
            after in "[ .,!\"'*-]{0,4}",
            upper in any::<bool>(),
        ) {
            let word = if upper { word.to_uppercase() } else { word.to_owned() };

            prop_assert_eq!(text(&format!("{before}{word}{after}")), Some(ConsentWord::OptOut));
        }
    }
}
