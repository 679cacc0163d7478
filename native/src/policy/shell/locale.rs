//! The grammar's scanner asks the C library what a letter or a blank is, and that depends on the user's locale. A verdict
//! must not.

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
pub(super) fn neutral<R>(read: impl FnOnce() -> R) -> Option<R> {
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
