//! Profiles: settings from a file, below options and the environment.

use std::{fs, process::Command};

use mailer_server::{Account, Config};
use mailer_tests::binary;

use crate::{
    command::run,
    fixture::{Fixture, backends},
};

/// The page with the example of a configuration file.
const PAGE: &str = include_str!("../../docs/cli.md");
const MESSAGE: [&str; 4] = ["--to", "bob@example.com", "--body", "x"];

/// A server with the account of the example.
fn fixture() -> Fixture {
    let mut config = Config::default();
    config.accounts = vec![Account::new("ann@example.com", "sesame").with_token("sesame")];
    let fixture = Fixture::start(config);
    fixture.file(".mail-password", "sesame\n");
    fixture
}

/// Writes the configuration file, in which `{url}` is the URL of the server, with these permissions.
fn write_config(fixture: &Fixture, text: &str, mode: u32) {
    let folder = fixture.folder().join("mailer");
    fs::create_dir_all(&folder).expect("a folder");
    fs::copy(fixture.folder().join("ca.pem"), folder.join("ca.pem")).expect("the CA is copied");
    let file = folder.join("config.toml");
    fs::write(&file, text.replace("{url}", &fixture.url())).expect("the file can be written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(&file, permissions).expect("permissions can be set");
    }
    #[cfg(not(unix))]
    let _ = mode;
}

/// Returns a command with this folder as the configuration folder and the home.
fn mailer(fixture: &Fixture, verb: &str) -> Command {
    let mut command = binary::mailer();
    command.env("XDG_CONFIG_HOME", fixture.folder()).env("HOME", fixture.folder());
    command.current_dir(fixture.folder()).arg(verb);
    command
}

#[test]
fn the_example_of_the_documentation_works() {
    let (_, example) = PAGE.split_once("```toml\n").expect("the page has an example");
    let (example, _) = example.split_once("```\n").expect("a block has an end");
    let fixture = fixture();
    write_config(&fixture, &example.replace("smtp://mail.example.com", "{url}"), 0o644);
    for backend in backends() {
        for profile in [&[][..], &["--profile", "newsletter"]] {
            let mut command = mailer(&fixture, "send");
            command.args(MESSAGE).args(["--backend", backend]).args(profile);
            run(&mut command).succeeds();
            let mail = fixture.take_mail();
            let content = String::from_utf8_lossy(&mail.content);
            assert!(content.contains("From: Ann <ann@example.com>\r\n"), "{content}");
            let is_newsletter = !profile.is_empty();
            assert_eq!(content.contains("List-Unsubscribe: "), is_newsletter, "{content}");
            let sender = if is_newsletter { "bounces@example.com" } else { "ann@example.com" };
            assert_eq!(mail.sender.as_deref(), Some(sender));
        }
    }
    let report = run(&mut mailer(&fixture, "check")).succeeds().stdout;
    assert!(report.contains("Login       accepted"), "{report}");
}

#[test]
fn options_come_before_the_environment_and_the_environment_before_the_profile() {
    let fixture = fixture();
    let wrong = "[default]\nserver = '{url}'\nuser = 'ann@example.com'\nca = 'ca.pem'\n\
                 from = 'profile@example.com'\npassword-command = 'echo wrong'\n";
    write_config(&fixture, wrong, 0o644);
    let send = || {
        let mut command = mailer(&fixture, "send");
        command.args(MESSAGE);
        command
    };
    run(&mut send()).exits(77);
    run(send().env("SMTP_PASSWORD", "sesame")).succeeds();
    assert_eq!(fixture.take_mail().sender.as_deref(), Some("profile@example.com"));
    let options = ["--password-command", "echo sesame", "--from", "option@example.com"];
    run(send().env("SMTP_PASSWORD", "wrong").args(options)).succeeds();
    assert_eq!(fixture.take_mail().sender.as_deref(), Some("option@example.com"));
}

#[test]
fn a_profile_may_name_an_access_token_and_a_password_from_elsewhere_comes_first() {
    let fixture = fixture();
    let account = "[default]\nserver = '{url}'\nuser = 'ann@example.com'\nca = 'ca.pem'\n\
                   from = 'ann@example.com'\n";
    for source in ["token-command = 'echo sesame'", "token-file = '../.mail-password'"] {
        write_config(&fixture, &format!("{account}{source}\n"), 0o644);
        for backend in backends() {
            let send = || {
                let mut command = mailer(&fixture, "send");
                command.args(MESSAGE).args(["--trace", "--backend", backend]);
                command
            };
            let trace = run(&mut send()).exits(0).stderr;
            assert!(
                trace.contains("AUTH XOAUTH2") || trace.contains("AUTH OAUTHBEARER"),
                "{trace}"
            );
            let trace = run(send().env("SMTP_PASSWORD", "sesame")).exits(0).stderr;
            assert!(
                !trace.contains("AUTH XOAUTH2") && !trace.contains("AUTH OAUTHBEARER"),
                "{trace}"
            );
        }
    }
}

