//! How a command line is read: from its text by the grammar to segments.

mod ansi;
mod arithmetic;
mod assignment;
mod braces;
mod builtin;
mod code;
mod compound;
mod expand;
mod finish;
mod glyph;
mod heredoc;
pub(super) mod reader;
mod redirect;
mod simple;
mod statement;
mod test;
mod tree;
mod unread;
