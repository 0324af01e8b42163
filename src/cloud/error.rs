//! The one error at the rim of this room.

use std::fmt;

/// A call to AWS that failed, in words for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudError {
    /// What was attempted, e.g. `read the stack`.
    pub attempted: &'static str,
    /// On what, e.g. `rides-prod`; empty when it was nothing in particular.
    pub subject: String,
    /// AWS's error code, if AWS answered.
    pub code: Option<String>,
    /// AWS's message, or why there was no answer.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// It was asked of AWS and there was no answer: the same may be answered later.
    pub unanswered: bool,
}

impl CloudError {
    /// Something that was not even asked of AWS, or to which AWS did not answer.
    pub fn refused(attempted: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { attempted, subject: subject.into(), code: None, message: message.into(), hint: None, unanswered: false }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message and what to do about it, in one line.
    pub fn with_hint(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{self}; {hint}"),
            None => self.to_string(),
        }
    }

    /// AWS has answered that these credentials may not do this.
    pub fn is_denied(&self) -> bool {
        let codes = ["AccessDenied", "AccessDeniedException", "AccessDeniedFault", "UnauthorizedOperation"];
        codes.iter().any(|code| self.has_code(code))
    }

    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

/// In one line, without the hint.
impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject.as_str() {
            "" => write!(f, "could not {}: ", self.attempted)?,
            subject => write!(f, "could not {} `{subject}`: ", self.attempted)?,
        }
        match &self.code {
            Some(code) => write!(f, "{} ({code})", self.message),
            None => write!(f, "{}", self.message),
        }
    }
}

impl std::error::Error for CloudError {}
