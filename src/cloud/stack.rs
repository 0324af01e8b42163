//! Stacks, change sets and events, in CloudFormation's words.

/// A stack as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackState {
    /// The ARN; it differs between stacks of the same name that follow each other.
    pub id: String,
    /// `UPDATE_COMPLETE`
    pub status: String,
    pub status_reason: Option<String>,
    pub parameters: Vec<StackParameter>,
    pub outputs: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
    pub protected: bool,
    /// ARN of the service role that CloudFormation uses.
    pub role: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackParameter {
    pub name: String,
    pub value: String,
    /// What CloudFormation used at the last deployment, when `value` names an SSM parameter.
    pub resolved: Option<String>,
}

impl StackState {
    pub fn in_progress(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS") && self.status != "REVIEW_IN_PROGRESS"
    }

    /// The stack has no resources yet: only a change set was made.
    pub fn only_reviewed(&self) -> bool {
        self.status == "REVIEW_IN_PROGRESS"
    }

    /// The last operation ended with what was asked for.
    pub fn succeeded(&self) -> bool {
        self.status.ends_with("_COMPLETE") && !self.status.contains("ROLLBACK") && self.status != "DELETE_COMPLETE"
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackResource {
    pub logical_id: String,
    /// Empty while it is being created.
    pub physical_id: String,
    pub resource_type: String,
    pub status: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackKind {
    Create,
    Update,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetId {
    pub stack: String,
    pub name: String,
}

/// What a change set is made of.
#[derive(Clone, Debug)]
pub struct ChangeSetRequest {
    pub id: ChangeSetId,
    pub kind: StackKind,
    /// JSON or YAML. Above 51,200 bytes it goes through the bucket.
    pub template: String,
    /// Takes templates that are too long to send, under a name made of their digest.
    pub bucket: Option<String>,
    pub parameters: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
    /// `CAPABILITY_IAM`, `CAPABILITY_NAMED_IAM`
    pub capabilities: Vec<String>,
    /// Also undo what was changed outside of CloudFormation.
    pub revert_drift: bool,
    /// ARN of the service role CloudFormation is to use; `None`: the caller's own rights, or the role of last time.
    pub role: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChangeSet {
    /// The ARN; it differs between change sets of the same name that follow each other.
    pub id: String,
    pub state: ChangeSetState,
    pub changes: Vec<Change>,
}

/// A change set that was not executed, without its changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingChangeSet {
    pub id: ChangeSetId,
    pub state: ChangeSetState,
    /// RFC 3339.
    pub made: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSetState {
    /// Still being made, or being executed.
    Pending,
    /// Can be executed.
    Ready,
    /// There is nothing to change.
    Empty,
    /// Could not be made or can no longer be executed; with CloudFormation's reason.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeAction {
    Add,
    Modify,
    Remove,
    Import,
    /// CloudFormation finds out while it executes.
    Dynamic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    Never,
    Conditional,
    Always,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub action: ChangeAction,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub replacement: Replacement,
    /// `Properties`, `Tags`, `DeletionPolicy`, …
    pub scope: Vec<String>,
    /// What becomes of the physical resource that is removed or replaced: `Delete`, `Retain`, `ReplaceAndDelete`, …
    pub policy_action: Option<String>,
    pub details: Vec<ChangeDetail>,
}

/// One reason for a change.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeDetail {
    /// `Properties`, `Tags`, …
    pub attribute: String,
    /// JSON pointer below the properties as far as CloudFormation names it; empty for the whole attribute.
    pub pointer: String,
    pub recreation: Recreation,
    pub before: Option<String>,
    pub after: Option<String>,
    pub cause: Cause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recreation {
    Never,
    Conditionally,
    Always,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The template says something else.
    Direct,
    /// The named parameter has another value.
    Parameter(String),
    /// Another resource changes: its logical id, with the attribute if one is meant.
    Resource(String),
    /// CloudFormation does it by itself.
    Automatic,
}

/// Something that happened to a stack or to one of its resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    /// RFC 3339.
    pub time: String,
    /// Empty for what happens to no resource.
    pub logical_id: String,
    pub physical_id: String,
    pub resource_type: String,
    /// `UPDATE_FAILED`
    pub status: String,
    pub reason: Option<String>,
}

impl Event {
    pub fn failed(&self) -> bool {
        self.status.ends_with("_FAILED")
    }

    /// It failed only because another resource did.
    pub fn cancelled(&self) -> bool {
        self.failed() && self.reason.as_deref().is_some_and(|reason| reason.to_lowercase().contains("cancelled"))
    }
}
