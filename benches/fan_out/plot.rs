//! Bars: what each server delivers per processor second, as a multiple of the floor.
use std::fmt::Write as _;

use super::contestant::Kind;
use super::report::Report;

const COLOURS: [&str; Kind::ALL.len()] = ["#9aa0a6", "#1a73e8", "#f29900", "#5f9ea0"];
const BAR: f64 = 18.0;
const GAP: f64 = 26.0;
const LEFT: f64 = 50.0;
const TOP: f64 = 50.0;
const HEIGHT: f64 = 320.0;

pub fn bars(report: &Report) -> String {
    let group = BAR * Kind::ALL.len() as f64 + GAP;
    let width = LEFT + group * report.rows.len() as f64 + GAP;
    let ratios = report
        .rows
        .iter()
        .flat_map(|row| Kind::ALL.into_iter().map(|kind| row.against(kind, Kind::Floor).high));
    let most = ratios.fold(1.0, f64::max).ceil();
    let y = |ratio: f64| TOP + HEIGHT * (1.0 - ratio / most);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        TOP + HEIGHT + 50.0
    );
    for (at, kind) in Kind::ALL.into_iter().enumerate() {
        let x = LEFT + 130.0 * at as f64;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"14\" width=\"12\" height=\"12\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"24\">{}</text>",
            COLOURS[at],
            x + 16.0,
            kind.name()
        );
    }
    for tick in 0..=most as usize {
        let at = y(tick as f64);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{width}\" y1=\"{at}\" y2=\"{at}\" stroke=\"#ddd\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{tick} ×</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    for (place, row) in report.rows.iter().enumerate() {
        let left = LEFT + GAP / 2.0 + group * place as f64;
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            let ratio = row.against(kind, Kind::Floor);
            let (x, top) = (left + BAR * at as f64, y(ratio.median));
            let middle = x + BAR / 2.0 - 1.0;
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\
                 <line x1=\"{middle}\" x2=\"{middle}\" y1=\"{}\" y2=\"{}\" stroke=\"black\"/>",
                BAR - 2.0,
                y(0.0) - top,
                COLOURS[at],
                y(ratio.low),
                y(ratio.high),
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{left}\" y=\"{}\">{}</text><text x=\"{left}\" y=\"{}\">{}</text>",
            y(0.0) + 18.0,
            row.shape,
            y(0.0) + 34.0,
            row.pace
        );
    }
    svg.push_str("</svg>\n");
    svg
}
