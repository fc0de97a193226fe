//! Channels as a whole: configurations written by Fabric and by us, policies over real signatures, updates.

mod bundle;
mod consensus;
mod golden;
mod network;
mod policy;
mod update;
