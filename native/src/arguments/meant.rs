//! What a model means by a text where its tool takes none: `"20"` for 20, `"[…]"` for a list. Many models of small
//! servers write so. Such a text is taken as what it is JSON of, if the schema allows no text there and allows that.

use super::parser::Parser;
use super::value::Value;

/// References and alternatives that are followed at most, one behind the other.
const MOST_STEPS: usize = 16;

/// Take texts in `value` as what is meant. Texts that are no JSON, or JSON of another type, stay as they are: who checks
/// the arguments tells the model.
pub(super) fn take_as_meant(value: &mut Value, schema: &Value) {
    Reader { root: schema }.mend(value, schema, 0);
}

struct Reader<'a> {
    root: &'a Value,
}

impl<'a> Reader<'a> {
    fn mend(&self, value: &mut Value, schema: &'a Value, depth: usize) {
        if let Value::String(text) = value
            && let Some(types) = self.types(schema, 0)
            && !types.contains(&"string")
            && let Ok(meant) = Parser::inside(text, depth).any()
            && types.iter().any(|name| is_of(&meant, name))
        {
            *value = meant;
        }
        let shapes = self.shapes(schema, value, 0);
        match value {
            Value::Object(entries) => {
                for (key, entry) in entries {
                    let found = shapes.iter().filter_map(|shape| of_entry(shape, key));
                    found.for_each(|inner| self.mend(entry, inner, depth + 1));
                }
            }
            Value::Array(items) => {
                for inner in shapes.iter().filter_map(|shape| get(shape, "items")) {
                    items.iter_mut().for_each(|item| self.mend(item, inner, depth + 1));
                }
            }
            _ => {}
        }
    }

    /// The types that a schema allows; `None` where it does not say.
    fn types(&self, schema: &'a Value, steps: usize) -> Option<Vec<&'a str>> {
        if steps > MOST_STEPS {
            return None;
        }
        match get(schema, "type") {
            Some(Value::String(name)) => return Some(vec![name]),
            Some(Value::Array(names)) => return names.iter().map(text).collect(),
            _ => {}
        }
        if let Some(values) = list(schema, "enum") {
            return Some(values.iter().map(type_of).collect());
        }
        if let Some(value) = get(schema, "const") {
            return Some(vec![type_of(value)]);
        }
        if let Some(there) = self.referred(schema) {
            return self.types(there, steps + 1);
        }
        if let Some(choices) = choices(schema) {
            let each: Option<Vec<_>> = choices.iter().map(|choice| self.types(choice, steps + 1)).collect();
            return each.map(|types| types.concat());
        }
        list(schema, "allOf")?.iter().find_map(|part| self.types(part, steps + 1))
    }

    /// The schemas that say what such a value holds. Of alternatives, none where more than one may be meant.
    fn shapes(&self, schema: &'a Value, value: &Value, steps: usize) -> Vec<&'a Value> {
        if steps > MOST_STEPS {
            return Vec::new();
        }
        let mut found = vec![schema];
        found.extend(self.referred(schema).iter().flat_map(|there| self.shapes(there, value, steps + 1)));
        for part in list(schema, "allOf").unwrap_or_default() {
            found.extend(self.shapes(part, value, steps + 1));
        }
        let allows = |choice: &&'a Value| {
            self.types(choice, steps + 1).is_none_or(|types| types.iter().any(|name| is_of(value, name)))
        };
        let meant: Vec<_> = choices(schema).unwrap_or_default().iter().filter(allows).collect();
        if let [only] = meant[..] {
            found.extend(self.shapes(only, value, steps + 1));
        }
        found
    }

    /// What `$ref` names in the schema itself.
    fn referred(&self, schema: &'a Value) -> Option<&'a Value> {
        let path = text(get(schema, "$ref")?)?.strip_prefix("#/")?;
        path.split('/').try_fold(self.root, |place, name| get(place, &name.replace("~1", "/").replace("~0", "~")))
    }
}

fn of_entry<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    get(schema, "properties").and_then(|known| get(known, key)).or_else(|| get(schema, "additionalProperties"))
}

fn choices(schema: &Value) -> Option<&[Value]> {
    list(schema, "anyOf").or_else(|| list(schema, "oneOf"))
}

fn get<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    if let Value::Object(entries) = value { entries.get(name) } else { None }
}

fn list<'a>(value: &'a Value, name: &str) -> Option<&'a [Value]> {
    if let Some(Value::Array(items)) = get(value, name) { Some(items) } else { None }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn is_of(value: &Value, name: &str) -> bool {
    match value {
        Value::Double(number) if name == "integer" => number.fract() == 0.0,
        Value::Signed(_) | Value::Unsigned(_) if name == "number" => true,
        _ => type_of(value) == name,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Signed(_) | Value::Unsigned(_) => "integer",
        Value::Double(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
