//! Tags and texts, in the order of the page, to Markdown.
//!
//! A page's tags need not match, so none is trusted to end: blocks are lines that begin, marks are put around what stood
//! between a tag and its end or the end of the block. Nothing is kept of a page but the text so far and what is open.

use reqwest::Url;

/// Levels of lists and quotes that are drawn.
const DEEPEST: usize = 12;
/// Marks that are open at the same time.
const MOST_OPEN: usize = 32;
const LONGEST_TITLE: usize = 300;
/// They hold nothing that can be read, or nothing of the page.
const HIDDEN: [&str; 9] = ["svg", "math", "template", "canvas", "audio", "video", "object", "map", "datalist"];

/// Those of a tag that matter here.
#[derive(Default)]
pub(super) struct Attributes([Option<String>; 7]);

impl Attributes {
    pub(super) const NAMES: [&'static str; 7] = ["href", "src", "alt", "class", "start", "title", "colspan"];

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0[Self::NAMES.iter().position(|known| *known == name)?].as_deref()
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        if let Some(at) = Self::NAMES.iter().position(|known| *known == name) {
            self.0[at] = Some(value);
        }
    }
}

/// What a line begins with.
enum Container {
    Quote,
    /// The number of the next item; None: bullets.
    List(Option<u64>),
    /// An item, and how far its lines are moved.
    Item(usize),
}

/// A mark whose end has not come.
struct Open {
    name: String,
    /// Where its text begins, once there is some.
    at: Option<usize>,
    /// Of a link that is not written yet.
    href: Option<String>,
}

/// The table whose rows are being written.
#[derive(Default)]
struct Table {
    depth: usize,
    /// Where the row began, and where each of its cells ended.
    row: Option<(usize, Vec<usize>)>,
    in_cell: bool,
    /// A cell holds more than a line of text: the row is no row of text.
    is_layout: bool,
    has_header: bool,
}

/// Writes as much as it may.
pub(super) struct Writer {
    out: String,
    limit: usize,
    base: Option<Url>,
    title: String,
    in_title: bool,
    has_title: bool,
    /// What is left out until as many ends of this name have come as beginnings.
    hidden: Option<(String, usize)>,
    containers: Vec<Container>,
    open: Vec<Open>,
    /// Line ends before the next text.
    gap: usize,
    /// White space before the next text.
    space: bool,
    /// Written before the first text of an item or a heading.
    marker: String,
    /// The text of a `<pre>`, and its language.
    pre: Option<(String, String)>,
    table: Table,
}

