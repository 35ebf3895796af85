//! Declarations as a person would have written them: a field a line.

/// `type T = { a: A, b: B, };` over several lines; anything else as it is.
pub fn lines(declaration: &str) -> String {
    let object = declaration.split_once(" = { ").and_then(|(head, body)| {
        let body = body.strip_suffix(" };")?;
        Some((head, body))
    });
    let Some((head, body)) = object else { return declaration.to_owned() };
    let fields: String = fields(body).into_iter().map(field).collect();
    format!("{head} = {{\n{fields}}};")
}

/// A block comment on one line, where it has one line.
pub fn prose(comment: &str, indent: &str) -> String {
    let lines: Vec<_> = comment
        .lines()
        .map(|line| {
            line.trim_start_matches("/**").trim_start_matches(" */").trim_start_matches(" *")
        })
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let lines: String = lines.iter().map(|line| format!("{indent} * {line}\n")).collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

fn field(text: &str) -> String {
    let (comment, field) = match text.rsplit_once("*/") {
        Some((comment, field)) => (prose(comment, "  "), field.trim()),
        None => (String::new(), text),
    };
    format!("{comment}  {field};\n")
}

/// Parted at the commas that stand in no comment and in no brackets.
fn fields(body: &str) -> Vec<&str> {
    let (mut fields, mut start, mut depth, mut in_comment) = (Vec::new(), 0, 0_usize, false);
    for (at, character) in body.char_indices() {
        let rest = &body[at..];
        match character {
            _ if in_comment => in_comment = !rest.starts_with("*/"),
            '/' if rest.starts_with("/*") => in_comment = true,
            '{' | '<' | '(' | '[' => depth += 1,
            '}' | '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                fields.push(body[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(body[start..].trim());
    fields.retain(|field| !field.is_empty());
    fields
}
