//! What belongs to one process: a child after `fork` has none of the threads that it needs.

use std::mem::ManuallyDrop;
use std::process;

use super::failure::{Failure, Kind};

pub(super) struct Mine<T> {
    inner: ManuallyDrop<T>,
    owner: u32,
}

impl<T> Mine<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner: ManuallyDrop::new(inner), owner: process::id() }
    }

    fn is_here(&self) -> bool {
        self.owner == process::id()
    }

    pub(super) fn get(&self) -> Result<&T, Failure> {
        let forked =
            || Failure::new(Kind::Unsendable, "a process cannot use the connections of the one it was forked from");
        if self.is_here() { Ok(&self.inner) } else { Err(forked()) }
    }
}

impl<T> Drop for Mine<T> {
    fn drop(&mut self) {
        // In a child its locks may be held by threads that are not there.
        if self.is_here() {
            // SAFETY: nothing uses it after this.
            unsafe { ManuallyDrop::drop(&mut self.inner) }
        }
    }
}
