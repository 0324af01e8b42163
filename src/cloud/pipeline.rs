//! What is under way in a pipeline.

/// One stage of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageRun {
    pub stage: String,
    /// The id of the execution that was here last, or is here.
    pub execution: String,
    /// It has not ended here yet.
    pub running: bool,
    /// The action that waits for an approval.
    pub approval: Option<String>,
    /// The id of the execution that waits to enter.
    pub waiting: Option<String>,
}
