//! Rules from their text and back, and what the flags for the fast way say.

use super::*;
use crate::catalog;

fn user(rules: &[&str]) -> Rules {
    let words: Vec<&[u8]> = rules.iter().map(|rule| rule.as_bytes()).collect();
    let mut user = Rules::new(false);
    user.apply_all(&join_selectors(&words).unwrap(), false).unwrap();
    user
}

fn described(rules: &[&str]) -> String {
    String::from_utf8(user(rules).describe()).unwrap()
}

#[test]
fn every_command_has_a_bit() {
    assert!(catalog::all().len() <= crate::limits::ACL_COMMANDS_MAX);
}

#[test]
fn a_description_brings_the_same_user_back() {
    let rules =
        ["on", ">pw", "~a", "%R~b", "&c", "db=2,1", "+@all", "-@admin", "+acl|whoami", "(+get", "~x)"];
    let text = described(&rules);
    let words: Vec<&str> = text.split(' ').collect();
    assert_eq!(described(&words), text);
    assert!(
        text.ends_with(
            "~a %R~b resetchannels &c db=1,2 +@all -@admin +acl|whoami (~x resetchannels -@all +get)"
        ),
        "{text}"
    );
}

#[test]
fn later_rules_take_the_place_of_earlier_ones_about_the_same() {
    assert!(
        described(&["+config|get", "+config|set", "-get", "+config", "+get"]).ends_with("-@all +config +get")
    );
    assert!(described(&["+get", "-@read", "+@read"]).ends_with("-@all +get +@read"));
    assert!(described(&["+get", "+@all", "-@all"]).ends_with(" -@all"));
}

#[test]
fn free_is_who_may_do_everything() {
    for free in [
        &["allkeys", "allcommands", "allchannels"][..],
        &["(~* +@all &*)"],
        &["~*", "&*", "+@all", "db=1", "alldbs"],
    ] {
        assert!(user(free).is_free(), "{free:?}");
    }
    for bound in [
        &["allkeys", "allcommands"][..],
        &["~*", "&*", "+@all", "-get"],
        &["~*", "&*", "+@all", "db=0"],
        &["+@all", "(~* &*)"],
    ] {
        assert!(!user(bound).is_free(), "{bound:?}");
    }
}

#[test]
fn passwords() {
    let mut rules = user(&["on", ">one", ">two"]);
    assert!(rules.admits(b"one") && rules.admits(b"two") && !rules.admits(b"three") && !rules.admits(b""));
    rules.apply(b"<one", false).unwrap();
    assert!(!rules.admits(b"one"));
    rules.apply(b"off", false).unwrap();
    assert!(!rules.admits(b"two"));
    assert_eq!(rules.apply(b"<one", false), Err(Refusal::NoSuchPassword));
    let debug = format!("{rules:?}");
    assert!(!debug.contains('#'), "{debug}");
}
