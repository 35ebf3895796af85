//! Curves over powers of ten: what is paid once falls along a line, what costs the same each time is
//! flat.
use std::fmt::Write as _;
use std::fs;

use super::figures::Quartiles;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/results");
const COLOURS: [&str; 6] = ["#9aa0a6", "#1a73e8", "#f29900", "#5f9ea0", "#d93025", "#8430ce"];
const LEFT: f64 = 60.0;
const TOP: f64 = 60.0;
const HEIGHT: f64 = 320.0;
const STEP: f64 = 130.0;

pub struct Line<'a> {
    pub name: &'a str,
    /// By what it grows with.
    pub points: Vec<(usize, Quartiles)>,
}

/// An SVG of it.
pub fn over(title: &str, lines: &[Line]) -> String {
    let mut places: Vec<usize> =
        lines.iter().flat_map(|line| line.points.iter().map(|(at, _)| *at)).collect();
    places.sort_unstable();
    places.dedup();
    let all = || lines.iter().flat_map(|line| &line.points).map(|(_, figure)| figure);
    let low = all().map(|figure| figure.low).fold(f64::MAX, f64::min).max(1e-3).log10().floor();
    let high = all().map(|figure| figure.high).fold(1e-3, f64::max).log10().ceil().max(low + 1.0);
    let y = |figure: f64| {
        TOP + HEIGHT * (high - figure.max(1e-3).log10().clamp(low, high)) / (high - low)
    };
    let x = |at: usize| {
        LEFT + STEP * (places.iter().position(|place| *place == at).unwrap_or(0) as f64 + 0.3)
    };
    let width = LEFT + STEP * places.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"20\">{title}</text>\n",
        TOP + HEIGHT + 40.0
    );
    for decade in low as i32..=high as i32 {
        let at = y(10_f64.powi(decade));
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{width}\" y1=\"{at}\" y2=\"{at}\" stroke=\"#ddd\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            10_f64.powi(decade)
        );
    }
    for place in &places {
        let _ =
            writeln!(svg, "<text x=\"{}\" y=\"{}\">{place}</text>", x(*place), TOP + HEIGHT + 20.0);
    }
    for (line, colour) in lines.iter().filter(|line| !line.points.is_empty()).zip(COLOURS) {
        let mut points = String::new();
        for (at, figure) in &line.points {
            let (x, top) = (x(*at), y(figure.median));
            let _ = write!(points, "{x},{top} ");
            let _ = writeln!(
                svg,
                "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\" stroke=\"black\"/>\
                 <text x=\"{}\" y=\"{}\" fill=\"{colour}\">{:.1}</text>",
                y(figure.low),
                y(figure.high),
                x + 8.0,
                top - 6.0,
                figure.median,
            );
        }
        let _ = writeln!(
            svg,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
    }
    let named = lines.iter().filter(|line| !line.points.is_empty()).zip(COLOURS).enumerate();
    for (at, (line, colour)) in named {
        let x = LEFT + 110.0 * at as f64;
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"40\" fill=\"{colour}\">{}</text>", line.name);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Leaves it with the other results.
pub fn keep(file: &str, title: &str, lines: &[Line]) {
    fs::create_dir_all(RESULTS).expect("a folder");
    fs::write(format!("{RESULTS}/{file}.svg"), over(title, lines)).expect("room for it");
}
