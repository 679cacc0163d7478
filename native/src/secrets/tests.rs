use super::*;
use proptest::prelude::*;

fn filter(secrets: &[(&str, &str)]) -> SecretFilter {
    SecretFilter::new(secrets.iter().map(|(name, value)| (name.to_string(), value.to_string())))
}

#[track_caller]
fn check(secrets: &[(&str, &str)], text: &str, masked: &str) {
    assert_eq!(filter(secrets).mask(text), masked);
}

#[test]
fn whole_texts() {
    check(&[], "plain", "plain");
    check(&[("A", "")], "plain", "plain");
    check(&[("A", "key")], "", "");
    check(&[("A", "key")], "a key, keykey, ke y", "a ‹secret:A›, ‹secret:A›‹secret:A›, ke y");
    check(&[("A", "key")], "the ke", "the ke");
    check(&[("A", "ab"), ("B", "abcd")], "abcd abc ab", "‹secret:B› ‹secret:A›c ‹secret:A›");
    check(&[("A", "abc"), ("B", "cde")], "abcde cde", "‹secret:A› ‹secret:B›");
    check(&[("A", "aaa")], "aaaa", "‹secret:A›");
    check(&[("A", "schlüssel✓")], "→schlüssel✓←", "→‹secret:A›←");
    check(&[("A", "x\ny")], "1x\ny2", "1‹secret:A›2");
    check(&[("A", "same"), ("B", "same")], "same", "‹secret:A›");
}

#[test]
fn a_possible_start_is_withheld_until_it_is_known() {
    let mut filter = filter(&[("A", "hunter2")]);
    assert_eq!(filter.feed("pw=hun"), "pw=");
    assert_eq!(filter.feed("ter"), "");
    assert_eq!(filter.feed("2!"), "‹secret:A›!");
    assert_eq!(filter.feed("hunt"), "");
    assert_eq!(filter.feed("ing"), "hunting");
    assert_eq!(filter.feed("hunter"), "");
    assert_eq!(filter.flush(), "hunter");
    assert_eq!(filter.flush(), "");
    assert_eq!(filter.feed("2"), "2");
}

#[test]
fn what_was_covered_stays_covered_over_a_cut() {
    let mut filter = filter(&[("A", "abc"), ("B", "cdef")]);
    assert_eq!(filter.feed("abc"), "‹secret:A›");
    assert_eq!(filter.feed("de"), "");
    assert_eq!(filter.feed("f."), ".");
    assert_eq!(filter.feed("abcd"), "‹secret:A›");
    assert_eq!(filter.flush(), "d");
}

proptest! {
    #[test]
    fn pieces_add_up_to_the_mask_of_the_whole(
        values in prop::collection::vec("[abé]{0,5}", 0..5),
        pieces in prop::collection::vec("[abcé]{0,6}", 0..12),
    ) {
        let secrets = values.iter().enumerate().map(|(i, value)| (i.to_string(), value.clone()));
        let mut filter = SecretFilter::new(secrets);
        let mut out: String = pieces.iter().map(|piece| filter.feed(piece)).collect();
        out.push_str(&filter.flush());
        prop_assert_eq!(&out, &filter.mask(&pieces.concat()));
    }

    #[test]
    fn no_secret_is_left(values in prop::collection::vec("[ab]{2,5}", 1..5), text in "[abc]{0,40}") {
        let filter = SecretFilter::new(values.iter().map(|value| ("N".to_string(), value.clone())));
        let shown = filter.mask(&text);
        for part in shown.split("‹secret:N›") {
            prop_assert!(values.iter().all(|value| !part.contains(value.as_str())), "{shown}");
        }
    }
}

mod tokens {
    use proptest::prelude::*;

    use crate::secrets::rules::RULES;
    use crate::secrets::{MASK, TokenFilter, mask_tokens};

    #[test]
    fn each_sign_begins_its_shape_and_no_other_sign() {
        for rule in RULES {
            let literal = rule.shape.trim_start_matches(r"\b").replace('\\', "");
            let any_of = literal.starts_with("(?:ecret");
            assert!(any_of || literal.starts_with(rule.sign), "{}", rule.sign);
            let others = RULES.iter().filter(|other| other.sign.starts_with(rule.sign));
            assert_eq!(others.count(), 1, "{}", rule.sign);
        }
    }

    #[test]
    fn each_shape_compiles() {
        for rule in RULES {
            super::super::tokens::compile(rule);
        }
    }

    #[test]
    fn an_escape_sequence_is_no_part_of_the_token_behind_it() {
        let token = format!("ghp_{}", "a1".repeat(20));
        let escapes =
            ["%3D", "?t%3d", "%0A", r"\n", r#""\t"#, r"\u003d", r"\x0a", "\u{1b}[32m", "\u{1b}[1;32m", "\u{1b}[m"];
        for before in escapes {
            let text = format!("{before}{token} ");
            assert_eq!(mask_tokens(&text), format!("{before}{MASK} "));
            let mut filter = TokenFilter::default();
            let pieces: String = text.chars().map(|c| filter.feed(&c.to_string())).collect();
            assert_eq!(pieces + &filter.flush(), format!("{before}{MASK} "));
        }
        for word in ["xn", "3D", "[12", "%3", r"\u03d", "32m", "programm"] {
            assert_eq!(mask_tokens(&format!("{word}{token}")), format!("{word}{token}"));
        }
    }

    #[test]
    fn a_long_word_is_let_go_but_for_a_token_at_its_end() {
        let mut filter = TokenFilter::default();
        let token = format!("-ghp_{}", "a1".repeat(20));
        let mut out = filter.feed(&"x".repeat(100_000));
        assert!(out.len() > 90_000);
        let half = token.len() / 2;
        out += &filter.feed(&token[..half]);
        out += &filter.feed(&token[half..]);
        out += &filter.feed(&"-x".repeat(50_000));
        out += &filter.flush();
        assert_eq!(out.len(), 200_001 + MASK.len());
        assert!(out.contains(&format!("x-{MASK}-x")));
    }

    proptest! {
        #[test]
        fn pieces_add_up_to_the_mask_of_the_whole(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("-----BEGIN "), Just("RSA PRIVATE KEY"), Just("-----"), Just("-----END "), Just("\n"),
                    Just("MIIEpAIBAAKCAQEA7bq/abcdefghijklm"), Just("aws_secret_access_key"), Just(" = "), Just("\""),
                    Just("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Just("ghp_"), Just("0123456789abcdefghij"),
                    Just("eyJ"), Just("."), Just("é"), Just("AKIAIOSFODNN7EXAMPLE"), Just(" "), Just(":AA"),
                    Just("\u{1b}["), Just("32m"), Just(";"), Just("%"), Just("3D"), Just("\\"), Just("n"), Just("u003d"),
                ],
                0..20,
            ),
        ) {
            let mut filter = TokenFilter::default();
            let mut out: String = pieces.iter().map(|piece| filter.feed(piece)).collect();
            out.push_str(&filter.flush());
            prop_assert_eq!(&out, &mask_tokens(&pieces.concat()));
        }
    }
}
