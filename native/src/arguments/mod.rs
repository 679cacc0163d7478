//! Tool arguments: the JSON text that a model wrote, parsed once and strictly, kept as msgpack.
//!
//! JSON is RFC 8259. Stricter than most parsers where two readers could disagree: duplicate keys, lone surrogates and
//! numbers that nothing here can hold are errors, each with its place and with words that a model can act on.

mod error;
mod number;
mod parser;
mod text;
mod value;

pub use error::{ArgumentsError, Problem};

/// Deepest nesting that is accepted; the outermost object is level 1. serde_json's own limit is as deep.
pub const MAX_DEPTH: usize = 128;

/// Parse one JSON object and return it as msgpack, maps in their own order. Text of nothing but white space is `{}`:
/// some models send no text at all for a tool without arguments.
pub fn parse(text: &str) -> Result<Vec<u8>, ArgumentsError> {
    let value = parser::Parser::new(text).document()?;
    Ok(value::encode(&value))
}

#[cfg(test)]
mod tests;
