//! A parsed value, and its msgpack.

use indexmap::IndexMap;

/// A JSON value whose objects keep their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// Any integer that fits, negative or not.
    Signed(i64),
    /// Integers above `i64::MAX`.
    Unsigned(u64),
    Double(f64),
    String(String),
    Array(Vec<Value>),
    Object(IndexMap<String, Value>),
}

/// Encode in the shortest form of each type. Writing to a `Vec` cannot fail, hence no error.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, value);
    out
}

fn write(out: &mut Vec<u8>, value: &Value) {
    use rmp::encode as mp;
    const INFALLIBLE: &str = "writing to memory";
    match value {
        Value::Null => mp::write_nil(out).expect(INFALLIBLE),
        Value::Bool(b) => mp::write_bool(out, *b).expect(INFALLIBLE),
        Value::Signed(n) => {
            mp::write_sint(out, *n).expect(INFALLIBLE);
        }
        Value::Unsigned(n) => {
            mp::write_uint(out, *n).expect(INFALLIBLE);
        }
        Value::Double(x) => mp::write_f64(out, *x).expect(INFALLIBLE),
        Value::String(s) => mp::write_str(out, s).expect(INFALLIBLE),
        Value::Array(items) => {
            mp::write_array_len(out, items.len() as u32).expect(INFALLIBLE);
            items.iter().for_each(|item| write(out, item));
        }
        Value::Object(entries) => {
            mp::write_map_len(out, entries.len() as u32).expect(INFALLIBLE);
            for (key, item) in entries {
                mp::write_str(out, key).expect(INFALLIBLE);
                write(out, item);
            }
        }
    }
}
