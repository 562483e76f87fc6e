//! Tests of the embedded server from its clients' side, over real sockets.

mod auth;
mod chunks;
mod client;
mod content;
mod events;
mod faults;
mod habits;
mod limits;
mod order;
mod script;
mod sink;
mod slow;
mod stores;
mod tls;
mod transcript;
