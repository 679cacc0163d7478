//! First messages made here, cut and spoilt in every way.

use super::*;
use proptest::prelude::*;

fn list(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u16).to_be_bytes()[..], content].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().to_vec(), list(content)].concat()
}

fn naming(name: &str) -> Vec<u8> {
    extension(SERVER_NAME, &list(&[vec![0], list(name.as_bytes())].concat()))
}

fn message(extensions: &[Vec<u8>]) -> Vec<u8> {
    let body =
        [&[3, 3][..], &[7; 32], &[4, 1, 2, 3, 4], &list(&[0x13, 0x01]), &[1, 0], &list(&extensions.concat())].concat();
    [&[CLIENT_HELLO][..], &(body.len() as u32).to_be_bytes()[1..], &body].concat()
}

/// In records of so many bytes.
fn records(message: &[u8], size: usize) -> Vec<u8> {
    message.chunks(size).flat_map(|piece| [&[HANDSHAKE, 3, 1][..], &list(piece)].concat()).collect()
}

fn wire(extensions: &[Vec<u8>]) -> Vec<u8> {
    records(&message(extensions), RECORD)
}

fn named(name: &str) -> First {
    First::Hello(Hello { name: Host::parse(name), encrypted: false })
}

fn verdict(extensions: &[Vec<u8>], to: &str) -> bool {
    let rules = Rules::parse(&["good.com".into(), "*.good.org".into(), "1.2.3.4".into(), "2.2.2.2".into()]).unwrap();
    match first(&wire(extensions)) {
        First::Hello(hello) => hello.judged(&Host::parse(to).unwrap(), 443, &rules).is_ok(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_name_is_found_among_other_extensions() {
    let others = [extension(10, &[0, 2, 0, 29]), naming("Good.com."), extension(43, &[2, 3, 4])];
    assert_eq!(first(&wire(&others)), named("good.com"));
    assert_eq!(first(&wire(&[])), First::Hello(Hello::default()));
}

#[test]
fn only_what_is_granted_may_be_asked_for() {
    assert!(verdict(&[naming("good.com")], "good.com"));
    assert!(verdict(&[naming("a.good.org")], "good.com"));
    assert!(!verdict(&[naming("evil.com")], "good.com"));
    assert!(!verdict(&[naming("good.com.evil.com")], "good.com"));
    assert!(!verdict(&[naming("good.org")], "good.com"));
    assert!(!verdict(&[], "good.com"));
    assert!(verdict(&[], "1.2.3.4"));
    assert!(verdict(&[naming("1.2.3.4")], "1.2.3.4"));
    assert!(!verdict(&[naming("2.2.2.2")], "1.2.3.4"));
    assert!(!verdict(&[naming("1.2.3.4")], "good.com"));
    assert!(!verdict(&[naming("good.com"), extension(ENCRYPTED_HELLO, &[0])], "good.com"));
}

#[test]
fn what_is_no_first_message() {
    for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"SSH-2.0-x", &[0x80, 0x2e, 1, 3, 1], &[23, 3, 3, 0, 1, 0]] {
        assert_eq!(first(bytes), First::Plain);
    }
    let good = wire(&[naming("good.com")]);
    let spoilt = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        first(&bytes)
    };
    assert_eq!(spoilt(1, 2), First::Broken);
    assert_eq!(spoilt(3, 0xff), First::Broken);
    assert_eq!(spoilt(5, 2), First::Broken);
    assert_eq!(spoilt(6, 0xff), First::Broken);
    for extensions in [
        vec![naming("good.com"), naming("evil.com")],
        vec![naming("good.com\0.evil.com")],
        vec![naming("")],
        vec![naming("g\u{f6}od.com")],
        vec![extension(SERVER_NAME, &[])],
        vec![extension(SERVER_NAME, &list(&[vec![1], list(b"good.com")].concat()))],
        vec![extension(SERVER_NAME, &list(&[vec![0], list(b"good.com"), vec![0], list(b"evil.com")].concat()))],
        vec![extension(SERVER_NAME, &[list(&[vec![0], list(b"good.com")].concat()), vec![0]].concat())],
    ] {
        assert_eq!(first(&wire(&extensions)), First::Broken, "{extensions:?}");
    }
    assert_eq!(first(&[records(&message(&[]), RECORD), vec![HANDSHAKE, 3, 3, 0, 0]].concat()), first(&wire(&[])));
    let two = [message(&[naming("good.com")]), message(&[naming("evil.com")])].concat();
    assert_eq!(first(&records(&two, RECORD)), First::Broken);
    let interrupted = [records(&message(&[naming("good.com")])[..20], 20), vec![21, 3, 3, 0, 2, 1, 0]].concat();
    assert_eq!(first(&interrupted), First::Broken);
    assert_eq!(first(&[HANDSHAKE; 5]), First::Broken);
    assert_eq!(first(&records(&[&[CLIENT_HELLO, 1, 0, 0][..], &[0; 70_000]].concat(), RECORD)), First::Broken);
}

proptest! {
    #[test]
    fn however_it_is_cut(size in 1usize..600, name in "[a-z]{1,20}\\.[a-z]{2,9}", more in prop::collection::vec((1u16..0xfe0d, prop::collection::vec(any::<u8>(), 0..40)), 0..6)) {
        let mut extensions: Vec<_> = more.iter().map(|(kind, content)| extension(*kind, content)).collect();
        extensions.insert(more.len() / 2, naming(&name));
        let bytes = records(&message(&extensions), size);
        prop_assert_eq!(first(&bytes), named(&name));
        for end in 0..bytes.len() {
            prop_assert_eq!(first(&bytes[..end]), First::Unfinished);
        }
    }

    #[test]
    fn nothing_makes_it_fail(mut bytes in prop::collection::vec(any::<u8>(), 0..300), begin in any::<bool>()) {
        if begin {
            bytes.splice(0..0, [HANDSHAKE, 3, 1, 0, 200, CLIENT_HELLO, 0, 0, 190]);
        }
        first(&bytes);
    }

    #[test]
    fn one_spoilt_byte_names_nobody_else(at in 0usize..200, byte in any::<u8>()) {
        let mut bytes = wire(&[extension(10, &[0, 2, 0, 29]), naming("good.com"), extension(43, &[2, 3, 4])]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let First::Hello(Hello { name: Some(name), .. }) = first(&bytes) {
            prop_assert!(text.contains(&name.to_string()));
        }
    }
}
