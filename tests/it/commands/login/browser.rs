//! A sign-in with a real browser: the consent page, the pages at its end, in light and dark, on a desktop and on a phone.

use std::process::Output;

use crate::support::pending_login::PendingLogin;
use crate::support::webdriver::{self, Browser};
use crate::support::{Home, Sandbox, document, stderr, text};

/// The end of a sign-in that was decided in the browser, with the page that it ended at still open.
fn sign_in(browser: &Browser, home: &Home, sandbox: &Sandbox, user: &str, button: &str) -> Output {
    let login = PendingLogin::at(home, sandbox, &[]);
    browser.open(login.url().as_str());
    browser.expect_heading("Noesis CLI wants to sign you in");
    browser.click(&format!("label[for='user-{user}']"));
    browser.click(button);
    browser.expect_heading(match button {
        "#approve" => "You are signed in",
        _ => "The sign-in failed",
    });
    login.end()
}

#[test]
#[ignore = "needs Chromium: run tests/run"]
fn a_person_picks_a_user_and_approves() {
    let Some(browser) = webdriver::browser(true) else {
        return;
    };
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let output = sign_in(&browser, &home, &sandbox, "grace", "#approve");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let status = document(&home.noesis(&["status", "--json"]).output().unwrap());
    assert_eq!(status["sub"], "grace");

    let output = sign_in(&browser, &Home::new(), &sandbox, "hedy", "#deny");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(stderr(&output).contains("`access_denied`"), "{}", text(&output));
}

#[test]
#[ignore = "needs Chromium: run tests/run"]
fn a_person_without_javascript_approves() {
    let Some(browser) = webdriver::browser(false) else {
        return;
    };
    browser.open("data:text/html,<h1>off</h1><script>document.querySelector('h1').innerText='on'</script>");
    browser.expect_heading("off");
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let output = sign_in(&browser, &home, &sandbox, "hedy", "#approve");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let status = document(&home.noesis(&["status", "--json"]).output().unwrap());
    assert_eq!(status["sub"], "hedy");
}

#[test]
#[ignore = "needs Chromium: run tests/run"]
fn l6_the_pages_load_nothing_from_elsewhere_and_break_no_policy_of_their_own() {
    let Some(browser) = webdriver::browser(true) else {
        return;
    };
    let sandbox = Sandbox::with(&[]);
    for button in ["#approve", "#deny"] {
        sign_in(&browser, &Home::new(), &sandbox, "ada", button);
        let styled = browser.run("return getComputedStyle(document.querySelector('main')).borderTopLeftRadius");
        assert_eq!(styled, "20px", "the style sheet is let through");
        assert_eq!(browser.run("return document.referrer"), "");
        let requests = browser.requests();
        let foreign = requests.iter().find(|url| !url.starts_with("http://127.0.0.1:"));
        assert!(requests.len() >= 2 && foreign.is_none(), "{requests:?}");
        // The failure page has the status 400, which browsers mention.
        let complaints = browser.complaints();
        let policy = complaints
            .iter()
            .find(|words| words.contains("Content Security Policy"));
        assert_eq!(policy, None);
        assert!(button == "#deny" || complaints.is_empty(), "{complaints:?}");
    }
}

#[test]
#[ignore = "needs Chromium: run tests/run"]
fn every_page_is_whole_in_the_dark_and_on_a_phone() {
    let Some(browser) = webdriver::browser(true) else {
        return;
    };
    let sandbox = Sandbox::with(&[]);
    for (width, height, mobile) in [(1200, 900, false), (390, 844, true), (320, 568, true)] {
        for scheme in ["light", "dark"] {
            browser.window(width, height, mobile);
            browser.colours(scheme);
            let look = format!("{width} columns, {scheme}");
            browser.open(&sandbox.url);
            assert_whole(&browser, "h1", scheme, &format!("overview, {look}"));
            for button in ["#approve", "#deny"] {
                let home = Home::new();
                let login = PendingLogin::at(&home, &sandbox, &[]);
                browser.open(login.url().as_str());
                assert_whole(&browser, "#approve", scheme, &format!("consent, {look}"));
                browser.click(button);
                browser.expect_heading(match button {
                    "#approve" => "You are signed in",
                    _ => "The sign-in failed",
                });
                assert_whole(&browser, "h1", scheme, &format!("{button}, {look}"));
                assert_whole(&browser, "footer", scheme, &format!("{button}, {look}"));
                login.end();
            }
        }
    }
}

/// Asserts that the page is visible, fits the window, and has a background of the wanted brightness.
fn assert_whole(browser: &Browser, selector: &str, scheme: &str, what: &str) {
    let script = format!(
        "const box = document.querySelector('{selector}').getBoundingClientRect();
         const root = document.documentElement;
         const backs = [document.body, root].map(e => getComputedStyle(e).backgroundColor);
         const back = backs.find(color => color != 'rgba(0, 0, 0, 0)').match(/\\d+/g).map(Number);
         return [box.width > 20 && box.height > 10 && box.left >= 0 && box.right <= innerWidth,
                 root.scrollWidth <= root.clientWidth, back[0] + back[1] + back[2] < 200 ? 'dark' : 'light']"
    );
    let expected = serde_json::json!([true, true, scheme]);
    assert_eq!(
        browser.run(&script),
        expected,
        "{what}: seen, no sideways scroll, colours"
    );
}
