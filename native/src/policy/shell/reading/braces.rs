//! `{a,b}` and `{1..3}`.

use super::glyph::Glyph;

/// A word with more alternatives than this is not known.
const MOST: usize = 256;
/// So is one with more work than this.
const MOST_STEPS: usize = 2048;

/// Every word that brace expansion makes of this one; None for too many.
pub(super) fn expand(glyphs: Vec<Glyph>) -> Option<Vec<Vec<Glyph>>> {
    if !glyphs.contains(&Glyph::Plain('{')) {
        return Some(vec![glyphs]);
    }
    let mut waiting = vec![glyphs];
    let mut done = Vec::new();
    let mut steps = 0;
    while let Some(glyphs) = waiting.pop() {
        steps += 1;
        if steps > MOST_STEPS || waiting.len() + done.len() > MOST {
            return None;
        }
        match first(&glyphs) {
            None => done.push(glyphs),
            Some((open, close, alternatives)) => {
                for middle in alternatives?.into_iter().rev() {
                    waiting.push([&glyphs[..open], &middle, &glyphs[close + 1..]].concat());
                }
            }
        }
    }
    Some(done)
}

type Alternatives = Option<Vec<Vec<Glyph>>>;

/// The first brace that expands: where it opens, where it closes, and what it stands for.
fn first(glyphs: &[Glyph]) -> Option<(usize, usize, Alternatives)> {
    let opens = (0..glyphs.len()).filter(|&at| glyphs[at] == Glyph::Plain('{'));
    for open in opens {
        let Some((close, commas)) = matching(glyphs, open) else { continue };
        if !commas.is_empty() {
            let mut cuts = vec![open];
            cuts.extend(commas);
            cuts.push(close);
            let parts = cuts.windows(2).map(|cut| glyphs[cut[0] + 1..cut[1]].to_vec());
            return Some((open, close, Some(parts.collect())));
        }
        if let Some(sequence) = sequence(&glyphs[open + 1..close]) {
            return Some((open, close, sequence));
        }
    }
    None
}

fn matching(glyphs: &[Glyph], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0;
    let mut commas = Vec::new();
    for (at, glyph) in glyphs.iter().enumerate().skip(open) {
        match glyph {
            Glyph::Plain('{') => depth += 1,
            Glyph::Plain('}') if depth == 1 => return Some((at, commas)),
            Glyph::Plain('}') => depth -= 1,
            Glyph::Plain(',') if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    None
}

/// `1..3`, `a..c`, `1..9..2`; the inner None says that it is a sequence, but not which.
fn sequence(glyphs: &[Glyph]) -> Option<Alternatives> {
    let text: Option<String> =
        glyphs.iter().map(|glyph| if let Glyph::Plain(c) = glyph { Some(*c) } else { None }).collect();
    let Some(text) = text else {
        return glyphs.windows(2).any(|w| w == [Glyph::Plain('.'); 2]).then_some(None);
    };
    let parts: Vec<&str> = text.split("..").collect();
    if parts.len() != 2 && parts.len() != 3 {
        return None;
    }
    let plain = |text: &str| text.len() < 6 && (text == "0" || !text.trim_start_matches('-').starts_with('0'));
    if let (2, Ok(from), Ok(to)) = (parts.len(), parts[0].parse::<i64>(), parts[1].parse::<i64>())
        && plain(parts[0])
        && plain(parts[1])
    {
        let count = from.abs_diff(to) as usize + 1;
        let step = if from <= to { 1 } else { -1 };
        let numbers = || (0..count as i64).map(|at| text_of(&(from + at * step).to_string())).collect();
        return Some((count <= MOST).then(numbers));
    }
    Some(None)
}

fn text_of(text: &str) -> Vec<Glyph> {
    text.chars().map(Glyph::Plain).collect()
}
