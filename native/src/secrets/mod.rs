//! Masking of known secrets in streamed text.
