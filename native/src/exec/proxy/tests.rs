//! Names, addresses and requests, without a network.

use super::request::{Kind, parse};
use super::rules::{Host, Rule, Rules};
use crate::policy::is_public;

fn allows(entry: &str, host: &str, port: u16) -> bool {
    let rules = Rules::parse(&[entry.to_owned()]).unwrap();
    Host::parse(host).is_some_and(|host| rules.allow(&host, port))
}

#[test]
fn an_entry_holds_for_itself_and_its_ports() {
    assert!(allows("example.com", "example.com", 443));
    assert!(allows("example.com", "EXAMPLE.com.", 80));
    assert!(!allows("example.com", "example.com", 22));
    assert!(!allows("example.com", "www.example.com", 443));
    assert!(!allows("example.com", "example.com.evil.org", 443));
    assert!(!allows("example.com", "evilexample.com", 443));
    assert!(allows("example.com:8080", "example.com", 8080));
    assert!(!allows("example.com:8080", "example.com", 443));
    assert!(allows("*.example.com", "a.b.example.com", 443));
    assert!(!allows("*.example.com", "example.com", 443));
    assert!(!allows("*.example.com", "evilexample.com", 443));
    assert!(allows("[::1]:8000", "[0:0::1]", 8000));
    assert!(allows("127.0.0.1", "127.0.0.1", 80));
}

#[test]
fn what_is_no_entry_and_no_host() {
    for text in
        ["", "*", "*.", "http://a.b", "a b", "a/b", "user@a.b", "a:0", "a:x", "a:99999", "*.1.2.3.4", "a..b", "b:"]
    {
        assert_eq!(Rule::parse(text), None, "{text}");
    }
    for text in ["127.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "1.2.3.4.5", "[::1", "::1", "a%00b", "ä.de"] {
        assert_eq!(Host::parse(text), None, "{text}");
    }
}

#[test]
fn only_the_internet_is_public() {
    for address in ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:0101:0101::"] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "100::1",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn a_plain_request_goes_on_with_the_host_that_was_judged() {
    let head = b"POST http://good.com:81/a?b HTTP/1.1\r\nHost: evil.com\r\nX: y\r\nProxy-Connection: keep-alive\r\nContent-Length: 3\r\n\r\n";
    let request = parse(head).unwrap();
    assert_eq!((request.host, request.port), (Host::Name("good.com".into()), 81));
    let expected = "POST /a?b HTTP/1.1\r\nHost: good.com:81\r\nConnection: close\r\nX: y\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(request.kind, Kind::Plain { head: expected.into(), body: 3 });
}

#[test]
fn tricks_are_no_requests() {
    for line in [
        "GET http://good.com@evil.com/ HTTP/1.1",
        "GET http://good.com:80@evil.com/ HTTP/1.1",
        "GET http://good.com\\@evil.com/ HTTP/1.1\r\nA B: c",
        "GET https://good.com/ HTTP/1.1",
        "GET /path HTTP/1.1",
        "GET http://good.com/ HTTP/1.1\r\n folded: x",
        "GET http://good.com/ HTTP/1.1\nHost: evil.com",
        "GET http://good.com/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        "GET http://good.com/ HTTP/1.1\r\nTransfer-Encoding: chunked",
        "GET  http://good.com/ HTTP/1.1",
        "GET http://good.com/ HTTP/1.1 ",
        "GET http://good.com/ HTTP/2.0",
        "GET http://good.com/\rHost: evil.com HTTP/1.1",
        "GET http://good.com/ HTTP/1.1\r\nX: y\nHost: evil.com",
        "GET http://good.com/ HTTP/1.1\r\nX: y\r\n z: folded",
        "GET http://good.com/ HTTP/1.1\r\nX : y",
        "GET http://good.com/ HTTP/1.1\r\nX: a\u{7f}b",
        "GET http://good.com/ HTTP/1.1\r\nContent-Length: +1",
        "GET http://good.com/ HTTP/1.1\r\n\r\nGET http://evil.com/ HTTP/1.1",
        "GET http:///x HTTP/1.1",
        "CONNECT good.com HTTP/1.1",
        "CONNECT a@good.com:443 HTTP/1.1",
        "CONNECT good.com:443\0.evil.com:443 HTTP/1.1",
        "CONNECT 2130706433:80 HTTP/1.1",
    ] {
        assert!(parse(format!("{line}\r\n\r\n").as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn more_headers_than_anybody_sends_are_refused_as_such() {
    let head = |count: usize| format!("GET http://good.com/ HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(count));
    assert!(parse(head(100).as_bytes()).is_ok());
    assert_eq!(parse(head(101).as_bytes()), Err("431 Request Header Fields Too Large"));
}
