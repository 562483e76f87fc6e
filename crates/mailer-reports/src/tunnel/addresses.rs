//! The addresses of both ends of the path.

use std::net::Ipv4Addr;

/// The address that servers listen on. It is for documentation (RFC 5737), so no machine has it.
pub const NEAR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The address that clients connect to.
pub const FAR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
