//! What the log promises, tested on a disk that fails in every way that disks do.

mod codec;
mod crash;
mod damage;
mod faults;
mod format_doc;
mod readers;
mod sim;
mod support;
