//! Rows of comma-separated values (RFC 4180) that a spreadsheet takes for text and not for formulas.

/// Adds a row. A cell that a spreadsheet would calculate gets an apostrophe before it, which makes it
/// a text there: notes and names come from anybody.
pub fn row<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        self::cell(out, cell);
    }
    out.push_str("\r\n");
}

fn cell(out: &mut String, text: &str) {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    if !text.contains([',', '"', '\r', '\n']) {
        out.push_str(guard);
        out.push_str(text);
        return;
    }
    out.push('"');
    out.push_str(guard);
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: &[&str]) -> String {
        let mut out = String::new();
        row(&mut out, cells.iter().copied());
        out
    }

    #[test]
    fn commas_quotes_and_line_breaks_stand_inside_quotes() {
        assert_eq!(written(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(
            written(&["a,b", "say \"hi\"", "one\ntwo"]),
            "\"a,b\",\"say \"\"hi\"\"\",\"one\ntwo\"\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for begins in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            let text = format!("{begins}cmd|' /C calc'!A0");
            let cell = written(&[&text]);
            assert!(cell.starts_with('\'') || cell.starts_with("\"'"), "{cell}");
        }
        assert_eq!(
            written(&["=HYPERLINK(\"http://x\",1)"]),
            "\"'=HYPERLINK(\"\"http://x\"\",1)\"\r\n"
        );
        assert_eq!(written(&["a=1"]), "a=1\r\n");
    }
}
