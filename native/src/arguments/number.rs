//! JSON numbers: integers stay integers, the rest become doubles.

use super::error::{ArgumentsError, Problem};
use super::text::Text;
use super::value::Value;

/// Read the number that starts here. `-0` is the integer 0, as in Python.
pub(super) fn number(text: &mut Text<'_>) -> Result<Value, ArgumentsError> {
    let start = text.offset();
    text.eat(b'-');
    if text.eat(b'0') {
        if matches!(text.byte(), Some(b'0'..=b'9')) {
            return Err(text.unexpected("no further digit after a leading 0"));
        }
    } else {
        digits(text, "a digit")?;
    }
    let mut integer = true;
    if text.eat(b'.') {
        integer = false;
        digits(text, "a digit after the decimal point")?;
    }
    if matches!(text.byte(), Some(b'e' | b'E')) {
        integer = false;
        text.skip(1);
        if !text.eat(b'+') {
            text.eat(b'-');
        }
        digits(text, "a digit in the exponent")?;
    }
    let literal = text.since(start);
    value(literal, integer).map_err(|problem| text.error_at(start, problem))
}

fn digits(text: &mut Text<'_>, expected: &'static str) -> Result<(), ArgumentsError> {
    if !matches!(text.byte(), Some(b'0'..=b'9')) {
        return Err(text.unexpected(expected));
    }
    while matches!(text.byte(), Some(b'0'..=b'9')) {
        text.skip(1);
    }
    Ok(())
}

fn value(literal: &str, integer: bool) -> Result<Value, Problem> {
    if integer {
        return literal
            .parse()
            .map(Value::Signed)
            .or_else(|_| literal.parse().map(Value::Unsigned))
            .map_err(|_| Problem::IntegerTooLarge(shorten(literal)));
    }
    match literal.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(Value::Double(x)),
        _ => Err(Problem::NotFinite(shorten(literal))),
    }
}

/// A number as a message quotes it; its digits are ASCII.
fn shorten(literal: &str) -> String {
    if literal.len() <= 40 { literal.into() } else { format!("{}…", &literal[..40]) }
}