impl Writer {
    pub(super) fn new(base: Option<Url>, limit: usize) -> Self {
        Self {
            out: String::new(),
            limit,
            base,
            title: String::new(),
            in_title: false,
            has_title: false,
            hidden: None,
            containers: Vec::new(),
            open: Vec::new(),
            gap: 0,
            space: false,
            marker: String::new(),
            pre: None,
            table: Table::default(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.out.len() + self.pre.as_ref().map_or(0, |(text, _)| text.len()) > self.limit
    }

    /// Title, text, and whether some of the text was cut off.
    pub(super) fn end(mut self) -> (String, String, bool) {
        self.end_pre();
        self.end_row();
        self.end_segment();
        let is_cut = self.out.len() > self.limit;
        let mut end = self.out.len().min(self.limit);
        while !self.out.is_char_boundary(end) {
            end -= 1;
        }
        self.out.truncate(end);
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        (title, self.out.trim_end().to_owned(), is_cut)
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.in_title {
            let room = LONGEST_TITLE.saturating_sub(self.title.chars().count());
            self.title.extend(text.chars().take(room));
            return;
        }
        if self.hidden.is_some() {
            return;
        }
        if let Some((held, _)) = &mut self.pre {
            let room = (self.limit + 1).saturating_sub(self.out.len() + held.len());
            let mut end = text.len().min(room);
            while !text.is_char_boundary(end) {
                end += 1;
            }
            held.push_str(&text[..end]);
            return;
        }
        for word in text.split_inclusive([' ', '\t', '\n', '\r', '\x0c']) {
            let bare = word.trim_end_matches([' ', '\t', '\n', '\r', '\x0c']);
            if !bare.is_empty() {
                self.word(bare);
            }
            self.space |= bare.len() < word.len();
            if self.is_full() {
                return;
            }
        }
    }

    pub(super) fn open(&mut self, name: &str, attributes: &Attributes) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth += usize::from(hidden == name);
            return;
        }
        if HIDDEN.contains(&name) {
            self.hidden = Some((name.to_owned(), 1));
            return;
        }
        if self.pre.is_some() {
            return self.open_in_pre(name, attributes);
        }
        match name {
            "title" => self.in_title = !std::mem::replace(&mut self.has_title, true),
            "base" => self.set_base(attributes.get("href")),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.begin(2);
                self.marker = "#".repeat(usize::from(name.as_bytes()[1] - b'0')) + " ";
            }
            "ul" | "menu" | "dir" => self.list(None),
            "ol" => self.list(Some(attributes.get("start").and_then(|start| start.trim().parse().ok()).unwrap_or(1))),
            "li" => self.item(),
            "blockquote" => {
                self.begin(2);
                self.push(Container::Quote);
            }
            "pre" | "listing" | "xmp" => {
                self.begin(2);
                self.pre = Some((String::new(), language(attributes)));
            }
            "br" => self.gap = self.gap.max(1),
            "hr" => {
                self.begin(2);
                self.word("---");
                self.begin(2);
            }
            "a" => self.mark("a", attributes.get("href").and_then(|href| self.whole(href))),
            "b" | "strong" | "i" | "em" | "del" | "s" | "strike" | "code" | "kbd" | "samp" | "tt" => {
                self.mark(name, None)
            }
            "img" => self.image(attributes),
            "table" => self.begin_table(),
            "tr" => self.begin_row(),
            "td" | "th" => self.begin_cell(),
            "dt" | "dd" | "option" | "summary" | "legend" | "caption" | "tbody" | "thead" | "tfoot" => self.begin(1),
            _ if is_block(name) => self.begin(if name == "div" { 1 } else { 2 }),
            _ => {}
        }
    }

    pub(super) fn close(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth -= usize::from(hidden == name);
            if *depth == 0 {
                self.hidden = None;
            }
            return;
        }
        if self.pre.is_some() && !matches!(name, "pre" | "listing" | "xmp") {
            return;
        }
        match name {
            "title" => self.in_title = false,
            "pre" | "listing" | "xmp" => self.end_pre(),
            "ul" | "ol" | "menu" | "dir" => {
                self.pop(|container| matches!(container, Container::List(_)));
                let inner = self.containers.iter().any(|container| matches!(container, Container::List(_)));
                self.begin(if inner { 1 } else { 2 });
            }
            "li" => {
                self.begin(1);
                self.pop_item();
            }
            "blockquote" => {
                self.begin(2);
                self.pop(|container| matches!(container, Container::Quote));
            }
            "a" | "b" | "strong" | "i" | "em" | "del" | "s" | "strike" | "code" | "kbd" | "samp" | "tt" => {
                self.end_mark(name);
            }
            "table" => self.end_table(),
            "tr" => self.end_row(),
            "td" | "th" => self.end_cell(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.begin(2);
                self.marker.clear();
            }
            _ if is_block(name) => self.begin(if name == "div" { 1 } else { 2 }),
            _ => {}
        }
    }

    /// A new block begins behind so many line ends; marks go on in it.
    fn begin(&mut self, gap: usize) {
        self.end_segment();
        if self.table.in_cell && !self.table.is_layout {
            self.space = true;
            return;
        }
        self.gap = self.gap.max(gap);
        self.space = false;
    }

    fn word(&mut self, word: &str) {
        if self.gap > 0 || self.out.is_empty() || !self.marker.is_empty() {
            self.line_start();
        } else if self.space && !self.out.ends_with('\n') {
            self.out.push(' ');
        }
        self.space = false;
        let at = self.out.len();
        for open in self.open.iter_mut().rev().take_while(|open| open.at.is_none()) {
            open.at = Some(at);
        }
        // In a row of text a bar would end its cell.
        if self.table.in_cell && !self.table.is_layout && word.contains('|') {
            self.out.push_str(&word.replace('|', "\\|"));
        } else {
            self.out.push_str(word);
        }
    }

    fn line_start(&mut self) {
        let marker = std::mem::take(&mut self.marker);
        if self.table.in_cell && !self.table.is_layout {
            if self.space {
                self.out.push(' ');
            }
            self.gap = 0;
            return;
        }
        let prefix = self.prefix(!marker.is_empty());
        if !self.out.is_empty() {
            for _ in 1..self.gap.max(1) {
                self.out.push('\n');
                self.out.push_str(prefix.trim_end());
            }
            self.out.push('\n');
        }
        self.out.push_str(&prefix);
        self.out.push_str(&marker);
        self.gap = 0;
    }

    /// Of a line within what is open; where an item's own marker follows, its lines' indentation does not.
    fn prefix(&self, has_marker: bool) -> String {
        let mut prefix = String::new();
        let last = self.containers.len().saturating_sub(1);
        for (at, container) in self.containers.iter().enumerate() {
            match container {
                Container::Quote => prefix.push_str("> "),
                Container::Item(width) if !(has_marker && at == last) => {
                    prefix.extend(std::iter::repeat_n(' ', *width))
                }
                Container::Item(_) | Container::List(_) => {}
            }
        }
        prefix
    }

    fn push(&mut self, container: Container) {
        // Deeper ones are drawn as those around them.
        if self.containers.len() < 2 * DEEPEST {
            self.containers.push(container);
        }
    }

    fn pop(&mut self, is_it: impl Fn(&Container) -> bool) {
        if let Some(at) = self.containers.iter().rposition(is_it) {
            self.containers.truncate(at);
        }
    }

    fn pop_item(&mut self) {
        let list = self.containers.iter().rposition(|container| matches!(container, Container::List(_)));
        self.containers.truncate(list.map_or(0, |at| at + 1).max(self.quotes()));
    }

    /// How many of the containers reach to the last quote.
    fn quotes(&self) -> usize {
        self.containers.iter().rposition(|container| matches!(container, Container::Quote)).map_or(0, |at| at + 1)
    }

    fn list(&mut self, number: Option<u64>) {
        let inner = self.containers.iter().any(|container| matches!(container, Container::Item(_)));
        self.begin(if inner { 1 } else { 2 });
        self.push(Container::List(number));
    }

    fn item(&mut self) {
        self.begin(1);
        self.pop_item();
        let marker = match self.containers.last_mut() {
            Some(Container::List(Some(number))) => {
                *number = number.saturating_add(1);
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        self.push(Container::Item(marker.len()));
        self.marker = marker;
    }

    fn mark(&mut self, name: &str, href: Option<String>) {
        if name == "a" {
            self.end_mark("a");
        }
        if self.open.len() < MOST_OPEN && (name != "a" || href.is_some()) {
            self.open.push(Open { name: name.to_owned(), at: None, href });
        }
    }

    fn end_mark(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.wrap(at);
            self.open.remove(at);
        }
    }

    /// Put the marks that are open around what they have in this block.
    fn end_segment(&mut self) {
        for at in (0..self.open.len()).rev() {
            self.wrap(at);
        }
    }

    fn wrap(&mut self, at: usize) {
        let Some(start) = self.open[at].at.take() else { return };
        let code = self
            .open
            .iter()
            .any(|open| matches!(open.name.as_str(), "code" | "kbd" | "samp" | "tt") && open.at.is_some());
        let (before, after) = match self.open[at].name.as_str() {
            "a" => match self.open[at].href.take() {
                Some(href) => ("[".to_owned(), format!("]({href})")),
                None => return,
            },
            "b" | "strong" if !code => ("**".to_owned(), "**".to_owned()),
            "i" | "em" if !code => ("*".to_owned(), "*".to_owned()),
            "del" | "s" | "strike" if !code => ("~~".to_owned(), "~~".to_owned()),
            "code" | "kbd" | "samp" | "tt" if !code => {
                let ticks = if self.out[start..].contains('`') { "``" } else { "`" };
                (ticks.to_owned(), ticks.to_owned())
            }
            _ => return,
        };
        self.out.insert_str(start, &before);
        self.out.push_str(&after);
        for open in &mut self.open[at + 1..] {
            if let Some(inner) = open.at.filter(|inner| *inner >= start) {
                open.at = Some(inner + before.len());
            }
        }
    }

    fn image(&mut self, attributes: &Attributes) {
        let alt = attributes.get("alt").unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(source) = attributes.get("src").and_then(|source| self.whole(source)).filter(|_| !alt.is_empty())
        else {
            return;
        };
        self.word(&format!("![{alt}]({source})"));
    }

    /// As a whole URL; None for what leads nowhere.
    fn whole(&self, given: &str) -> Option<String> {
        let given = given.trim();
        let lower = given.get(..11).unwrap_or(given).to_ascii_lowercase();
        if given.is_empty() || given.starts_with('#') || lower.starts_with("data:") || lower.starts_with("javascript:")
        {
            return None;
        }
        let whole = match &self.base {
            Some(base) => base.join(given).ok()?.to_string(),
            None => given.to_owned(),
        };
        Some(whole.replace(')', "%29").replace('(', "%28").replace(char::is_whitespace, "%20"))
    }

    fn set_base(&mut self, href: Option<&str>) {
        if let Some(base) = href.and_then(|href| self.base.as_ref()?.join(href).ok()) {
            self.base = Some(base);
        }
    }

    fn open_in_pre(&mut self, name: &str, attributes: &Attributes) {
        let Some((text, language_)) = &mut self.pre else { return };
        match name {
            "br" => text.push('\n'),
            "code" if language_.is_empty() => *language_ = language(attributes),
            _ => {}
        }
    }

    fn end_pre(&mut self) {
        let Some((text, language)) = self.pre.take() else { return };
        let text = text.strip_prefix('\n').unwrap_or(&text).trim_end();
        if text.is_empty() {
            return;
        }
        if self.table.in_cell {
            self.table.is_layout = true;
        }
        self.gap = self.gap.max(2);
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        self.line_start();
        let prefix = self.prefix(false);
        self.out.push_str(&format!("{fence}{language}\n"));
        for line in text.lines() {
            self.out.push_str(format!("{prefix}{line}").trim_end());
            self.out.push('\n');
        }
        self.out.push_str(&format!("{prefix}{fence}"));
        self.begin(2);
    }

    fn begin_table(&mut self) {
        if self.table.depth > 0 {
            // A table in a cell: what is around it only lays out the page.
            self.end_segment();
            self.table = Table { depth: self.table.depth + 1, is_layout: true, has_header: true, ..Table::default() };
            self.gap = self.gap.max(1);
            return;
        }
        self.begin(2);
        self.table = Table { depth: 1, ..Table::default() };
    }

    fn end_table(&mut self) {
        self.end_row();
        self.table.depth = self.table.depth.saturating_sub(1);
        self.begin(2);
    }

    fn begin_row(&mut self) {
        self.end_row();
        if self.table.depth > 0 {
            self.begin(1);
        }
    }

    fn begin_cell(&mut self) {
        if self.table.depth == 0 {
            return self.begin(1);
        }
        self.end_cell();
        if self.table.row.is_none() && !self.table.is_layout {
            // The row's place is fixed now, though its first cell may be empty.
            self.line_start();
            self.table.row = Some((self.out.len(), Vec::new()));
        }
        self.table.in_cell = true;
        self.space = false;
        if self.table.is_layout {
            self.space = true;
        }
    }

    fn end_cell(&mut self) {
        if !self.table.in_cell {
            return;
        }
        self.end_segment();
        self.table.in_cell = false;
        let end = self.out.len();
        if let Some((_, cells)) = &mut self.table.row {
            cells.push(end);
        }
        self.space = true;
        self.marker.clear();
    }

    fn end_row(&mut self) {
        self.end_cell();
        let Some((start, cells)) = self.table.row.take() else { return };
        self.end_segment();
        self.gap = self.gap.max(1);
        if self.table.is_layout || cells.is_empty() {
            return;
        }
        let mut row = String::from("|");
        let mut from = start;
        for end in &cells {
            row.push(' ');
            row.push_str(self.out[from..*end].trim());
            row.push_str(" |");
            from = *end;
        }
        self.out.truncate(start);
        if row.bytes().all(|byte| matches!(byte, b'|' | b' ')) {
            return;
        }
        self.out.push_str(&row);
        if !std::mem::replace(&mut self.table.has_header, true) {
            let prefix = self.prefix(false);
            self.out.push_str(&format!("\n{prefix}|{}", " --- |".repeat(cells.len())));
        }
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "aside"
            | "figure"
            | "figcaption"
            | "address"
            | "form"
            | "fieldset"
            | "details"
            | "dl"
            | "body"
            | "center"
            | "dialog"
            | "search"
            | "select"
    )
}

/// As pages say it to what colours code.
fn language(attributes: &Attributes) -> String {
    let classes = attributes.get("class").unwrap_or_default().split_whitespace();
    let mut named = classes.filter_map(|class| class.strip_prefix("language-").or(class.strip_prefix("lang-")));
    named
        .next()
        .filter(|name| name.len() <= 30 && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-#.".contains(c)))
        .unwrap_or_default()
        .to_owned()
}
