//! The command `mailer` as people and scripts meet it: exit status, stdout and stderr.

mod bench;
mod bench_ends;
mod causes;
mod command;
mod compare;
mod drafts;
mod eml;
mod fixture;
mod form;
mod json;
mod misuse;
mod outside;
mod passwords;
mod pipes;
mod plan;
mod prepared;
mod resources;
mod secrets;
mod serve;
mod silence;
mod sources;
mod stalls;
mod statuses;
mod text;
mod trace;
mod with;
