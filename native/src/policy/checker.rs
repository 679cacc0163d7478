//! Many calls judged by the same rules: what they share is read once.

use std::collections::HashMap;

use serde::Deserialize;

use super::question::{Facts, Footprint, Mode, Question};
use super::traits::Traits;
use super::{PolicyError, decode, evaluate};

/// The part of a [`Question`] that every call brings along.
#[derive(Deserialize)]
struct Call {
    tool: String,
    #[serde(default)]
    arguments: HashMap<String, rmpv::Value>,
    footprint: Footprint,
    #[serde(default)]
    traits: Option<Traits>,
    #[serde(default)]
    facts: Facts,
    #[serde(default)]
    mode: Option<Mode>,
}

/// A question about everything but the call.
#[derive(Debug)]
pub struct Checker {
    question: Question,
    mode: Mode,
}

impl Checker {
    /// From the msgpack of a [`Question`]; whatever call it is about is forgotten.
    pub fn new(question: &[u8]) -> Result<Self, PolicyError> {
        let question = decode(question)?;
        let mode = question.mode;
        let checker = Self { question, mode };
        checker.verdict()?;
        Ok(checker)
    }

    /// The verdict on a call, msgpack in and out: exactly that of [`evaluate`] on the question with the call in it.
    pub fn check(&mut self, call: &[u8]) -> Result<Vec<u8>, PolicyError> {
        let call: Call = rmp_serde::from_slice(call).map_err(|error| PolicyError::Question(error.to_string()))?;
        self.question.tool = call.tool;
        self.question.arguments = call.arguments;
        self.question.footprint = call.footprint;
        self.question.traits = call.traits;
        self.question.facts = call.facts;
        self.question.mode = call.mode.unwrap_or(self.mode);
        self.verdict()
    }

    fn verdict(&self) -> Result<Vec<u8>, PolicyError> {
        let verdict = evaluate(&self.question).map_err(PolicyError::Rule)?;
        rmp_serde::to_vec_named(&verdict).map_err(|error| PolicyError::Question(error.to_string()))
    }
}
