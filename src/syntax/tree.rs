//! The tree as written: aliases are edges, merge keys are keys, repeated keys are all there.

use super::Scalar;

/// The index of a node in its [`Tree`].
pub(super) type Id = usize;

/// All nodes of a file, each before its children.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<RawNode>,
}

#[derive(Debug)]
pub(super) struct RawNode {
    /// Byte offsets.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tag: Option<String>,
    pub(super) value: Raw,
    /// Values in this one after expansion, itself included.
    pub(super) size: usize,
    /// Lists and mappings inside each other after expansion, itself included.
    pub(super) height: usize,
}

#[derive(Debug)]
pub(super) enum Raw {
    /// A list or mapping that is being read.
    Open,
    Null,
    Scalar(Scalar),
    List(Vec<Id>),
    Map(Vec<RawEntry>),
    Alias(Id),
    /// An alias that cannot be written out, which was reported.
    Broken,
}

#[derive(Debug)]
pub(super) struct RawEntry {
    pub(super) key: RawKey,
    pub(super) value: Id,
}

#[derive(Debug)]
pub(super) struct RawKey {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// An unquoted `<<`.
    pub(super) merge: bool,
}

impl Tree {
    pub(super) fn add(&mut self, start: usize, end: usize, tag: Option<String>, value: Raw) -> Id {
        self.nodes.push(RawNode { start, end: end.max(start), tag, value, size: 1, height: 0 });
        self.nodes.len() - 1
    }

    /// The node an alias stands for, or the node itself.
    pub(super) fn resolved(&self, id: Id) -> &RawNode {
        match self.nodes[id].value {
            Raw::Alias(target) => &self.nodes[target],
            _ => &self.nodes[id],
        }
    }
}