#[test]
fn the_account_of_a_profile_is_not_used_elsewhere() {
    let (fixture, other) = (fixture(), Fixture::start(Config::plain()));
    let text = "[default]\nserver = '{url}'\nuser = 'ann@example.com'\nca = 'ca.pem'\n\
                from = 'ann@example.com'\npassword-command = 'touch asked; echo sesame'\n";
    write_config(&fixture, text, 0o644);
    let asked = fixture.folder().join("asked");
    run(mailer(&fixture, "send").args(MESSAGE).args(["--server", &other.url()])).succeeds();
    run(mailer(&fixture, "send").args(MESSAGE).env("SMTP_URL", other.url())).succeeds();
    assert_eq!(other.server.take_mails().len(), 2);
    let ran = run(mailer(&fixture, "send").args(MESSAGE).args(["--user", "bob@example.com"]));
    assert!(ran.exits(78).error().contains("no password for bob@example.com"));
    assert!(!asked.exists(), "the password was asked for");
    // Only send and check have a default profile.
    let compared = run(mailer(&fixture, "compare").arg("--no-recordings")).succeeds();
    assert!(compared.stdout.contains("Summary") && fixture.server.take_mails().is_empty());
    run(mailer(&fixture, "send").args(MESSAGE)).succeeds();
    assert!(asked.exists());
}

/// The secret of a profile is its user's, whether the user is a key or part of the URL.
#[test]
fn the_secret_of_a_profile_is_not_used_for_another_user() {
    let fixture = fixture();
    let named = fixture.url().replace("smtp://", "smtp://ann%40example.com@");
    let whole = named.replace("com@", "com:sesame@");
    let (ann, bob) = ("user = 'ann@example.com'\n", "user = 'bob@example.com'\n");
    let secrets = ["password = 'sesame'\n", "token-file = '../.mail-password'\n"];
    let mut rows = vec![(whole.clone(), ann.to_owned()), (whole.clone(), String::new())];
    rows.extend(secrets.map(|secret| (named.clone(), secret.to_owned())));
    rows.extend(secrets.map(|secret| (fixture.url(), format!("{ann}{secret}"))));
    let config = |url: &str, keys: &str| {
        format!("[default]\nserver = '{url}'\nca = 'ca.pem'\nfrom = 'a@example.com'\n{keys}")
    };
    for (url, keys) in &rows {
        write_config(&fixture, &config(url, keys), 0o600);
        for user in [&[][..], &["--user", "ann@example.com"]] {
            run(mailer(&fixture, "send").args(MESSAGE).args(user)).succeeds();
            fixture.take_mail();
        }
        let other = ["--user", "bob@example.com"];
        let ran = run(mailer(&fixture, "send").args(MESSAGE).args(other)).exits(78);
        assert!(ran.error().contains("no password for bob@example.com"), "{ran:#?}");
    }
    write_config(&fixture, &config(&whole, bob), 0o600);
    let ran = run(mailer(&fixture, "send").args(MESSAGE)).exits(78);
    assert!(ran.error().contains("no password for bob@example.com"), "{ran:#?}");
}

#[test]
fn an_error_names_the_file_the_line_and_the_key() {
    let fixture = fixture();
    for (mode, text, line, words) in [
        (0o644, "[default]\nservr = 'x'\n", 2, "servr"),
        (0o644, "[default]\ntimeout = 'soon'\n", 2, "timeout"),
        (0o644, "[default]\n\npassword = 'Zq7'\n", 3, "password"),
        (0o644, "[default]\npassword-file = 'a'\ntoken-file = 'b'\n", 3, "token-file"),
        (0o640, "[default]\nserver = 'smtp://ann:Zq7@localhost'\n", 2, "server"),
        (0o600, "[default]\nserver = 'smtp://ann:Zq7@a b'\n", 2, "server"),
        (0o600, "[default\n", 1, ""),
    ] {
        write_config(&fixture, text, mode);
        let ran = run(mailer(&fixture, "send").args(MESSAGE)).exits(78);
        let place = format!("mailer/config.toml, line {line}: ");
        let error = ran.error();
        assert!(error.contains(&place) && error.contains(words), "{text}{error}");
        assert!(!ran.stderr.contains("Zq7"), "{error}");
    }
    let password = "[default]\nserver = '{url}'\nca = 'ca.pem'\nuser = 'ann@example.com'\n\
                    password = 'sesame'\nfrom = 'ann@example.com'\n";
    write_config(&fixture, password, 0o600);
    run(mailer(&fixture, "send").args(MESSAGE)).succeeds();
    let ran = run(mailer(&fixture, "send").args(MESSAGE).args(["--profile", "work"])).exits(78);
    assert!(ran.error().contains("\"work\"") && ran.error().contains("default"), "{ran:#?}");
    let mut without = mailer(&fixture, "send");
    let ran =
        run(without.args(MESSAGE).args(["--profile", "x"]).env("XDG_CONFIG_HOME", "/nowhere"));
    assert!(ran.exits(78).error().contains("/nowhere/mailer/config.toml"));
}
