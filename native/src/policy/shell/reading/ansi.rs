//! `$'…'`: text with escapes.

/// The text of it; None if an escape in it is not understood.
pub(super) fn decoded(text: &str) -> Option<String> {
    let inner = text.strip_prefix("$'")?.strip_suffix('\'')?;
    let mut bytes = Vec::new();
    let mut chars = inner.chars().peekable();
    let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>, radix: u32, most: usize| {
        let mut value = None;
        for _ in 0..most {
            let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
            value = Some(value.unwrap_or(0) * radix + digit);
            chars.next();
        }
        value
    };
    while let Some(c) = chars.next() {
        if c == '\'' {
            return None;
        }
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let byte = match chars.next()? {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 7,
            'b' => 8,
            'e' | 'E' => 27,
            'f' => 12,
            'v' => 11,
            c @ ('\\' | '\'' | '"' | '?') => c as u8,
            c @ '0'..='7' => {
                let first = c.to_digit(8)?;
                let rest = digits(&mut chars, 8, 1).map(|d| (8, d));
                let rest = match rest {
                    Some((_, one)) => digits(&mut chars, 8, 1).map_or((8, one), |two| (64, one * 8 + two)),
                    None => (1, 0),
                };
                ((first * rest.0 + rest.1) & 0xff) as u8
            }
            'x' => digits(&mut chars, 16, 2)? as u8,
            escape @ ('u' | 'U') => {
                let value = digits(&mut chars, 16, if escape == 'u' { 4 } else { 8 })?;
                let c = char::from_u32(value).filter(|c| *c != '\0')?;
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                continue;
            }
            _ => return None,
        };
        if byte == 0 {
            return None;
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}
