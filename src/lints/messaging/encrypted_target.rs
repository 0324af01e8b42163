use crate::analysis::System;
use crate::analysis::role::arn::text_of;
use crate::analysis::senders::senders;
use crate::analysis::value::look;
use crate::diagnostic::{Diagnostic, Level, Rule};
use crate::lints::{Effect, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule { name: "events/encrypted-target", level: Level::Warning, page: include_str!("encrypted_target.md") },
    effect: Effect::Silent,
    check,
};

fn check(system: &System<'_>, findings: &mut Vec<Diagnostic>) {
    for sender in senders(system) {
        let Some(key) = look(&sender.to.resource.properties, "/KmsMasterKeyId").found() else { continue };
        let name = text_of(sender.to.stack, key);
        if !["alias/aws/sns", "alias/aws/sqs"].iter().any(|managed| name.ends_with(managed)) {
            continue;
        }
        let (noun, receiver, service) = (sender.noun(), sender.receiver(), sender.service);
        let message = format!(
            "the {receiver} is encrypted with a key of AWS that `{service}` may not use, so that nothing of this \
             {noun} arrives"
        );
        findings.push(
            Diagnostic::new(&LINT.rule, &sender.value.origin.span, message)
                .related(&key.origin.span, format!("the key of the {receiver}"))
                .help(format!(
                    "encrypt the {receiver} with a key of your own whose policy allows `kms:GenerateDataKey*` and \
                     `kms:Decrypt` to `{service}`"
                )),
        );
    }
}
