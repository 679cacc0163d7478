//! What a server sent for a page, as text for a model: bytes by their character set, HTML as Markdown.
//!
//! All of it takes time in proportion to what is read, needs no tree and no depth of stack, and ends once there is as
//! much text as was asked for: whoever made the page wants none of that.

mod charset;
mod html;
mod markdown;

#[cfg(test)]
mod tests;

pub use charset::{Content, content};
pub use html::{Converted, markdown};
