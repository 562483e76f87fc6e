//! Tests of the whole: conformance, interop, command line, tidiness
