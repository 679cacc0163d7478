//! What comes out of a body does not depend on where it was cut into pieces, and JSON is what Python takes for it.

use super::answer::{Answer, Form, Record};
use super::json::is_json;

fn text(text: &str) -> Record {
    Record::Text { name: String::new(), text: text.into() }
}

fn named(name: &str, text: &str) -> Record {
    Record::Text { name: name.into(), text: text.into() }
}

fn cut(pieces: &[&[u8]]) -> (Form, Vec<Record>, String) {
    let (mut answer, mut records) = (Answer::default(), Vec::new());
    for piece in pieces {
        answer.feed(piece, &mut records).unwrap();
    }
    answer.end(&mut records).unwrap();
    (answer.form(), records, answer.said())
}

/// Whole, in two pieces cut at every byte, and byte by byte.
fn check(body: &[u8], form: Form, records: &[Record]) {
    let whole = cut(&[body]);
    assert_eq!((whole.0, &whole.1[..]), (form, records), "{}", body.escape_ascii());
    for at in 0..=body.len() {
        assert_eq!(cut(&[&body[..at], &body[at..]]), whole, "{} cut at {at}", body.escape_ascii());
    }
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    assert_eq!(cut(&bytes), whole, "{} byte by byte", body.escape_ascii());
}

#[test]
fn an_event_stream_in_every_form_of_the_standard() {
    let expected = [named("a", r#"{"n":1}"#), text(r#"{"n":2}"#), Record::Done];
    for line in ["\n", "\r\n", "\r"] {
        for start in ["", "\u{feff}", "\n", ": hello\n\n", "retry: 5\nid\n\ndata\n\nevent: x\n\n"] {
            let body = format!("{start}event: a\ndata: {{\"n\":1}}\nid: 7\n\ndata:{{\"n\":2}}\n\ndata: [DONE]\n\n");
            let body = body.replace('\n', line);
            check(body.as_bytes(), Form::Events, &expected);
            check(body.trim_end().as_bytes(), Form::Events, &expected);
        }
    }
}

#[test]
fn lines_of_data_are_one_text_unless_each_is_a_record() {
    check(b"data: {\"a\":\ndata: 1}\n\n", Form::Events, &[text("{\"a\":\n1}")]);
    check(b"data: {\"a\":1}\ndata: {\"b\":2}\n\n", Form::Events, &[text(r#"{"a":1}"#), text(r#"{"b":2}"#)]);
    check(b"data: {\"a\":1}\ndata: [DONE]\n\n", Form::Events, &[text(r#"{"a":1}"#), Record::Done]);
    check(b"data: {\"a\":1}\ndata\ndata:\n\n", Form::Events, &[text(r#"{"a":1}"#)]);
}

#[test]
fn letters_that_are_cut_and_letters_that_are_none() {
    check("data: {\"é\":\"😀\u{2028}\"}\n\n".as_bytes(), Form::Events, &[text("{\"é\":\"😀\u{2028}\"}")]);
    check(b"data: {\"a\":\"\xff\xc3\xa9\xf0\x9f\"}\n\n", Form::Events, &[text("{\"a\":\"\u{fffd}é\u{fffd}\"}")]);
    check("data: \u{a0}\u{1f}{}\u{85}\n\n".as_bytes(), Form::Events, &[text("{}")]);
}

#[test]
fn a_name_is_its_own_events_alone() {
    check(b"event: a\n\ndata: 1\n\nevent: b\nevent: c\ndata: 2\n\n", Form::Events, &[text("1"), named("c", "2")]);
}

#[test]
fn json_instead_of_a_stream() {
    check(br#"{"a":{"b":[1,"}]"]}}"#, Form::Json, &[text(r#"{"a":{"b":[1,"}]"]}}"#)]);
    check(b" {\n \"a\": 1,\n \"b\": {}\n}\n", Form::Json, &[text("{\n \"a\": 1,\n \"b\": {}\n}")]);
    check(b"{\"a\":1}\n{\"b\":2}\n\n[DONE]\n", Form::Json, &[text(r#"{"a":1}"#), text(r#"{"b":2}"#), Record::Done]);
    check(b"{\"a\":1}\r\n{\"b\":2}", Form::Json, &[text(r#"{"a":1}"#), text(r#"{"b":2}"#)]);
    check(b"\xef\xbb\xbf{\"a\":\"\xff\"}", Form::Json, &[text("{\"a\":\"\u{fffd}\"}")]);
    check(b"{\"a\":1,", Form::Json, &[text("{\"a\":1,")]);
    check(b"[\n]", Form::Json, &[text("[\n]")]);
    check(b"[DONE]\n", Form::Json, &[Record::Done]);
}

#[test]
fn what_is_neither_is_kept_as_the_servers_words() {
    check(b"<p>Sign in</p>", Form::Page, &[]);
    assert_eq!(cut(&[b"<p>Sign in</p>"]).2, "<p>Sign in</p>");
    check(b"Model is loading, please wait: soon\n", Form::Events, &[]);
    assert_eq!(cut(&[b"Model is loading, please wait: soon\n"]).2, "Model is loading, please wait:soon");
    for nothing in [&b""[..], b" \n\r\t\x0b", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"] {
        check(nothing, Form::Unknown, &[]);
    }
    check(b"\xef\xbb", Form::Unknown, &[]);
}

#[test]
fn much_of_a_page_is_enough() {
    let mut answer = Answer::default();
    while !answer.is_full() {
        answer.feed(&[b'<'; 1000], &mut Vec::new()).unwrap();
    }
    assert!(answer.said().len() < 70_000);
}

#[test]
fn a_long_text_is_looked_at_once() {
    // Looking at all of it again with each piece would take hours.
    let mut body = br#"{"a":["#.to_vec();
    body.extend(br#"{"b":[0]},"#.repeat(1_000_000));
    body.extend(b"0]}");
    let pieces: Vec<&[u8]> = body.chunks(10).collect();
    assert_eq!(cut(&pieces).1.len(), 1);
}

#[test]
fn json_is_what_python_takes_for_it() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let wanted = [
        "0",
        "-0",
        "10.5e-3",
        "1E+9",
        "null",
        "true",
        "false",
        "NaN",
        "Infinity",
        "-Infinity",
        " \t\r\n1 \n",
        "[]",
        "{}",
        "[1, 2]",
        r#"{"a": [{"b": null}], "a": 2}"#,
        "\"\u{1}\t\n\"",
        r#""\u00e9\ud800\"\\\/\b\f\n\r\t""#,
        "\"é\"",
    ];
    for json in wanted {
        assert!(is_json(json.as_bytes()), "{json}");
    }
    assert!(is_json(deep(800).as_bytes()));
    let others = [
        "",
        " ",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "1e+",
        "--1",
        "-NaN",
        "nul",
        "nulll",
        "True",
        "[",
        "]",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "\"",
        "\"\\",
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        "'a'",
        "1 2",
        "{}{}",
        "\u{feff}1",
        "\u{a0}1",
        "1\u{b}",
        "\u{0}",
    ];
    for text in others {
        assert!(!is_json(text.as_bytes()), "{text}");
    }
    assert!(!is_json(deep(100_000).as_bytes()));
}
