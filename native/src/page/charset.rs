//! What a body is, and in which character set its text is written.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes at the beginning in which an HTML page may name its character set, and in which a zero byte shows what is no text.
const HEAD: usize = 1024;

/// What a body is.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// HTML, decoded.
    Html(String),
    /// Any other text, decoded.
    Text(String),
    /// A PDF document.
    Pdf,
    /// Neither.
    Binary,
}

/// By the `Content-Type` that the server gave, if it gave one, and by how the body begins.
pub fn content(body: &[u8], content_type: &str) -> Content {
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if body.starts_with(b"%PDF-") || media == "application/pdf" {
        return Content::Pdf;
    }
    let named = label(content_type).and_then(|label| Encoding::for_label(label.as_bytes()));
    let html = matches!(media.as_str(), "text/html" | "application/xhtml+xml");
    let unknown = matches!(media.as_str(), "" | "application/octet-stream" | "binary/octet-stream");
    let looks_like_html = unknown && begins_as_html(body);
    if !(html || looks_like_html || is_text(&media) || unknown && looks_like_text(body)) {
        return Content::Binary;
    }
    let html = html || looks_like_html;
    let meta = || if html { named_in(body) } else { None };
    let marked = Encoding::for_bom(body).map(|(encoding, _)| encoding);
    let encoding = marked.or(named).or_else(meta).unwrap_or_else(|| guessed(body));
    if !matches!(encoding.name(), "UTF-16LE" | "UTF-16BE") && body[..body.len().min(HEAD)].contains(&0) {
        return Content::Binary;
    }
    let text = encoding.decode(body).0.into_owned();
    if html { Content::Html(text) } else { Content::Text(text) }
}

fn is_text(media: &str) -> bool {
    let (kind, name) = media.split_once('/').unwrap_or_default();
    kind == "text"
        || ["+json", "+xml", "+yaml", "+text"].iter().any(|end| name.ends_with(end))
        || kind == "application"
            && matches!(
                name,
                "json"
                    | "xml"
                    | "javascript"
                    | "x-javascript"
                    | "ecmascript"
                    | "ld+json"
                    | "jsonl"
                    | "x-ndjson"
                    | "ndjson"
                    | "yaml"
                    | "x-yaml"
                    | "toml"
                    | "x-sh"
                    | "sql"
                    | "graphql"
                    | "x-www-form-urlencoded"
                    | "rtf"
                    | "markdown"
            )
        || media == "image/svg+xml"
}

fn looks_like_text(body: &[u8]) -> bool {
    let head = &body[..body.len().min(HEAD)];
    if Encoding::for_bom(body).is_some() {
        return true;
    }
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

fn begins_as_html(body: &[u8]) -> bool {
    let head = body[..body.len().min(HEAD)].trim_ascii_start().to_ascii_lowercase();
    head.starts_with(b"<!doctype html") || head.starts_with(b"<html")
}

/// Without a word about it: UTF-8 if it is that, else what such pages mostly are.
fn guessed(body: &[u8]) -> &'static Encoding {
    match std::str::from_utf8(body) {
        Ok(_) => UTF_8,
        // It may have been cut in the middle of a letter.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) => WINDOWS_1252,
    }
}

/// The value of `charset=`, with quotes or without.
fn label(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let rest = &lower[lower.find("charset")? + "charset".len()..];
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let end =
        value.find(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\'' | '>' | '/')).unwrap_or(value.len());
    (end > 0).then(|| value[..end].to_owned())
}

/// What a `<meta>` in the page says; whoever could read it in ASCII has not met UTF-16.
fn named_in(body: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&body[..body.len().min(HEAD)]).into_owned();
    let mut rest = &head[..];
    loop {
        let lower = rest.to_ascii_lowercase();
        let at = lower.find("<meta")?;
        let tag = &rest[at..];
        let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
        if let Some(encoding) = label(tag).and_then(|label| Encoding::for_label(label.as_bytes())) {
            return Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding });
        }
        rest = &rest[at + "<meta".len()..];
    }
}
