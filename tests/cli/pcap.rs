//! `compare --pcap`: where the capture may be written, and how.

use std::fs;

use crate::command::run;
use mailer_tests::binary::mailer;

#[test]
fn a_named_server_is_refused_because_its_password_would_be_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder can be created");
    let file = folder.path().join("capture.pcapng");
    let mut compare = mailer();
    compare.args(["compare", "--server", "smtp://127.0.0.1:1", "--pcap"]).arg(&file);
    let ran = run(&mut compare);
    assert_eq!(ran.status, 64, "{}", ran.stderr);
    assert!(ran.stderr.contains("--pcap works with the embedded server only"), "{}", ran.stderr);
    assert!(!file.exists());
}

#[test]
fn a_capture_is_private_and_starts_like_pcapng() {
    let folder = tempfile::tempdir().expect("a folder can be created");
    let file = folder.path().join("capture.pcapng");
    let ran = run(mailer().args(["compare", "--json", "--pcap"]).arg(&file));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let capture = fs::read(&file).expect("it was written");
    assert!(capture.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]), "the magic number of a section");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&file).expect("it was written").permissions().mode() & 0o777,
            0o600
        );
    }
}
