//! A profile as a picture: a box for each function, above it those that it called, as wide as what they cost.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Measures in pixels.
const WIDTH: f64 = 1200.0;
const ROW: f64 = 17.0;
const MARGIN: f64 = 10.0;
const HEADER: f64 = 40.0;
/// Narrower boxes are left out.
const NARROWEST: f64 = 0.3;
/// Of a character of the font.
const CHARACTER: f64 = 6.6;

/// A function in its place.
#[derive(Default)]
struct Node<'a> {
    cost: u64,
    calls: BTreeMap<&'a str, Node<'a>>,
}

/// A picture in SVG of stacks, outermost function first, and what was spent with exactly this stack, in `unit`s. Each box shows
/// its numbers when the mouse rests on it.
pub fn svg<'a>(stacks: impl IntoIterator<Item = (&'a [String], u64)>, title: &str, unit: &str) -> String {
    let mut root = Node::default();
    for (stack, cost) in stacks {
        root.cost += cost;
        let mut node = &mut root;
        for name in stack {
            node = node.calls.entry(name).or_default();
            node.cost += cost;
        }
    }
    let total = root.cost.max(1);
    let mut picture = Picture { boxes: String::new(), unit, total, deepest: 0 };
    picture.row(&root, 0, 0.0);
    let height = HEADER + (picture.deepest + 1) as f64 * ROW + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"monospace\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fdfdf8\"/>\n\
         <text x=\"{MARGIN}\" y=\"24\" font-size=\"15\">{}: {total} {unit}</text>\n\
         <g transform=\"matrix(1 0 0 -1 0 {height})\">\n{}</g>\n</svg>\n",
        escaped(title),
        picture.boxes,
        width = WIDTH + 2.0 * MARGIN,
    )
}

struct Picture<'a> {
    boxes: String,
    unit: &'a str,
    total: u64,
    deepest: usize,
}

impl Picture<'_> {
    /// Draws what `node` called, from `left` on. No deeper than the stacks, which whoever made them has cut.
    fn row(&mut self, node: &Node<'_>, depth: usize, mut left: f64) {
        for (name, called) in &node.calls {
            let width = WIDTH * called.cost as f64 / self.total as f64;
            if width >= NARROWEST {
                self.deepest = self.deepest.max(depth);
                self.draw(name, called.cost, depth, left, width);
                self.row(called, depth + 1, left);
            }
            left += width;
        }
    }

    fn draw(&mut self, name: &str, cost: u64, depth: usize, left: f64, width: f64) {
        let (x, y) = (MARGIN + left, MARGIN + depth as f64 * ROW);
        let share = 100.0 * cost as f64 / self.total as f64;
        let room = (width / CHARACTER) as usize;
        let label: String = if room < 3 { String::new() } else { name.chars().take(room - 1).collect() };
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.boxes,
            "<g><title>{} ({cost} {}, {share:.2} %)</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" \
             fill=\"{}\" stroke=\"#fdfdf8\"/><text transform=\"matrix(1 0 0 -1 {:.1} {:.1})\">{}</text></g>",
            escaped(name),
            escaped(self.unit),
            ROW - 1.0,
            colour(name),
            x + 3.0,
            y + 4.0,
            escaped(&label),
        );
    }
}

/// A warm colour, the same for the same name.
fn colour(name: &str) -> String {
    let hash = name.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("hsl({},{}%,{}%)", 15 + hash % 40, 75 + hash / 64 % 20, 60 + hash / 4096 % 15)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no other control characters.
            character if character.is_control() => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}
