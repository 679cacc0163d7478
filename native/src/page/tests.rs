//! Pages as they are, and pages that want to hurt.

use reqwest::Url;

use super::charset::{Content, content};
use super::html::{Converted, markdown};

fn converted(html: &str, limit: usize) -> Converted {
    let base = Url::parse("https://example.com/docs/page.html").unwrap();
    markdown(html, Some(&base), limit, &|| false).unwrap()
}

#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(converted(html, 1 << 20).text, expected, "{html}");
}

#[test]
fn blocks_and_marks() {
    check("<h1>A  b\n c</h1><p>One <b>two </b>three.</p><p>Four", "# A b c\n\nOne **two** three.\n\nFour");
    check("<p>a<br>b</p><hr><div>c</div><div>d</div>", "a\nb\n\n---\n\nc\nd");
    check("a &amp; b &lt;c&gt; &eacute; &#x1F600;", "a & b <c> é 😀");
    check("<p>x <i>y</i> <del>z</del> <code>a`b</code> <code>c</code>", "x *y* ~~z~~ ``a`b`` `c`");
    check("<b><p>one</p><p>two</p></b>", "**one**\n\n**two**");
    check("<b></b> <i> </i>x", "x");
}

#[test]
fn links_and_pictures() {
    check("<a href='../x?a=1&amp;b=2'>t</a>", "[t](https://example.com/x?a=1&b=2)");
    check("<a href=#top>up</a> <a href='javascript:x()'>js</a> <a name=q>n</a>", "up js n");
    check("<a href=/a><h3>Head</h3><p>Text</p></a>", "### [Head](https://example.com/a)\n\nText");
    check("<a href=/a><b>x</b></a>", "[**x**](https://example.com/a)");
    check("<a href=/a>x<a href=/b>y</a>", "[x](https://example.com/a)[y](https://example.com/b)");
    check("<a href='/a (b)'>x</a>", "[x](https://example.com/a%20%28b%29)");
    check(
        "<img src=p.png alt='A  cat'><img src=q.png><img src='data:image/png;base64,AA' alt=x>",
        "![A cat](https://example.com/docs/p.png)",
    );
    check("<base href='https://other.example/'><a href=x>y</a>", "[y](https://other.example/x)");
}

#[test]
fn lists_and_quotes() {
    check("<ul><li>a<li>b<ul><li>c</ul></ul>d", "- a\n- b\n  - c\n\nd");
    check("<ol start=9><li>a</li><li>b</li></ol>", "9. a\n10. b");
    check("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b");
    check("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc");
    check("<li>stray", "- stray");
}

#[test]
fn code_is_kept_as_it_is() {
    check(
        "<pre><code class='language-py'>def f():\n    return 1 &lt; 2\n</code></pre>x",
        "```py\ndef f():\n    return 1 < 2\n```\n\nx",
    );
    check("<pre>a\n\n```\nb</pre>", "````\na\n\n```\nb\n````");
    check("<pre>\n  x <b>y</b>", "```\n  x y\n```");
}

#[test]
fn tables() {
    check("<table><tr><th>A<th>B<tr><td>1<td>x|<b>2</b></table>", "| A | B |\n| --- | --- |\n| 1 | x\\|**2** |");
    check("<table><tr><td><p>a</p><p>b</p></td><td></td></tr></table>c", "| a b |  |\n| --- | --- |\n\nc");
    let layout = converted("<table><tr><td>menu<td><table><tr><td>a<td>b</table></table><p>end", 1000).text;
    assert!(layout.contains("menu") && layout.contains("a b") && layout.ends_with("end"), "{layout}");
}

#[test]
fn what_no_reader_sees() {
    check(
        "<script>if (a < b) { '</p>' }</script>a<style>b{}</style><noscript>c</noscript><!-- d --><svg><text>e</svg>f",
        "af",
    );
    check("a<script>never ends", "a");
    check("a<SCRIPT>x</Script >b", "ab");
    check("<template><template>x</template>y</template>z", "z");
    let page = converted("<html><head><title>The &amp; title\n</title></head><body>x<svg><title>no</title></svg>", 100);
    assert_eq!((page.title.as_str(), page.text.as_str()), ("The & title", "x"));
}

#[test]
fn no_more_than_was_asked_for() {
    let page = "<p>word word é</p>".repeat(100_000);
    let converted = converted(&page, 1000);
    assert!(converted.is_cut && converted.text.len() <= 1000 && converted.unread > 1_000_000);
    let whole = self::converted(&"<p>word</p>".repeat(200_000), 10 << 20);
    assert_eq!((whole.is_cut, whole.unread, whole.text.matches("word").count()), (false, 0, 200_000));
}

