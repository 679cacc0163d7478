//! Characters that a person who reads a command cannot see.

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
