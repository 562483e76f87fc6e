//! Wireshark's dissector reads the capture of `mailer compare --pcap`: it decrypts the sessions and finds
//! their commands.

use std::{path::Path, process::Command};

use libtest_mimic::Trial;
use mailer_tests::binary;

use crate::{
    child::{self, LIMIT},
    require::{Missing, Needed},
};

/// The commands of a session that sends one at a time, as the dissector names them: it keeps the first four
/// letters.
const COMMANDS: [&str; 8] = ["EHLO", "STAR", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"];

const WIRESHARK: &str = include_str!("../../docs/wireshark.md");

struct Tshark;

pub(crate) fn trials() -> Vec<Trial> {
    let tshark = Needed::new("tshark", Tshark::find);
    vec![
        tshark.trial("every_command_is_found_after_tls", Tshark::finds_every_command),
        tshark.trial("every_filter_of_the_docs_finds_packets", Tshark::runs_filters_of_docs),
        tshark.trial("each_session_is_named_and_no_segment_is_lost", Tshark::finds_names),
    ]
}

impl Tshark {
    fn find() -> Result<Self, Missing> {
        match child::run(Command::new("tshark").arg("--version"), LIMIT) {
            Ok(said) if said.code() == Some(0) => Ok(Self),
            other => Err(Missing::Unavailable(format!("tshark does not run: {other:?}"))),
        }
    }

    fn finds_every_command(&self) {
        let folder = tempfile::tempdir().expect("a folder can be created");
        let file = folder.path().join("capture.pcapng");
        capture(&file, &["--flow", "lockstep"]);
        let fields = self.fields(&file, "smtp.req.command", &["tcp.stream", "smtp.req.command"]);
        for stream in ["0", "1", "2"] {
            let lines = fields.iter().filter(|line| line[0] == stream);
            let commands: Vec<&str> = lines.flat_map(|line| line[1].split(',')).collect();
            assert_eq!(commands, COMMANDS, "stream {stream}: {fields:?}");
        }
        let inside = self.fields(&file, "tls && smtp.req.command == \"MAIL\"", &["tcp.dstport"]);
        assert_eq!(inside, [["587"], ["587"], ["587"]], "inside TLS, to the submission port");
    }

    fn finds_names(&self) {
        let folder = tempfile::tempdir().expect("a folder can be created");
        let file = folder.path().join("capture.pcapng");
        capture(&file, &[]);
        let names = self.fields(&file, "frame.comment", &["frame.comment"]);
        assert_eq!(names, [["raw (auto)"], ["lettre"], ["lettre-connection"]]);
        let broken =
            self.fields(&file, "tcp.analysis.lost_segment || _ws.malformed", &["frame.number"]);
        assert!(broken.is_empty(), "{broken:?}");
    }

    fn runs_filters_of_docs(&self) {
        let folder = tempfile::tempdir().expect("a folder can be created");
        let file = folder.path().join("capture.pcapng");
        capture(&file, &[]);
        let filters = WIRESHARK.lines().filter_map(|line| {
            let (filter, _) = line.strip_prefix("| `")?.split_once("` |")?;
            Some(filter)
        });
        let filters: Vec<&str> = filters.collect();
        assert!(filters.len() >= 5, "the table of docs/wireshark.md: {filters:?}");
        for filter in filters {
            let packets = self.fields(&file, filter, &["frame.number"]);
            assert!(!packets.is_empty(), "{filter} finds nothing");
        }
    }

    /// The values of these fields, of each packet that the filter selects.
    fn fields(&self, file: &Path, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
        let mut tshark = Command::new("tshark");
        tshark.arg("-r").arg(file).args(["-Y", filter, "-T", "fields"]);
        fields.iter().for_each(|field| {
            tshark.args(["-e", field]);
        });
        let said = child::run(&mut tshark, LIMIT).expect("tshark ends by itself");
        assert_eq!(said.code(), Some(0), "{said:?}");
        let values = |line: &str| line.split('\t').map(str::to_owned).collect();
        said.stdout.lines().map(values).collect()
    }
}

/// Writes the capture of a comparison on the embedded server.
fn capture(file: &Path, options: &[&str]) {
    let mut compare = binary::mailer();
    compare.arg("compare").args(options).arg("--pcap").arg(file);
    let said = child::run(&mut compare, LIMIT).expect("it ends by itself");
    assert_eq!(said.code(), Some(0), "{said:?}");
}
