//! An orderer as its clients see it: over loopback gRPC, with real certificates.

mod broadcast;
mod configuration;
mod fixture;
mod program;
mod restart;
mod streams;
mod tls;
