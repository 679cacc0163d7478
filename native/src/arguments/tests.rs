use super::*;
use proptest::prelude::*;
use serde_json::Value as Json;

fn decoded(text: &str) -> Json {
    rmp_serde::from_slice(&parse(text, None).expect(text)).expect("msgpack")
}

#[track_caller]
fn check(text: &str, line: usize, column: usize, message: &str) {
    let error = parse(text, None).expect_err(text);
    assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
    assert!(error.to_string().contains(message), "{text}: {error}");
}

#[test]
fn nothing_at_all_is_an_empty_object() {
    for text in ["", " ", "\n\t\r ", "{}", " { } "] {
        assert_eq!(parse(text, None).unwrap(), [0x80], "{text:?}");
    }
}

#[test]
fn order_and_every_kind_of_value_survive() {
    let text =
        r#"{"z":1,"a":[null,true,false,-1,18446744073709551615,1.5,"x\u00e9\ud83d\ude00\/"],"m":{"b":{},"a":[]}}"#;
    let value: rmpv::Value = rmp_serde::from_slice(&parse(text, None).unwrap()).unwrap();
    let keys: Vec<_> = value.as_map().unwrap().iter().map(|(k, _)| k.as_str().unwrap().to_owned()).collect();
    assert_eq!(keys, ["z", "a", "m"]);
    assert_eq!(decoded(text), serde_json::from_str::<Json>(text).unwrap());
}

