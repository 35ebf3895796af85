use ammonia::Builder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, PartType};

/// Longest text that is shown, in bytes; what is longer goes along as a file.
const MAX_TEXT_BYTES: usize = 100_000;
/// Longest HTML that is kept, in bytes, before and after it is cleaned; the text is there anyway.
const MAX_HTML_BYTES: usize = 256_000;
/// Deepest nesting that is cleaned: the parser looks through all open elements at each new one, so
/// that depth costs its square. Newsletters nest some dozens of tables.
const MAX_DEPTH: usize = 256;
/// Elements that stay open by being left so, and close by themselves.
const CLOSE_THEMSELVES: &[&str] = &[
    "p", "li", "td", "th", "tr", "dd", "dt", "option", "br", "img", "hr", "meta", "input", "link",
    "col", "area", "wbr", "source",
];

/// What a mail says, as text, and as HTML that does no harm.
pub struct Body {
    pub text: String,
    pub html: Option<String>,
    /// The whole text, where it is longer than what is shown.
    pub whole: Option<String>,
}

impl Body {
    pub fn of(text: Option<String>, html: Option<String>) -> Self {
        let text = text.filter(|text| !text.trim().is_empty());
        let text = text.or_else(|| html.as_deref().map(html_to_text)).unwrap_or_default();
        let html = html
            .filter(|html| html.len() <= MAX_HTML_BYTES && is_shallow(html))
            .map(|html| clean(&html).trim().to_owned())
            .filter(|html| !html.is_empty() && html.len() <= MAX_HTML_BYTES);
        let text = text.replace("\r\n", "\n").replace('\0', "");
        let text = text.trim();
        if text.len() <= MAX_TEXT_BYTES {
            return Self { text: text.to_owned(), html, whole: None };
        }
        let shown = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
        Self { text: format!("{shown}\n…"), html, whole: Some(text.to_owned()) }
    }

    pub fn of_mail(mail: &Message<'_>) -> Self {
        let texts = mail.text_bodies().filter_map(|part| match &part.body {
            PartType::Text(text) => Some(text.to_string()),
            PartType::Html(html) => Some(html_to_text(html)),
            _ => None,
        });
        let htmls = mail.html_bodies().filter_map(|part| match &part.body {
            PartType::Html(html) => Some(html.to_string()),
            _ => None,
        });
        let joined = |parts: Vec<String>| (!parts.is_empty()).then(|| parts.join("\n"));
        Self::of(joined(texts.collect()), joined(htmls.collect()))
    }
}

/// No scripts, no forms, no frames; a link opens apart and does not say where it stood.
fn clean(html: &str) -> String {
    Builder::default().clean(html).to_string()
}

/// Whether no more than [`MAX_DEPTH`] elements can be open at once.
fn is_shallow(html: &str) -> bool {
    let mut depth = 0_usize;
    for tag in html.split('<').skip(1) {
        let closes = tag.starts_with('/');
        let name = tag.trim_start_matches('/');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = name[..end].to_ascii_lowercase();
        if name.is_empty() || CLOSE_THEMSELVES.contains(&name.as_str()) {
            continue;
        }
        depth = if closes { depth.saturating_sub(1) } else { depth + 1 };
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(html: &str) -> Body {
        Body::of(None, Some(html.to_owned()))
    }

    #[test]
    fn a_mail_of_nothing_but_html_is_read_as_text() {
        let body = html("<p>Hello <b>there</b>,</p><p>it &amp; I</p>");

        assert_eq!(body.text, "Hello there,\nit & I");
        assert_eq!(body.html.as_deref(), Some("<p>Hello <b>there</b>,</p><p>it &amp; I</p>"));
    }

    #[test]
    fn what_a_browser_would_run_is_gone() {
        for evil in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<iframe src=https://evil.example></iframe>",
            "<svg><script>alert(1)</script></svg>",
            "<form action=https://evil.example><input name=x></form>",
        ] {
            let clean = html(evil).html.unwrap_or_default();

            for word in ["alert", "javascript", "iframe", "form", "onerror"] {
                assert!(!clean.contains(word), "{evil} left {clean}");
            }
        }
    }

    #[test]
    fn a_text_too_long_to_show_is_cut_between_letters_and_kept_whole() {
        let long = "é".repeat(MAX_TEXT_BYTES);

        let body = Body::of(Some(long.clone()), None);

        assert!(body.text.len() < MAX_TEXT_BYTES + 8 && body.text.ends_with('…'));
        assert_eq!(body.whole, Some(long));
    }

    #[test]
    fn html_too_deep_to_clean_is_read_as_text_alone() {
        let nested =
            |depth: usize| html(&format!("{}x{}", "<div>".repeat(depth), "<p>y<br>".repeat(999)));

        assert!(nested(MAX_DEPTH).html.is_some());
        assert_eq!(nested(MAX_DEPTH + 1).html, None);
        assert!(nested(MAX_DEPTH + 1).text.starts_with('x'));
    }
}
