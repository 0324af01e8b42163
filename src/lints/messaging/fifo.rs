//! What the names of queues and topics that keep the order end with.

use crate::analysis::value::{boolean, look, text};
use crate::desired::{Intrinsic, Value, ValueKind};

/// Whether `flag` of these properties is set: `None` when it is not known.
pub(super) fn is_set(properties: &Value, flag: &str) -> Option<bool> {
    let place = look(properties, flag);
    if place.is_absent() { Some(false) } else { place.found().and_then(boolean) }
}

/// Whether a name surely ends with `.fifo`, or surely does not; `None` when its end is not known.
pub(super) fn ends_as_fifo(name: &Value) -> Option<bool> {
    const END: &str = ".fifo";
    let end = match &name.kind {
        ValueKind::Text(_) => return text(name).map(|name| name.ends_with(END)),
        ValueKind::Intrinsic(Intrinsic::Sub(text, _)) => text.rsplit('}').next(),
        ValueKind::Intrinsic(Intrinsic::Call(function, argument)) if function == "Fn::Join" => joined_end(argument),
        _ => None,
    }?;
    match end.ends_with(END) {
        true => Some(true),
        false if END.ends_with(end) => None,
        false => Some(false),
    }
}

/// The last text that is joined with nothing between.
fn joined_end(argument: &Value) -> Option<&str> {
    let ValueKind::List(parts) = &argument.kind else { return None };
    let [separator, texts] = parts.as_slice() else { return None };
    let ValueKind::List(texts) = &texts.kind else { return None };
    texts.last().filter(|_| separator.as_text() == Some(""))?.as_text()
}
