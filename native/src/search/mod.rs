//! Finding files and text: the ripgrep crates behind two functions.
