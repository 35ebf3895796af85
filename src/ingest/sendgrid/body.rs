use ammonia::Builder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, PartType};

/// Longest text that is shown, in bytes; what is longer goes along as a file.
const MAX_TEXT_BYTES: usize = 100_000;
/// Longest HTML that is kept, in bytes, before and after it is cleaned; the text is there anyway.
const MAX_HTML_BYTES: usize = 500_000;

/// What a mail says, as text, and as HTML that does no harm.
pub(super) struct Body {
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
            .filter(|html| html.len() <= MAX_HTML_BYTES)
            .map(|html| clean(&html))
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
    fn deep_nesting_costs_no_stack() {
        let deep = "<div>".repeat(50_000);

        assert_eq!(html(&deep).text, "");
    }
}