#[test]
fn nothing_is_lost_between_windows() {
    for filler in ["", "x", "xy", "<p>"] {
        let page: String =
            format!("{filler}{}", (0..60_000).map(|n| format!("<p>w{n} &amp; {n}w</p> ")).collect::<String>());
        let text = converted(&page, 10 << 20).text;
        assert_eq!(text.matches(" & ").count(), 60_000);
        assert_eq!(text.matches('w').count(), 120_000);
    }
    let comment = format!("a<!--{}-->b", "<p>x</p>".repeat(200_000));
    assert_eq!(converted(&comment, 1000).text, "ab");
    let script = format!("a<script>{}</script>b", "'<p>x</p>' ".repeat(200_000));
    assert_eq!(converted(&script, 1000).text, "ab");
}

/// Each of them is 1 MB; what takes more than its length in time, or a stack as deep as its tags, does not end here.
#[test]
fn pages_that_want_to_hurt() {
    let repeated = |piece: &str| piece.repeat(1_000_000 / piece.len());
    let attributes: String = format!("<a {}>", (0..100_000).map(|n| format!("a{n} ")).collect::<String>());
    let pages = [
        repeated("<div>"),
        repeated("<ul><li>x"),
        repeated("<blockquote>x"),
        repeated("<b><i><a href=x>y"),
        repeated("<table><tr><td>x"),
        repeated("<td>"),
        repeated("<pre>`"),
        repeated("<"),
        repeated("</"),
        repeated("<!--"),
        repeated("<!-- -->"),
        repeated("<script>"),
        repeated("<script></script>"),
        repeated("</script"),
        repeated("<svg>"),
        repeated("&"),
        repeated("&amp"),
        repeated("x"),
        repeated("<x y='"),
        repeated("<title>a"),
        attributes,
    ];
    for page in &pages {
        let page = converted(page, 100_000);
        assert!(page.text.len() <= 100_000);
    }
    assert_eq!(markdown(&pages[0], None, 100, &|| true), None);
}

#[test]
fn character_sets() {
    let html = |text: &str| Content::Html(text.into());
    assert_eq!(content("<p>é".as_bytes(), "text/html"), html("<p>é"));
    assert_eq!(content(b"<p>\xe9", "text/html; charset=ISO-8859-1"), html("<p>é"));
    assert_eq!(
        content(b"<meta charset=\"windows-1251\"><p>\xc6", "text/html"),
        html("<meta charset=\"windows-1251\"><p>Ж")
    );
    let declared = "<META http-equiv=Content-Type content='text/html; charset=koi8-r'>";
    assert_eq!(content(&[declared.as_bytes(), b"\xf6"].concat(), "text/html"), html(&format!("{declared}Ж")));
    assert_eq!(
        content(b"\xef\xbb\xbf<p>\xc3\xa9", "text/html; charset=koi8-r"),
        html("<p>é"),
        "a mark outdoes the header"
    );
    assert_eq!(content(b"\xff\xfe<\0p\0>\0", "text/html"), html("<p>"));
    assert_eq!(content(b"<p>\xe9t", "text/html"), html("<p>ét"));
    assert_eq!(content(b"<p>\x93x\x94", "text/html; charset=nonsense"), html("<p>“x”"));
}

#[test]
fn kinds_of_content() {
    let text = |text: &str| Content::Text(text.into());
    assert_eq!(content(b"{}", "application/json"), text("{}"));
    assert_eq!(content(b"{}", "application/vnd.api+json; x=y"), text("{}"));
    assert_eq!(content(b"a,b", "text/csv"), text("a,b"));
    assert_eq!(content(b"<!DOCTYPE html>x", ""), Content::Html("<!DOCTYPE html>x".into()));
    assert_eq!(content(b"plain", ""), text("plain"));
    assert_eq!(content(b"plain", "application/octet-stream"), text("plain"));
    assert_eq!(content(b"\x7fELF\x02\x01\x01\0", "application/octet-stream"), Content::Binary);
    assert_eq!(content(b"\x89PNG\r\n\x1a\n\0", "text/plain"), Content::Binary, "its server is wrong");
    assert_eq!(content(b"GIF89a", "image/gif"), Content::Binary);
    assert_eq!(content(b"PK\x03\x04", "application/zip"), Content::Binary);
    assert_eq!(content(b"%PDF-1.7", "text/html"), Content::Pdf);
    assert_eq!(content(b"", "text/html"), Content::Html(String::new()));
}
