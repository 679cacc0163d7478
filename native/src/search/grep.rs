//! Text by regular expression.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use grep_matcher::{LineTerminator, Matcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, MmapChoice, Searcher, SearcherBuilder};
use ignore::DirEntry;

use super::gathering::Gathering;
use super::lines::{Format, Lines, Mode};
use super::readings::{readings, split};
use super::scope::Scope;
use super::{Cancel, SearchError};

/// The longest line, or in multiline mode the largest file, that is searched; others are passed over.
const MOST_MEMORY: usize = 128 << 20;

/// A larger file is searched by its bytes, whatever its encoding.
const LARGEST_DECODED: usize = 1 << 20;

/// Most files are read with one call.
const FIRST_READ: usize = 64 << 10;

/// Gives the text of a file that is not UTF-8; None: it is searched by its bytes. Of a file that is too large it gets the
/// beginning, more than [`LARGEST_DECODED`] bytes.
pub type Decode<'a> = &'a (dyn Fn(&[u8]) -> Option<String> + Sync);

/// What to search for, where, and how much to say.
#[derive(Debug, Clone)]
pub struct Grep<'a> {
    /// Rust's regex syntax.
    pub pattern: &'a str,
    /// A directory or one file.
    pub root: &'a Path,
    /// As for `rg --glob`, and to the letter; several are separated by white space or commas outside braces.
    pub glob: Option<&'a str>,
    /// As for `rg --type`.
    pub file_type: Option<&'a str>,
    /// Without regard to case.
    pub ignore_case: bool,
    /// A match may span lines, and `.` matches line breaks.
    pub multiline: bool,
    /// Lines of context before each match.
    pub before: usize,
    /// Lines of context after each match.
    pub after: usize,
    /// What is written.
    pub mode: Mode,
    /// Write line numbers.
    pub line_numbers: bool,
    /// Lines of output.
    pub limit: Option<usize>,
    /// Bytes of output.
    pub max_bytes: usize,
    /// Gitignore patterns of absolute paths that are not looked at.
    pub exclude: &'a [String],
}

/// Search; return the output in path order and whether any was left out.
pub fn grep(search: &Grep<'_>, decode: Option<Decode<'_>>, cancel: &Cancel) -> Result<(String, bool), SearchError> {
    let matcher = matcher(search)?;
    let mut globs = Vec::new();
    for glob in search.glob.map(|globs| split(globs, search.root)).unwrap_or_default() {
        globs.extend(readings(&glob, search.root)?);
    }
    let scope = Scope::new(search.root, &globs, search.file_type, search.exclude, false)?;
    let most_lines = search.limit.unwrap_or(usize::MAX);
    let format = Format {
        mode: search.mode,
        line_numbers: search.line_numbers,
        multiline: search.multiline,
        most_lines,
        most_bytes: search.max_bytes,
        matcher: &matcher,
        cancel,
    };
    let gathering = Mutex::new(Gathering::new(most_lines, search.max_bytes));
    scope.visit(cancel, || {
        let mut searchers = Searchers::new(search);
        let (format, gathering, matcher) = (&format, &gathering, &matcher);
        let mut root = scope.root().visitor();
        let mut start = Vec::new();
        move |entry: &DirEntry| {
            if gathering.lock().unwrap_or_else(PoisonError::into_inner).is_beyond(entry.path()) {
                return;
            }
            let mut lines = Lines::new(format, entry.path());
            let named = entry.depth() == 0;
            // A file that cannot be read, or is too large, is as good as empty; so is a binary one, unless it was named.
            let Some(file) = root.open_file(entry.path()) else { return };
            let mut file = Cancellable { file, cancel };
            if read_start(&mut file, &mut start).is_err() {
                return;
            }
            let searcher = searchers.choose(named);
            let searched = match decoded(&start, decode) {
                Some(text) => searcher.search_reader(matcher, Cursor::new(text), &mut lines),
                // All of it is here, and it is no binary file: it need not be copied once more.
                None if start.len() <= LARGEST_DECODED && !start.contains(&0) => {
                    searcher.search_slice(matcher, &start, &mut lines)
                }
                None => searcher.search_reader(matcher, Cursor::new(&start).chain(file), &mut lines),
            };
            if searched.is_err() || (lines.is_binary() && !named) {
                return;
            }
            if let Some(found) = lines.finish() {
                gathering.lock().unwrap_or_else(PoisonError::into_inner).add(entry.path().to_path_buf(), found);
            }
        }
    })?;
    let separate = search.mode == Mode::Content && (search.before > 0 || search.after > 0);
    let gathering = gathering.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(gathering.finish(separate.then_some("--\n")))
}

fn matcher(search: &Grep<'_>) -> Result<RegexMatcher, SearchError> {
    let mut builder = RegexMatcherBuilder::new();
    builder.case_insensitive(search.ignore_case).multi_line(true).dot_matches_new_line(search.multiline);
    // `$` is found before CRLF as before LF.
    builder.crlf(true);
    if search.multiline {
        builder.line_terminator(None);
    }
    builder.build(search.pattern).map_err(|error| SearchError::Pattern(format!("bad regular expression: {error}")))
}

/// Two, since ripgrep treats binary files that were named unlike those that were come across.
struct Searchers {
    named: Searcher,
    met: Searcher,
}

impl Searchers {
    fn new(search: &Grep<'_>) -> Self {
        let mut builder = SearcherBuilder::new();
        builder
            .line_terminator(LineTerminator::crlf())
            .line_number(true)
            .multi_line(search.multiline)
            .before_context(search.before)
            .after_context(search.after)
            .heap_limit(Some(MOST_MEMORY))
            .memory_map(MmapChoice::never());
        Self {
            named: builder.binary_detection(BinaryDetection::convert(0)).build(),
            met: builder.binary_detection(BinaryDetection::quit(0)).build(),
        }
    }

    fn choose(&mut self, named: bool) -> &mut Searcher {
        if named { &mut self.named } else { &mut self.met }
    }
}

/// The lines of `text` in which `pattern` is found, as they stand there; in time linear in the text.
pub fn matching_lines(text: &str, pattern: &str) -> Result<String, SearchError> {
    let matcher =
        RegexMatcher::new(pattern).map_err(|error| SearchError::Pattern(format!("bad regular expression: {error}")))?;
    let matches = |line: &&str| matcher.is_match(line.trim_end_matches(['\r', '\n']).as_bytes()).unwrap_or(false);
    Ok(text.split_inclusive('\n').filter(matches).collect())
}

/// The first bytes of the file, one more than [`LARGEST_DECODED`] if it has so many, in place of what was there.
fn read_start(file: &mut impl Read, start: &mut Vec<u8>) -> io::Result<()> {
    start.clear();
    start.reserve(FIRST_READ);
    file.take(LARGEST_DECODED as u64 + 1).read_to_end(start)?;
    Ok(())
}

/// The file's text if it is in another encoding. What has a mark of UTF-16 the searcher decodes itself.
fn decoded(start: &[u8], decode: Option<Decode<'_>>) -> Option<String> {
    let decode = decode?;
    let whole = start.len() <= LARGEST_DECODED;
    let marked = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    let strange = std::str::from_utf8(start).is_err_and(|error| whole || error.error_len().is_some());
    let shifts = || memchr::memmem::find(start, b"\x1b$").is_some();
    if !marked && !start.contains(&0) && (strange || shifts()) { decode(start) } else { None }
}

/// Fails in the middle of a large file when the search is cancelled.
struct Cancellable<'a> {
    file: File,
    cancel: &'a Cancel,
}

impl Read for Cancellable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        self.file.read(buffer)
    }
}
