//! Calls that get a URL: whose host rules speak of, and where that leads.

use super::*;
use Effect::{Allow, Ask, Deny};
use Mode::{BypassPermissions, Default, DontAsk, Plan};

/// `led` is where the URL's host was found to lead, as `host=address`.
fn fetch(mode: Mode, rules: &[&str], url: &str, led: &str) -> Question {
    let mut question = question(mode, rules, &format!("WebFetch {url}"));
    question.footprint = Footprint::Network;
    if let Some((host, address)) = led.split_once('=') {
        let fact = PathFact {
            parameter: "address".into(),
            given: host.into(),
            canonical: address.into(),
            ..PathFact::default()
        };
        question.facts.paths = vec![fact];
    }
    question
}

#[test]
fn a_host_of_the_internet() {
    let rules: &[(&[&str], &str, Effect)] = &[
        (&[], "https://a.example/", Ask),
        (&["allow WebFetch"], "https://a.example/", Allow),
        (&["allow WebFetch(domain:a.example)"], "https://a.example/x?y#z", Allow),
        (&["allow WebFetch(domain:a.example)"], "https://a.example:8443/", Allow),
        (&["allow WebFetch(domain:a.example)"], "https://b.a.example/", Ask),
        (&["allow WebFetch(domain:[2606:4700::1111])"], "https://[2606:4700:0::1111]/", Allow),
        (&["ask WebFetch(domain:a.example)", "allow WebFetch"], "https://a.example/", Ask),
        (&["deny WebFetch(domain:a.example)", "allow WebFetch"], "https://A.example./", Deny),
        (&["deny WebFetch(domain:xn--exmple-cua.example)", "allow WebFetch"], "https://exämple.example/", Deny),
        (&["deny WebFetch(domain:93.184.216.34)", "allow WebFetch"], "https://1572395042/", Deny),
    ];
    for (rules, url, expected) in rules {
        let verdict = evaluate(&fetch(Default, rules, url, "")).unwrap();
        assert_eq!(verdict.verdict, *expected, "{rules:?} {url}: {}", verdict.reason);
    }
    for (mode, expected) in [(Plan, Ask), (DontAsk, Deny), (BypassPermissions, Allow)] {
        assert_eq!(evaluate(&fetch(mode, &[], "https://a.example/", "")).unwrap().verdict, expected);
    }
    let suggested = evaluate(&fetch(Default, &[], "https://A.example:8443/x", "")).unwrap().suggestion;
    assert_eq!(suggested.as_deref(), Some("WebFetch(domain:a.example)"));
}

#[test]
fn the_users_own_networks_are_reached_by_what_names_them_and_by_nothing_else() {
    let forms = [
        "http://localhost/",
        "https://localhost.:8443/",
        "http://LOCALHOST/",
        "http://a.localhost/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1:8080/",
        "http://169.254.169.254/latest/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::]/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[ff02::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[64:ff9b:1::a00:1]/",
        "http://[2002:a00:1::]/",
        "http://[2001::1]/",
    ];
    for url in forms {
        for rules in [&[][..], &["allow WebFetch"], &["allow WebFetch(domain:a.example)"], &["grant WebFetch"]] {
            let verdict = |mode| evaluate(&fetch(mode, rules, url, "")).unwrap().verdict;
            let given = [Default, Plan, Mode::AcceptEdits, DontAsk, BypassPermissions].map(verdict);
            assert_eq!(given, [Ask, Ask, Ask, Deny, Deny], "{rules:?} {url}");
        }
    }
    let named: &[(&[&str], &str, Effect)] = &[
        (&["allow WebFetch(domain:localhost)"], "http://localhost:3000/x", Allow),
        (&["grant WebFetch(domain:localhost)"], "http://localhost:3000/x", Allow),
        (&["allow WebFetch(domain:localhost)"], "http://127.0.0.1:3000/x", Ask),
        (&["allow WebFetch(domain:10.0.0.5)"], "http://10.0.0.5/", Allow),
        (&["allow WebFetch(domain:[0:0:0:0:0:0:0:1])"], "http://[::1]:3000/", Allow),
        (&["allow WebFetch(domain:10.0.0.5)"], "http://10.0.0.6/", Ask),
        (&["allow WebFetch(domain:10.0.0.5)", "deny WebFetch(domain:10.0.0.5)"], "http://167772165/", Deny),
        (&["allow WebFetch(domain:10.0.0.5)", "ask WebFetch"], "http://10.0.0.5/", Ask),
    ];
    for (rules, url, expected) in named {
        let verdict = evaluate(&fetch(Default, rules, url, "")).unwrap();
        assert_eq!(verdict.verdict, *expected, "{rules:?} {url}: {}", verdict.reason);
    }
    let mut of_a_repository = fetch(Default, &["allow WebFetch(domain:localhost)"], "http://localhost/", "");
    assert_eq!(evaluate(&of_a_repository).unwrap().verdict, Allow);
    of_a_repository.rules[0].layer = Layer::Project;
    assert_eq!(evaluate(&of_a_repository).unwrap().verdict, Ask, "its rules open nothing of the user's networks");
    let asked = evaluate(&fetch(Default, &[], "http://localhost:3000/", "")).unwrap();
    assert_eq!(asked.suggestion.as_deref(), Some("WebFetch(domain:localhost)"));
    let odd = evaluate(&fetch(Default, &[], "http://2130706433/", "")).unwrap();
    assert_eq!(odd.suggestion, None, "no rule would allow it, so none is offered");
}

#[test]
fn a_name_that_leads_to_the_users_own_networks() {
    let (url, led) = ("https://wiki.example/", "wiki.example=10.0.0.5");
    let (name, place) = ("allow WebFetch(domain:wiki.example)", "allow WebFetch(domain:10.0.0.5)");
    let table: &[(Mode, &[&str], Effect)] = &[
        (Default, &[], Ask),
        (Default, &["allow WebFetch"], Ask),
        (Default, &[name], Ask),
        (Default, &[place], Ask),
        (Default, &[name, place], Allow),
        (Default, &["allow WebFetch", "grant WebFetch(domain:10.0.0.5)"], Allow),
        (Default, &[name, "allow WebFetch(domain:10.0.0.6)"], Ask),
        (Default, &[name, place, "deny WebFetch(domain:10.0.0.5)"], Deny),
        (BypassPermissions, &[name], Deny),
        (BypassPermissions, &[name, place], Allow),
        (DontAsk, &[name], Deny),
    ];
    for (mode, rules, expected) in table {
        let verdict = evaluate(&fetch(*mode, rules, url, led)).unwrap();
        assert_eq!(verdict.verdict, *expected, "{mode:?} {rules:?}: {}", verdict.reason);
    }
    let asked = evaluate(&fetch(Default, &[name], url, led)).unwrap();
    assert!(asked.reason.contains("leads to `10.0.0.5`"), "{}", asked.reason);
    assert_eq!(asked.suggestion.as_deref(), Some("WebFetch(domain:10.0.0.5)"));
    let sixth = evaluate(&fetch(Default, &[name], url, "wiki.example=fd00::5")).unwrap();
    assert_eq!(sixth.suggestion.as_deref(), Some("WebFetch(domain:[fd00::5])"));
    let other = fetch(Default, &["allow WebFetch"], "https://b.example/", led);
    assert_eq!(evaluate(&other).unwrap().verdict, Allow, "where another host leads says nothing of this one");
}
