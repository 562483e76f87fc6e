//! Criterion benchmarks: handshake and throughput
