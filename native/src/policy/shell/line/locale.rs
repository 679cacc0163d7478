//! Locales: which character set a line is read in.
//!
//! bash takes characters as the locale has them, and there are character sets in which a backslash or a quote is the
//! second half of one. The grammar's scanner asks the C library what a letter or a blank is. A verdict must depend on
//! neither: the scanner reads in the locale `C`, and a line that sets a locale with another character set is asked for.

use std::sync::OnceLock;

/// Restores the thread's locale.
struct Before(libc::locale_t);

impl Drop for Before {
    fn drop(&mut self) {
        // SAFETY: it is what `uselocale` gave on this thread.
        unsafe { libc::uselocale(self.0) };
    }
}

/// Read in the locale `C`. The answer of `read`, or None if there is no such locale, which POSIX rules out.
pub(in crate::policy::shell) fn neutral<R>(read: impl FnOnce() -> R) -> Option<R> {
    static NEUTRAL: OnceLock<usize> = OnceLock::new();
    // SAFETY: the name ends in a NUL, no locale is changed, and what is made is never freed.
    let neutral = *NEUTRAL
        .get_or_init(|| unsafe { libc::newlocale(libc::LC_CTYPE_MASK, c"C".as_ptr(), std::ptr::null_mut()) as usize });
    if neutral == 0 {
        return None;
    }
    // SAFETY: the locale lives for ever; the thread gets its own back when `before` is dropped.
    let before = Before(unsafe { libc::uselocale(neutral as libc::locale_t) });
    let answer = read();
    drop(before);
    Some(answer)
}

/// Does this variable choose the locale?
pub(in crate::policy::shell) fn is_variable(name: &str) -> bool {
    name == "LANG" || name.starts_with("LC_")
}

/// Does every program read text in this locale as it is written, byte by byte or as UTF-8? Empty is as if it were not
/// set. A name without a character set has an old one, which for these languages has characters of several bytes.
pub fn is_plain(locale: &str) -> bool {
    const LARGE: [&str; 9] = ["zh", "ja", "ko", "yue", "cmn", "nan", "hak", "lzh", "wuu"];
    if matches!(locale, "" | "C" | "POSIX") {
        return true;
    }
    let (name, modifier) = locale.split_once('@').unwrap_or((locale, ""));
    let (name, charset) = name.split_once('.').map_or((name, None), |(name, charset)| (name, Some(charset)));
    let (language, territory) = name.split_once('_').unwrap_or((name, "XX"));
    let letters = |text: &str, most: usize, is: fn(&char) -> bool| text.len() <= most && text.chars().all(|c| is(&c));
    let named = name == "C"
        || name == "POSIX"
        || language.len() >= 2
            && letters(language, 3, char::is_ascii_lowercase)
            && letters(territory, 2, char::is_ascii_uppercase);
    named
        && letters(modifier, 12, char::is_ascii_alphanumeric)
        && charset.map_or(!LARGE.contains(&language), is_plain_charset)
}

fn is_plain_charset(charset: &str) -> bool {
    let letters: String = charset.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let number = |start: &str| letters.strip_prefix(start).is_some_and(|rest| rest.parse::<u16>().is_ok());
    charset.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && (matches!(letters.as_str(), "utf8" | "usascii" | "ascii" | "ansix341968" | "koi8r" | "koi8u" | "koi8t")
            || number("iso8859")
            || number("latin")
            || matches!(letters.strip_prefix("cp").or(letters.strip_prefix("windows")), Some(page) if is_code_page(page)))
}

/// Those of Windows that have a byte for each character.
fn is_code_page(number: &str) -> bool {
    number.parse::<u16>().is_ok_and(|number| (1250..=1258).contains(&number))
}
