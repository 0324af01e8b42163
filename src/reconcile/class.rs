//! Why something differs: between which two of document, generated files, deployed template and account, and what makes
//! it go away.

/// The class of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// The document says something else than the files that are generated from it.
    StaleRender,
    /// What is generated says something else than what is deployed.
    PendingDeploy,
    /// The same, and an execution of a pipeline is on its way with it: which, and what it waits for.
    InPipeline(String),
    /// The account has something else than what was deployed.
    OutOfBand,
    /// The account has something else than what was deployed, and this one may change it by design.
    Legitimate(String),
}

impl Class {
    /// The words of `--fail-on` and of the formats, in the order from document to account.
    pub const WORDS: [&'static str; 5] = ["stale-render", "pending-deploy", "in-pipeline", "out-of-band", "legitimate"];

    pub fn word(&self) -> &'static str {
        match self {
            Self::StaleRender => Self::WORDS[0],
            Self::PendingDeploy => Self::WORDS[1],
            Self::InPipeline(_) => Self::WORDS[2],
            Self::OutOfBand => Self::WORDS[3],
            Self::Legitimate(_) => Self::WORDS[4],
        }
    }

    /// What to do about it, as an imperative.
    pub fn help(&self) -> String {
        match self {
            Self::StaleRender => "run `tidegate render` and commit what it writes".to_owned(),
            Self::PendingDeploy => {
                "deploy it: `tidegate plan` shows what happens, `tidegate deploy` does it".to_owned()
            }
            Self::InPipeline(what) => format!("wait for it: {what}"),
            Self::OutOfBand => {
                "take it back, or write it into the document: `tidegate reconcile` does either".to_owned()
            }
            Self::Legitimate(who) => format!("nothing needs to be done: {who}"),
        }
    }

    /// Whether somebody changed the account behind the back of the document.
    pub fn is_drift(&self) -> bool {
        *self == Self::OutOfBand
    }
}
