//! Characters that a person who reads a command cannot see.

/// The text with a picture of itself (U+2400 and what follows) in the place of each control character that is no line
/// break and no tab: both are letters to a shell. `None` if it holds none.
pub(super) fn pictured(text: &str) -> Option<String> {
    let is_hidden = |c: char| c.is_ascii_control() && !matches!(c, '\n' | '\t');
    let picture = |c: char| match c {
        '\u{7F}' => '\u{2421}',
        c if is_hidden(c) => char::from_u32(0x2400 + c as u32).unwrap_or('\u{FFFD}'),
        c => c,
    };
    text.contains(is_hidden).then(|| text.chars().map(picture).collect())
}

/// Control characters, and those that are drawn as nothing, as blank, or that reorder what is around them: Unicode's
/// `Default_Ignorable_Code_Point` property (DerivedCoreProperties.txt, 16.0), white space other than U+0020, the
/// interlinear annotations, and the blank braille pattern.
pub(super) fn is_invisible(c: char) -> bool {
    if c == ' ' {
        return false;
    }
    c.is_control()
        || c.is_whitespace()
        || matches!(c as u32,
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x202A..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}
