//! The shape of the file.

use crate::source::Located;
use crate::spec::{Count, Either, PlainText};
use crate::{choice, record};

record! {
    /// What `tidegate reconcile` does about what differs, without asking.
    pub struct Written {
        /// The first rule that fits a difference counts; what fits none is reported.
        required rules: Vec<Located<Rule>> = "rules",
    }
}

record! {
    /// What is done about differences. Everything that is given must fit; `*` stands for any characters.
    pub struct Rule {
        /// The thing: `streams.trips`, or `streams.*` for a kind.
        optional thing: PlainText = "thing",
        /// The logical id of the resource.
        optional resource: PlainText = "resource",
        /// The type of the resource: `AWS::Kinesis::Stream`.
        optional resource_type: PlainText = "type",
        /// The property as `tidegate drift` names it; what is below it is meant too.
        optional property: PlainText = "property",
        /// The environment.
        optional environment: PlainText = "environment",
        /// What has happened.
        optional change: Change = "change",
        /// Why it differs; a rule without it is about what somebody changed behind the back of the document.
        optional class: Class = "class",
        /// What is done.
        required does: Either<Word, Do> = "do",
        /// Also where something is replaced, restarted, lost or widened by it.
        optional allow: Allow = "allow",
    }
}

choice! {
    /// What has happened.
    pub enum Change {
        /// A value is another one.
        Changed = "changed",
        /// There is something that nobody asked for.
        Added = "added",
        /// Something is not there that was asked for.
        Removed = "removed",
        /// The resource is gone.
        Gone = "gone",
    }
}

choice! {
    /// Why something differs, as `tidegate drift` says it. What waits for rendering, a deployment or a pipeline is not
    /// decided by rules: it goes away by these.
    pub enum Class {
        /// Somebody changed the account behind the back of the document.
        OutOfBand = "out-of-band",
        /// The account changed it by design, as scaling does.
        Legitimate = "legitimate",
    }
}

choice! {
    /// What is done.
    pub enum Word {
        /// It is told, and nothing is done.
        Report = "report",
        /// The account is put back to what the document asks for.
        Revert = "revert",
        /// The document is changed to what is live.
        Adopt = "adopt",
    }
}

choice! {
    /// The word for what is dangerous.
    pub enum Allow {
        /// Do it all the same.
        Danger = "danger",
    }
}

record! {
    /// What is done, with what it needs.
    pub struct Do {
        /// The difference may stay for a time: it is written into the document's `drift.accept`.
        required accept: Accept = "accept",
    }
}

record! {
    /// Who answers for a difference, why, and for how long.
    pub struct Accept {
        /// Who decided it, and is asked when the time is over.
        required owner: PlainText = "owner",
        /// Why it may differ.
        required reason: PlainText = "reason",
        /// For how many days from today.
        required days: Count<1, 366> = "days",
    }
}
