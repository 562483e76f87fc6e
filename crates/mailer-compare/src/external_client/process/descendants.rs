//! Ends all processes that a program has started, also those that outlive it.
//!
//! A program gets its own process group, which is killed when it ends. A child that leaves the group
//! (`setsid`, a daemon) is found on Linux by an environment variable, which children inherit. A child
//! that leaves the group and clears its environment is not found.

#[cfg(unix)]
pub(super) use unix::{end, has_ended, prepare};

#[cfg(not(unix))]
pub(super) use elsewhere::{end, has_ended, prepare};

#[cfg(unix)]
mod unix {
    use std::{
        io,
        os::unix::process::CommandExt as _,
        process::{self, Child, Command},
        sync::atomic::{AtomicU64, Ordering},
        time::SystemTime,
    };

    use nix::{
        sys::signal::{Signal, killpg},
        unistd::Pid,
    };

    /// The variable that marks a program and its children.
    const VARIABLE: &str = "MAILER_RUN";

    /// Gives the program its own process group and mark; returns the mark.
    pub(in super::super) fn prepare(command: &mut Command) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // Unique among the processes of this machine and its containers.
        let mark = format!("{}-{count}-{}", process::id(), now.as_nanos());
        command.env(VARIABLE, &mark).process_group(0);
        format!("{VARIABLE}={mark}")
    }

    /// Returns whether the program has ended. It is not reaped yet, so its process id, which is also its
    /// group's, is not reused.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    pub(in super::super) fn has_ended(child: &mut Child) -> io::Result<bool> {
        use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        Ok(waitid(Id::Pid(pid(child)), flags)? != WaitStatus::StillAlive)
    }

    /// Returns whether the program has ended. On these systems that reaps it, so its process id could be
    /// reused before its group is killed. Systems reuse an id only after all others.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    pub(in super::super) fn has_ended(child: &mut Child) -> io::Result<bool> {
        Ok(child.try_wait()?.is_some())
    }

    /// Kills the program, if it still runs, and its children.
    pub(in super::super) fn end(child: &mut Child, mark: &str) {
        if killpg(pid(child), Signal::SIGKILL).is_err() {
            // It may have ended just now.
            let _ = child.kill();
        }
        marked::kill_all(mark);
    }

    fn pid(child: &Child) -> Pid {
        // A process id of the system fits into its own type.
        Pid::from_raw(child.id().cast_signed())
    }

    #[cfg(target_os = "linux")]
    mod marked {
        use std::{fs, path::Path, thread, time::Duration};

        use nix::{
            sys::signal::{Signal, kill},
            unistd::Pid,
        };

        /// How often marked processes are searched for. Those that are found end soon, and the next round
        /// finds what they started meanwhile.
        const ROUNDS: usize = 100;
        const PAUSE: Duration = Duration::from_millis(5);

        pub(super) fn kill_all(mark: &str) {
            for _ in 0..ROUNDS {
                let found = find(mark.as_bytes());
                if found.is_empty() {
                    return;
                }
                for process in found {
                    // It may have ended just now.
                    let _ = kill(process, Signal::SIGKILL);
                }
                thread::sleep(PAUSE);
            }
        }

        /// Returns the processes with the mark in their environment. A process that has ended has none.
        fn find(mark: &[u8]) -> Vec<Pid> {
            let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
            let processes = entries.filter_map(|entry| {
                let process = entry.file_name().to_str()?.parse().ok()?;
                has(&entry.path(), mark).then(|| Pid::from_raw(process))
            });
            processes.collect()
        }

        /// The environments of other users' processes cannot be read; they are not ours.
        fn has(process: &Path, mark: &[u8]) -> bool {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark)
        }
    }

    /// Without /proc only the process group is known.
    #[cfg(not(target_os = "linux"))]
    mod marked {
        pub(super) fn kill_all(_: &str) {}
    }
}

/// Without process groups only the program itself can be killed.
#[cfg(not(unix))]
mod elsewhere {
    use std::{
        io,
        process::{Child, Command},
    };

    pub(in super::super) fn prepare(_: &mut Command) -> String {
        String::new()
    }

    pub(in super::super) fn has_ended(child: &mut Child) -> io::Result<bool> {
        Ok(child.try_wait()?.is_some())
    }

    pub(in super::super) fn end(child: &mut Child, _: &str) {
        // It may have ended just now.
        let _ = child.kill();
    }
}
