//! HTTP to a model's service: a request goes out, and what comes back is cut into records while it arrives. And to any
//! other server, for a page of the web ([`Fetch`]).
//!
//! One runtime on one thread of its own serves every connection of the process. What arrives is decompressed, cut and
//! gathered there; whoever asked is woken through a file descriptor and takes what has arrived together as one batch.
//! Nothing here tries again, and no redirect is followed but a page's own to the same server.

mod answer;
mod body;
mod bound;
mod certificates;
mod client;
mod events;
mod exchange;
mod failure;
mod fetch;
mod json;
mod mine;
mod runtime;
mod verifier;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Form, Record};
pub use bound::{LONGEST_RECORD, TooLong};
pub use certificates::Certificates;
pub use client::{Client, Limits};
pub use exchange::{Began, Exchange, Head, Taken};
pub use failure::{Failure, Kind};
pub use fetch::{Fetch, Fetched, Order, Page, Service};
