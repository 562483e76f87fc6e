//! A synthetic machine: one folder with all programs that a launcher finds.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use mailer_tests::launched_server;
use tempfile::TempDir;

use crate::child::{self, Finished, LIMIT};

/// A launcher as data: the files of its packages.
pub(super) struct Launcher {
    pub(super) name: &'static str,
    pub(super) packages: &'static [Package],
    pub(super) needs_root: bool,
    pub(super) needs_namespace: bool,
}

/// A package: files in the folder of programs. A package without files is not part of the server.
pub(super) struct Package {
    pub(super) name: &'static str,
    /// Paths in the folder, with the shell commands of each program.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// How the launcher names the missing part.
    pub(super) missed_as: Option<&'static str>,
}

/// A missing dependency that `apt-get` would install too.
pub(super) const DEPENDENCY: &str = "libevent-2.1-7";

/// An `apt-get` that records its arguments and has no network.
pub(super) const APT: Package = Package {
    name: "apt",
    files: &[(
        "apt-get",
        r#"case "$*" in
        *--simulate*) echo 'Inst libevent-2.1-7 (1.0)'; exit 0 ;;
        *' download '*) echo "$*" >>"$RECORDS/download"; echo 'no such network' ;;
        *' install '*)
            echo "$*" >>"$RECORDS/install"
            echo 'E: Packages need to be removed but remove is disabled.' ;;
        *) echo 'no such network' ;;
        esac
        exit 100"#,
    )],
    missed_as: None,
};

