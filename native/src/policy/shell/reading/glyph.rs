//! Characters of a word that still know how they were written.

use crate::policy::shell::line::word::{Kind, UNKNOWN, Word};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyph {
    /// Without quotes: it may be part of a pattern.
    Plain(char),
    Quoted(char),
    /// The home folder.
    Home,
    /// A word ends here.
    Split,
    /// The quotes of an empty text.
    Empty,
    Unknown,
}

/// The words that these glyphs make.
pub(super) fn words(glyphs: &[Glyph]) -> Vec<Word> {
    let pieces = glyphs.split(|glyph| *glyph == Glyph::Split);
    pieces.filter(|piece| !piece.is_empty()).map(word).collect()
}

fn word(glyphs: &[Glyph]) -> Word {
    let mut word = Word { text: String::new(), kind: Kind::Literal, home: None, bare: true };
    let mut open = false;
    for glyph in glyphs {
        match *glyph {
            Glyph::Plain(c) => {
                let closes = open && c == ']';
                open |= c == '[';
                if (closes || c == '*' || c == '?') && word.kind == Kind::Literal {
                    word.kind = Kind::Glob;
                }
                word.text.push(c);
            }
            Glyph::Quoted(c) => word.text.push(c),
            Glyph::Home => {
                if word.home.replace(word.text.len()).is_some() {
                    word.kind = Kind::Unknown;
                }
                word.text.push('~');
            }
            Glyph::Unknown => {
                word.kind = Kind::Unknown;
                word.text.push(UNKNOWN);
            }
            Glyph::Empty | Glyph::Split => {}
        }
        word.bare &= matches!(glyph, Glyph::Plain(_));
    }
    word
}