#[test]
fn each_error_says_where_and_what_to_do() {
    check("[1]", 1, 1, "expected one JSON object, found an array");
    check(" null", 1, 2, "found null");
    check("\"x\"", 1, 1, "found a string");
    check("{} x", 1, 4, "nothing after the object, found `x`");
    check("{}{}", 1, 3, "nothing after the object, found `{`");
    check("{\"a\":1,\n \"a\":2}", 2, 2, "the key `a` is given twice");
    check(r#"{"e":[{"o":1},{"o":{"k":1,"k":2}}]}"#, 1, 27, "`e[1].o.k`");
    check(r#"{"a":1,"\u0061":2}"#, 1, 8, "`a` is given twice");
    check(r#"{"a":"\ud800"}"#, 1, 7, "\\ud800 is half of a surrogate pair");
    check(r#"{"a":"\udc00\ud800"}"#, 1, 7, "\\udc00 is half");
    check(r#"{"a":"\ud800\u0041"}"#, 1, 7, "\\ud800 is half");
    check(r#"{"a":"\x"}"#, 1, 7, "\\x is no JSON escape");
    check(r#"{"a":"\u12g4"}"#, 1, 9, "four hex digits");
    check("{\"a\":\"x\ny\"}", 1, 8, "U+000A; write it as \\n");
    check("{\"é\":\"\u{1}\"}", 1, 7, "write it as \\u0001");
    check(r#"{"a":18446744073709551616}"#, 1, 6, "does not fit in 64 bits");
    check(r#"{"a":-9223372036854775809}"#, 1, 6, "does not fit in 64 bits");
    check(r#"{"a":1e999}"#, 1, 6, "too large for a double");
    check(r#"{"a":-1e999}"#, 1, 6, "too large for a double");
    check(r#"{"a":NaN}"#, 1, 6, "expected a value, found `N`");
    check(r#"{"a":01}"#, 1, 7, "leading 0");
    check(r#"{"a":1.}"#, 1, 8, "after the decimal point");
    check(r#"{"a":1e}"#, 1, 8, "in the exponent");
    check(r#"{"a":-}"#, 1, 7, "a digit");
    check(r#"{"a":+1}"#, 1, 6, "a value");
    check(r#"{"a":tru}"#, 1, 6, "a value, found `t`");
    check(r#"{"a" 1}"#, 1, 6, "`:` after a key");
    check(r#"{"a":1 "b":2}"#, 1, 8, "`,` or `}`");
    check(r#"{"a":[1 2]}"#, 1, 9, "`,` or `]`");
    check(r#"{"a":1,}"#, 1, 8, "a key in double quotes");
    check(r#"{"a":[1,]}"#, 1, 9, "a value");
    check("{'a':1}", 1, 2, "a key in double quotes, found `'`");
    check(r#"{"a":"b"#, 1, 8, "`\"` at the end of a string, found the end of the text");
    check(r#"{"a":"b\"#, 1, 9, "an escape sequence");
    check(r#"{"a":{"#, 1, 7, "a key in double quotes, found the end of the text");
    check("\u{feff}{}", 1, 1, "found U+FEFF");
    check("// x\n{}", 1, 1, "a JSON object, found `/`");
}

#[test]
fn nesting_stops_at_the_limit() {
    let nest = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
    assert!(parse(&nest(MAX_DEPTH), None).is_ok());
    check(&nest(MAX_DEPTH + 1), 1, 5 + MAX_DEPTH, "nested deeper than 128");
    assert!(parse(&"[".repeat(1_000_000), None).is_err());
}

#[test]
fn a_negative_zero_is_an_integer_unless_it_is_written_as_a_double() {
    assert_eq!(parse(r#"{"a":-0}"#, None).unwrap(), [0x81, 0xa1, b'a', 0]);
    assert!(decoded(r#"{"a":-0.0}"#)["a"].is_f64());
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_valid_text(value in prop::collection::hash_map(any::<String>(), json(), 0..5)) {
        let value = Json::Object(value.into_iter().collect());
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(decoded(&text), serde_json::from_str::<Json>(&text).unwrap());
        }
    }

    #[test]
    fn accepts_nothing_that_serde_json_refuses(text in r#"[\[\]{}:,"\\ud8c0a1e+. tfn-]{0,24}"#) {
        let ours = parse(&text, None);
        let theirs = serde_json::from_str::<Json>(&text);
        if ours.is_ok() {
            prop_assert!(text.trim().is_empty() || theirs.is_ok(), "{}", text);
        }
    }

    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = parse(&text, None);
        let _ = parse(&format!("{{\"a\":{text}"), None);
    }
}

const SCHEMA: &str = r##"{
    "type": "object",
    "properties": {
        "limit": {"type": "integer"},
        "share": {"type": "number"},
        "all": {"type": "boolean"},
        "text": {"type": "string"},
        "either": {"type": ["string", "integer"]},
        "maybe": {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]},
        "level": {"enum": [1, 2]},
        "level_or_word": {"enum": [1, "one"]},
        "edits": {"type": "array", "items": {"$ref": "#/$defs/Edit"}},
        "tree": {"$ref": "#/$defs/Tree"},
        "shapes": {"oneOf": [
            {"type": "object", "properties": {"n": {"type": "integer"}}},
            {"type": "object", "properties": {"n": {"type": "string"}}}
        ]},
        "env": {"type": "object", "additionalProperties": {"type": "boolean"}},
        "anything": {}
    },
    "$defs": {
        "Edit": {"type": "object", "properties": {"old": {"type": "string"}, "all": {"type": "boolean"}}},
        "Tree": {"allOf": [{"type": "array", "items": {"$ref": "#/$defs/Tree"}}]}
    }
}"##;

#[test]
fn a_text_where_none_is_allowed_is_what_it_is_json_of() {
    for (given, meant) in [
        (r#"{"limit":"20"}"#, r#"{"limit":20}"#),
        (r#"{"limit":" -3\n"}"#, r#"{"limit":-3}"#),
        (r#"{"limit":"20.0"}"#, r#"{"limit":20.0}"#),
        (r#"{"share":"0.5"}"#, r#"{"share":0.5}"#),
        (r#"{"share":"2"}"#, r#"{"share":2}"#),
        (r#"{"all":"true"}"#, r#"{"all":true}"#),
        (r#"{"maybe":"[1,\"2\"]"}"#, r#"{"maybe":[1,2]}"#),
        (r#"{"maybe":"null"}"#, r#"{"maybe":null}"#),
        (r#"{"level":"2"}"#, r#"{"level":2}"#),
        (r#"{"edits":"[{\"old\":\"1\",\"all\":\"true\"}]"}"#, r#"{"edits":[{"old":"1","all":true}]}"#),
        (r#"{"edits":["{\"old\":\"1\"}"]}"#, r#"{"edits":[{"old":"1"}]}"#),
        (r#"{"env":{"a":"false"}}"#, r#"{"env":{"a":false}}"#),
        (r#"{"tree":"[[],\"[]\"]"}"#, r#"{"tree":[[],[]]}"#),
    ] {
        let value: Json = rmp_serde::from_slice(&parse(given, Some(SCHEMA)).expect(given)).unwrap();
        assert_eq!(value, serde_json::from_str::<Json>(meant).unwrap(), "{given}");
    }
}

#[test]
fn any_other_text_stays_a_text() {
    for given in [
        r#"{"text":"20"}"#,
        r#"{"either":"20"}"#,
        r#"{"level_or_word":"1"}"#,
        r#"{"anything":"20"}"#,
        r#"{"unknown":"20"}"#,
        r#"{"limit":"twenty"}"#,
        r#"{"limit":"20.5"}"#,
        r#"{"limit":"20 lines"}"#,
        r#"{"limit":"\"20\""}"#,
        r#"{"limit":""}"#,
        r#"{"limit":"null"}"#,
        r#"{"limit":"99999999999999999999"}"#,
        r#"{"all":"1"}"#,
        r#"{"all":"yes"}"#,
        r#"{"share":"1e999"}"#,
        r#"{"maybe":"{}"}"#,
        r#"{"edits":"[{\"old\":1,\"old\":2}]"}"#,
        r#"{"shapes":{"n":"1"}}"#,
    ] {
        let value: Json = rmp_serde::from_slice(&parse(given, Some(SCHEMA)).expect(given)).unwrap();
        assert_eq!(value, serde_json::from_str::<Json>(given).unwrap(), "{given}");
    }
}

#[test]
fn without_a_schema_that_can_be_read_every_text_is_a_text() {
    let given = r#"{"limit":"20"}"#;
    let refers_to_itself = r##"{"properties":{"limit":{"$ref":"#/properties/limit"}}}"##;
    for schema in [None, Some(""), Some("{}"), Some("["), Some("null"), Some(refers_to_itself)] {
        assert_eq!(parse(given, schema), parse(given, None), "{schema:?}");
    }
}

#[test]
fn a_text_is_taken_no_deeper_than_a_value() {
    let deepest = |levels: usize| format!(r#"{{"tree":"{}{}"}}"#, "[".repeat(levels), "]".repeat(levels));
    let is_text = |given: &str| {
        let value: Json = rmp_serde::from_slice(&parse(given, Some(SCHEMA)).unwrap()).unwrap();
        value["tree"].is_string()
    };
    assert!(!is_text(&deepest(MAX_DEPTH - 1)));
    assert!(is_text(&deepest(MAX_DEPTH)));
}