/// Postfix, which two launchers use.
const POSTFIX: Package = Package {
    name: "postfix",
    files: &[
        ("postfix", ""),
        ("postconf", r#"[ "$1" = -a ] && printf 'cyrus\ndovecot\n' || echo "${0%/*}/daemons""#),
        ("daemons/master", ""),
        ("daemons/smtpd", ""),
        ("daemons/tlsmgr", ""),
        ("daemons/cleanup", ""),
        ("daemons/qmgr", ""),
        ("daemons/virtual", ""),
        ("users/postfix", ""),
        ("users/postdrop", ""),
    ],
    missed_as: Some("postfix is missing"),
};

/// The packages of Cyrus SASL, which two launchers use.
const SASL2_BIN: Package = Package {
    name: "sasl2-bin",
    files: &[
        ("saslpasswd2", ""),
        ("saslpluginviewer", r#"cat "${0%/*}"/plugins/*.commands 2>/dev/null || true"#),
    ],
    missed_as: Some("saslpasswd2 is missing"),
};
const SASL2_MODULES: Package = Package {
    name: "libsasl2-modules",
    files: &[("plugins/modules", "PLAIN LOGIN SCRAM-SHA-256\n")],
    missed_as: Some("the SASL plug-in for PLAIN is missing"),
};
const SASL2_MODULES_DB: Package = Package {
    name: "libsasl2-modules-db",
    files: &[("plugins/db", "sasldb\n")],
    missed_as: Some("the SASL plug-in for sasldb is missing"),
};

pub(super) const LAUNCHERS: &[Launcher] = &[
    Launcher {
        name: "dovecot",
        packages: &[
            POSTFIX,
            Package {
                name: "dovecot-core",
                files: &[
                    ("dovecot", ""),
                    ("doveconf", r#"echo "${0%/*}/daemons""#),
                    ("daemons/auth", ""),
                    ("daemons/anvil", ""),
                    ("daemons/log", ""),
                    ("users/dovecot", ""),
                    ("users/dovenull", ""),
                ],
                missed_as: Some("dovecot is missing"),
            },
        ],
        needs_root: true,
        needs_namespace: false,
    },
    Launcher {
        name: "postfix",
        packages: &[POSTFIX, SASL2_BIN, SASL2_MODULES, SASL2_MODULES_DB],
        needs_root: true,
        needs_namespace: false,
    },
    Launcher {
        name: "exim",
        packages: &[
            Package {
                name: "exim4-daemon-light",
                files: &[("exim4", "")],
                missed_as: Some("exim4 is missing"),
            },
            Package {
                name: "exim4-base",
                files: &[("users/Debian-exim", "")],
                missed_as: Some("the user Debian-exim is missing"),
            },
            Package { name: "exim4-config", files: &[], missed_as: None },
        ],
        needs_root: true,
        needs_namespace: false,
    },
    Launcher {
        name: "sendmail",
        packages: &[
            Package {
                name: "sendmail-bin",
                files: &[("makemap", ""), ("sendmail", "")],
                missed_as: Some("makemap is missing"),
            },
            SASL2_BIN,
            SASL2_MODULES,
            SASL2_MODULES_DB,
        ],
        needs_root: true,
        needs_namespace: true,
    },
    Launcher {
        name: "opensmtpd",
        packages: &[Package {
            name: "opensmtpd",
            files: &[("smtpd", "echo 'version: OpenSMTPD 7.3.0'")],
            missed_as: Some("smtpd is missing"),
        }],
        needs_root: true,
        needs_namespace: true,
    },
    Launcher {
        name: "aiosmtpd",
        packages: &[
            Package {
                name: "python3-aiosmtpd",
                files: &[("modules/aiosmtpd", "")],
                missed_as: Some("No module named 'aiosmtpd'"),
            },
            Package {
                name: "python3-attr",
                files: &[("modules/attr", "")],
                missed_as: Some("No module named 'attr'"),
            },
            Package {
                name: "python3-public",
                files: &[("modules/public", "")],
                missed_as: Some("No module named 'public'"),
            },
        ],
        needs_root: false,
        needs_namespace: false,
    },
];

/// Programs of this machine that every launcher uses.
const TOOLS: &[&str] = &[
    "awk", "bash", "cat", "dirname", "env", "grep", "ldd", "ln", "mkdir", "readlink", "rm", "sort",
    "tail", "tar", "touch",
];

/// Programs that every synthetic machine has: its user is root, and may make mount namespaces.
const PROGRAMS: &[(&str, &str)] = &[
    ("id", "echo 0"),
    ("unshare", ""),
    ("flock", ""),
    ("openssl", ""),
    ("setsid", ""),
    ("timeout", "shift; exec \"$@\""),
    ("getent", r#"[ -e "${0%/*}/users/$2" ]"#),
    (
        "python3",
        r#"for module in aiosmtpd attr public; do
            [ -e "${0%/*}/modules/$module" ] ||
                { echo "ModuleNotFoundError: No module named '$module'"; exit 1; }
        done"#,
    ),
];

/// The folder of the tests.
fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) struct Machine(TempDir);

impl Machine {
    /// One with all tools, and no package of a mail server.
    pub(super) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("mailer-machine-").tempdir();
        let machine = Self(folder.expect("a folder"));
        let path = env::var_os("PATH").expect("there is a path");
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        fs::create_dir(machine.programs()).expect("a folder");
        for tool in TOOLS {
            let found = folders.iter().map(|folder| folder.join(tool)).find(|file| file.exists());
            let found = found.unwrap_or_else(|| panic!("this machine has no {tool}"));
            symlink(found, machine.programs().join(tool)).expect("a link");
        }
        for (name, commands) in PROGRAMS {
            machine.program(name, commands);
        }
        machine
    }

    fn programs(&self) -> PathBuf {
        self.0.path().join("programs")
    }

    /// The folder that its launchers unpack into.
    pub(super) fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    pub(super) fn add(&self, package: &Package) {
        for (name, commands) in package.files {
            self.program(name, commands);
        }
    }

    /// Adds a program, in place of one of the same name.
    pub(super) fn program(&self, name: &str, commands: &str) {
        let folder = self.programs();
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("it is in a folder")).expect("a folder");
        fs::write(folder.join(format!("{name}.commands")), commands).expect("a file");
        // In place of a link to the real program, if there is one.
        let _ = fs::remove_file(&file);
        symlink(tests().join("interop/launchers/program"), file).expect("a link");
    }

    pub(super) fn remove(&self, program: &str) {
        fs::remove_file(self.programs().join(program)).expect("it was there");
    }

    /// What `apt-get` was asked with this verb, or nothing.
    pub(super) fn record(&self, verb: &str) -> String {
        fs::read_to_string(self.0.path().join(verb)).unwrap_or_default()
    }

    /// Runs the launcher's `install`, which decides where the server comes from.
    pub(super) fn install(&self, launcher: &Launcher) -> Finished {
        let mut command = Command::new(launched_server::path(launcher.name));
        command.arg("install").env_clear();
        command.env("PATH", self.programs()).env("MAILER_SERVERS_PATH", self.programs());
        command.env("MAILER_SERVERS_CACHE", self.cache()).env("RECORDS", self.0.path());
        child::run(&mut command, LIMIT).expect("it ends by itself")
    }
}
