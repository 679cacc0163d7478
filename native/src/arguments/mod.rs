//! Tool arguments: the JSON text that a model wrote, parsed once and strictly, kept as msgpack.
//!
//! JSON is RFC 8259. Stricter than most parsers where two readers could disagree: duplicate keys, lone surrogates and
//! numbers that nothing here can hold are errors, each with its place and with words that a model can act on.

mod error;
mod meant;
mod number;
mod parser;
mod text;
mod value;

pub use error::{ArgumentsError, Problem};

/// Deepest nesting that is accepted; the outermost object is level 1. serde_json's own limit is as deep.
pub const MAX_DEPTH: usize = 128;

/// Parse one JSON object and return it as msgpack, maps in their own order. Text of nothing but white space is `{}`:
/// some models send no text at all for a tool without arguments. With the tool's JSON `schema`, a text that stands where
/// no text is allowed is taken as what it is JSON of, if that is allowed there.
pub fn parse(text: &str, schema: Option<&str>) -> Result<Vec<u8>, ArgumentsError> {
    let mut value = parser::Parser::new(text).document()?;
    if let Some(schema) = schema.and_then(|schema| parser::Parser::new(schema).document().ok()) {
        meant::take_as_meant(&mut value, &schema);
    }
    Ok(value::encode(&value))
}

#[cfg(test)]
mod tests;
