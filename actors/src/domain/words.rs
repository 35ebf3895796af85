/// Longest word that is told from others, in characters; what is longer is as good as its beginning.
const MAX_CHARS: usize = 40;

/// What is searched for: everything that holds all of these words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Most words that count; what is said behind them narrows nothing.
    pub const MOST: usize = 8;

    /// `None`: there is no word in it.
    pub fn of(text: &str) -> Option<Self> {
        let mut words: Vec<String> = Vec::new();
        for word in words_of(text) {
            if words.len() < Self::MOST && !words.contains(&word) {
                words.push(word);
            }
        }
        (!words.is_empty()).then_some(Self(words))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a text holds all of them as whole words. Stores agree with it.
    pub fn hold_in(&self, text: &str) -> bool {
        self.0.iter().all(|wanted| words_of(text).any(|word| word == *wanted))
    }

    /// The same, where the beginning of a word is enough.
    pub fn begin_in(&self, text: &str) -> bool {
        let beginnings = self.beginnings();
        match beginnings.is_empty() {
            true => self.hold_in(text),
            false => {
                beginnings.iter().all(|wanted| words_of(text).any(|word| word.starts_with(wanted)))
            }
        }
    }

    /// The words that narrow where a beginning is enough: single characters begin too much, and
    /// count only where there is nothing else, as whole words.
    pub fn beginnings(&self) -> Vec<&str> {
        self.iter().filter(|word| word.chars().nth(1).is_some()).collect()
    }
}

/// A text as it is searched: letters and digits in lower case, without what stands on them.
pub fn words_of(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(|word| word.chars().flat_map(char::to_lowercase).map(plain).take(MAX_CHARS).collect())
}

/// What a telephone number is found by: every end of it of four digits or more, so that it is found
/// by its beginning, its middle and its end, with or without the code of the country.
pub fn ends_of_number(number: &str) -> impl Iterator<Item = String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).take(MAX_CHARS).collect();
    let last = digits.len().saturating_sub(3);
    (0..last).map(move |at| digits[at..].to_owned())
}

/// A Latin letter without its mark; people leave them out when they search.
fn plain(letter: char) -> char {
    const MARKED: &[(char, &str)] = &[
        ('a', "àáâãäåāăą"),
        ('c', "çćĉċč"),
        ('d', "ďđ"),
        ('e', "èéêëēĕėęě"),
        ('g', "ĝğġģ"),
        ('h', "ĥħ"),
        ('i', "ìíîïĩīĭįı"),
        ('j', "ĵ"),
        ('k', "ķ"),
        ('l', "ĺļľŀł"),
        ('n', "ñńņňŉ"),
        ('o', "òóôõöøōŏő"),
        ('r', "ŕŗř"),
        ('s', "śŝşšș"),
        ('t', "ţťŧț"),
        ('u', "ùúûüũūŭůűų"),
        ('w', "ŵ"),
        ('y', "ýÿŷ"),
        ('z', "źżž"),
    ];
    if letter.is_ascii() {
        return letter;
    }
    let marked = MARKED.iter().find(|(_, marked)| marked.contains(letter));
    marked.map_or(letter, |(plain, _)| *plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        words_of(text).collect()
    }

    #[test]
    fn a_text_is_its_letters_and_digits_in_lower_case_without_marks() {
        assert_eq!(words("Grüße, José! joe@x.io"), ["gruße", "jose", "joe", "x", "io"]);
        assert_eq!(words("Łódź 2026"), ["lodz", "2026"]);
        assert_eq!(words("—…!"), [""; 0]);
        assert_eq!(words(&"x".repeat(100)), ["x".repeat(MAX_CHARS)]);
    }

    #[test]
    fn all_words_have_to_be_there_and_their_order_does_not_matter() {
        let wanted = Words::of("Plans JOSÉ plans").unwrap();

        assert!(wanted.hold_in("jose made plans"));
        assert!(!wanted.hold_in("jose plansf"));
        assert!(wanted.begin_in("josephine plansf"));
        assert!(Words::of("+1 jo").unwrap().begin_in("jose"));
        assert!(!Words::of("j").unwrap().begin_in("jose"), "one letter begins too much");
        assert_eq!(Words::of(" ,"), None);
        assert_eq!(Words::of("a b c d e f g h i j").unwrap().iter().count(), Words::MOST);
    }

    #[test]
    fn a_number_is_found_by_every_end_of_it() {
        let ends: Vec<_> = ends_of_number("+1 202 555").collect();
        assert_eq!(ends, ["1202555", "202555", "02555", "2555"]);
        assert_eq!(ends_of_number("123").count(), 0);
    }
}
