//! What Firehose refuses of a delivery, and what would lose records.

use std::ops::RangeInclusive;

use super::destination::{Destination, Format, LONGEST_RETRY, SMALLEST_TO_CONVERT, ToS3};
use super::prefix::{BY_FUNCTION, BY_QUERY, Expression, expressions, known, values};
use super::{Backup, DeliveryStream, rules};
use crate::diagnostic::{Diagnostic, Rule, list, nearest};
use crate::kinds::catalog::{Catalog, CatalogTables};
use crate::kinds::kafka::{self, Kafka};
use crate::kinds::warehouse::{self, Warehouse};
use crate::model::{Entry, Model};
use crate::source::{Located, Span};
use crate::spec::{Bytes, Either, Part, Reference, Text};

pub(super) fn check(delivery: &DeliveryStream, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_topic(delivery, model, report);
    check_made(&delivery.to, model, report);
    check_buffer(delivery, report);
    check_retry(delivery, report);
    check_backup(delivery, this, report);
    check_transform(delivery, report);
    check_endpoint(&delivery.to, report);
    if let Some(secret) = delivery.to.secret() {
        check_secret(secret, report);
    }
    if let Destination::S3(to) = &*delivery.to {
        check_conversion(to, model, report);
        check_prefixes(to, report);
        check_partitions(to, delivery, report);
    }
}

fn refusal(rule: &'static Rule, span: &Span, message: String, help: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, span, message).label("AWS refuses this").help(help)
}

fn check_topic(delivery: &DeliveryStream, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(topic) = delivery.topic() else { return };
    kafka::check_topic(&topic.kafka, &topic.topic, model, report);
    if let Some((entry, cluster)) = model.thing::<Kafka>(&topic.kafka.path())
        && !cluster.takes_other_vpcs()
    {
        let message = format!("Firehose connects from a VPC of its own, and `{}` takes none but its own", entry.path());
        let help = "deploy the cluster first, then add `multi-vpc: true` to it and this delivery";
        report.push(
            refusal(&rules::TOPIC, &topic.kafka.span, message, help).related(&entry.name.span, "is not `multi-vpc`"),
        );
    }
    if !matches!(&*delivery.to, Destination::S3(_)) {
        let message = "Firehose delivers topics of Kafka to S3 only".to_owned();
        let help = "write `to: {s3: buckets.…}`, or let a function read the topic";
        report
            .push(refusal(&rules::TOPIC, &delivery.to.span, message, help).related(&topic.kafka.span, "reads a topic"));
    }
}

/// Keys that say more of a warehouse or domain of this document stand beside it, those of another within it.
fn check_made(to: &Destination, model: &Model, report: &mut Vec<Diagnostic>) {
    let beside = match to {
        Destination::Redshift(to) => {
            let given = [
                ("table", to.table.as_ref().map(|it| &it.span)),
                ("columns", to.columns.as_ref().map(|it| &it.span)),
                ("options", to.options.as_ref().map(|it| &it.span)),
                ("secret", to.secret.as_ref().map(|it| &it.span)),
            ];
            match &to.redshift.value {
                Either::Long(_) => Vec::from(given),
                Either::Short(warehouse) => {
                    require(to.table.is_some(), "table", "table: events", &to.redshift, report);
                    let found = model.thing::<Warehouse>(&warehouse.path());
                    if let Some((entry, _)) = found.filter(|(_, warehouse)| !warehouse.is_public()) {
                        report.push(private(entry, &to.redshift.span));
                    }
                    if let Some((entry, _)) = found.filter(|(_, it)| it.is_serverless() && to.secret.is_none()) {
                        let help = "make a user that may only load this table, put its `username` and `password` \
                                    into a secret, and add `secret: <the name of the secret>`";
                        report.push(warehouse::unknown_secret(entry, &to.redshift.span, help));
                    }
                    Vec::new()
                }
            }
        }
        Destination::OpenSearch(to) => {
            let given = [
                ("index", to.index.as_ref().map(|it| &it.span)),
                ("rotation", to.rotation.as_ref().map(|it| &it.span)),
            ];
            match &to.opensearch.value {
                Either::Long(_) => Vec::from(given),
                Either::Short(_) => {
                    require(to.index.is_some(), "index", "index: events", &to.opensearch, report);
                    Vec::new()
                }
            }
        }
        Destination::S3(_) | Destination::Http(_) | Destination::Splunk(_) => Vec::new(),
    };
    for (key, span) in beside.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        let message = format!("`{key}` says nothing here: what is elsewhere has its keys within it");
        report.push(
            Diagnostic::new(&rules::KEYS, span, message)
                .label("would have no effect")
                .help(format!("move `{key}` into the mapping")),
        );
    }
}

fn require<T>(given: bool, key: &str, example: &str, made: &Located<T>, report: &mut Vec<Diagnostic>) {
    if !given {
        let message = format!("the delivery does not say which `{key}` it writes to");
        let help = format!("add for example `{example}` beside it");
        report.push(refusal(&rules::KEYS, &made.span, message, help));
    }
}

fn private(warehouse: &Entry, span: &Span) -> Diagnostic {
    let message = format!("Firehose loads a warehouse from the internet, and `{}` is private", warehouse.path());
    let help = format!("write `public: true` in `{}`, which lets in Firehose and nobody else", warehouse.path());
    Diagnostic::new(&rules::PRIVATE_WAREHOUSE, span, message)
        .label("out of reach")
        .related(&warehouse.name.span, "has no public address")
        .help(help)
}

fn check_buffer(delivery: &DeliveryStream, report: &mut Vec<Diagnostic>) {
    let Some(buffer) = &delivery.buffer else { return };
    let limits = delivery.to.limits();
    let (smallest, largest) = (*limits.size.start(), *limits.size.end());
    if let Some(size) = &buffer.size
        && let Some(message) = unfit_size(size, &limits.size, limits.name)
    {
        let help = format!("write a size from `{smallest}MiB` to `{largest}MiB` in whole mebibytes");
        report.push(refusal(&rules::BUFFER, &size.span, message, help));
    }
    if let Some(interval) = buffer.interval.as_ref().filter(|interval| interval.0 > limits.longest_interval) {
        let message = format!(
            "Firehose gathers for {} for at most {} seconds, not for `{}`",
            limits.name,
            limits.longest_interval,
            interval.span.text()
        );
        let help = format!("write at most `{}s`", limits.longest_interval);
        report.push(refusal(&rules::BUFFER, &interval.span, message, help));
    }
}

fn unfit_size(size: &Located<Bytes>, range: &RangeInclusive<u64>, destination: &str) -> Option<String> {
    let (written, mebibytes) = (size.span.text(), size.0 / Bytes::MEBIBYTE);
    if !size.0.is_multiple_of(Bytes::MEBIBYTE) {
        return Some(format!("Firehose counts its buffer in mebibytes, not in `{written}`"));
    }
    if range.contains(&mebibytes) {
        return None;
    }
    let converts = *range.start() == SMALLEST_TO_CONVERT && mebibytes < SMALLEST_TO_CONVERT;
    Some(if converts {
        format!("to convert or partition records, Firehose gathers at least {SMALLEST_TO_CONVERT} MiB, not `{written}`")
    } else {
        format!("Firehose gathers at most {} MiB for {destination}, not `{written}`", range.end())
    })
}

fn check_retry(delivery: &DeliveryStream, report: &mut Vec<Diagnostic>) {
    let Some(retry) = &delivery.retry else { return };
    if retry.0 > LONGEST_RETRY {
        let message = format!("Firehose tries again for at most 2 hours, not for `{}`", retry.span.text());
        report.push(refusal(&rules::RETRY, &retry.span, message, "write at most `2h`"));
    }
    if let Destination::S3(to) = &*delivery.to
        && !to.is_partitioned()
    {
        let message =
            "`retry` means nothing for S3: Firehose tries again for as long as it keeps the records".to_owned();
        report.push(
            Diagnostic::new(&rules::RETRY, &retry.span, message)
                .label("would have no effect")
                .help("remove `retry`; it is for partitions and for other destinations"),
        );
    }
}

/// S3 and Redshift keep copies of all records or none; elsewhere the bucket is needed for those that failed.
fn check_backup(delivery: &DeliveryStream, this: &Entry, report: &mut Vec<Diagnostic>) {
    let bucket = match &*delivery.to {
        Destination::S3(to) => to.backup.as_ref(),
        Destination::Redshift(to) => to.backup.as_ref(),
        _ => return,
    };
    match (&delivery.backup, bucket) {
        (Some(mode), None) if mode.value == Backup::All => {
            let message = format!("`{}` keeps all records as they came, and names no bucket for them", this.path());
            let help = "add `backup: buckets.…` beside the destination, or remove `backup: all`";
            report.push(refusal(&rules::BACKUP, &mode.span, message, help));
        }
        (mode, Some(bucket)) if mode.as_ref().is_none_or(|mode| mode.value == Backup::Failed) => {
            let message =
                format!("nothing would go to `{}`: what fails is kept beside what is delivered", bucket.path());
            let diagnostic = Diagnostic::new(&rules::BACKUP, &bucket.span, message)
                .label("would stay empty")
                .help("write `backup: all` in the delivery to keep all records as they came, or remove the bucket");
            report.push(match mode {
                Some(mode) => diagnostic.related(&mode.span, "what is kept"),
                None => diagnostic,
            });
        }
        _ => {}
    }
}

/// Firehose API reference, ProcessorParameter: BufferSizeInMBs 0.2 to 3, read 2026-11-21 in the service model of
/// botocore 1.44.5. Developer guide, Transform source data: BufferIntervalInSeconds up to 900.
const TRANSFORM_BYTES: RangeInclusive<u64> = Bytes::MEBIBYTE / 5 + 1..=3 * Bytes::MEBIBYTE;
const LONGEST_TRANSFORM_INTERVAL: u64 = 900;

fn check_transform(delivery: &DeliveryStream, report: &mut Vec<Diagnostic>) {
    let settings = delivery.transforming().and_then(|transforming| transforming.settings);
    let Some(buffer) = settings.and_then(|settings| settings.buffer.as_ref()) else { return };
    if let Some(size) = buffer.size.as_ref().filter(|size| !TRANSFORM_BYTES.contains(&size.0)) {
        let message = format!(
            "Firehose gathers a fifth of a mebibyte to 3 MiB for a call of a function, not `{}`",
            size.span.text()
        );
        report.push(refusal(&rules::TRANSFORM, &size.span, message, "write a size from `205KiB` to `3MiB`"));
    }
    if let Some(interval) = buffer.interval.as_ref().filter(|it| it.0 > LONGEST_TRANSFORM_INTERVAL) {
        let message = format!(
            "Firehose gathers for a call of a function for at most 15 minutes, not for `{}`",
            interval.span.text()
        );
        report.push(refusal(&rules::TRANSFORM, &interval.span, message, "write at most `15m`"));
    }
}

/// What an address begins with, as far as it is written out.
fn beginning(text: &Text) -> Option<&str> {
    match text.parts.first() {
        Some(Part::Literal(literal)) => Some(literal),
        _ => None,
    }
}

fn check_endpoint(to: &Destination, report: &mut Vec<Diagnostic>) {
    let https = |address: &Located<Text>, what: &str| {
        let plain = beginning(address).is_some_and(|text| !text.starts_with("https://"));
        plain.then(|| {
            let message = format!("Firehose reaches {what} by TLS only, and this does not begin with `https://`");
            refusal(&rules::ENDPOINT, &address.span, message, "write the address as `https://…`")
        })
    };
    match to {
        Destination::S3(_) => {}
        Destination::Redshift(to) => {
            if let Either::Long(table) = &to.redshift.value {
                report.extend(unfit_jdbc(&table.jdbc));
            }
        }
        Destination::OpenSearch(to) => {
            if let Either::Long(index) = &to.opensearch.value {
                report.extend(unfit_domain(&index.domain));
            }
        }
        Destination::Http(to) => report.extend(https(&to.http.url, "an endpoint")),
        Destination::Splunk(to) => report.extend(https(&to.splunk.endpoint, "Splunk")),
    }
}

fn unfit_jdbc(jdbc: &Located<Text>) -> Option<Diagnostic> {
    let text = jdbc.literal()?;
    let help = "write it as `jdbc:redshift://trips.abc123.eu-central-1.redshift.amazonaws.com:5439`";
    let Some(address) = ["jdbc:redshift://", "jdbc:postgresql://"].iter().find_map(|it| text.strip_prefix(it)) else {
        let message = "the JDBC URL of Redshift begins with `jdbc:redshift://`, and this one does not".to_owned();
        return Some(refusal(&rules::ENDPOINT, &jdbc.span, message, help));
    };
    if let Some((_, database)) = address.split_once('/') {
        let message = "the database is named by `database`, and is not part of `jdbc`".to_owned();
        let help = format!("remove `/{database}` from the URL");
        return Some(
            Diagnostic::new(&rules::ENDPOINT, &jdbc.span, message).label("holds the database as well").help(help),
        );
    }
    let (host, port) = address.split_once(':').unwrap_or((address, ""));
    let numbered = !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    let of_redshift = host.contains(".redshift.") || host.contains(".redshift-serverless.");
    (!numbered || !of_redshift).then(|| {
        let message = "the JDBC URL has to name an endpoint of Redshift and its port".to_owned();
        refusal(&rules::ENDPOINT, &jdbc.span, message, help)
    })
}

fn unfit_domain(domain: &Located<Text>) -> Option<Diagnostic> {
    let text = domain.literal()?;
    let message = if text.starts_with("arn:") {
        let resource = text.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix("domain/"));
        let named = resource.is_some_and(|name| !name.is_empty() && !name.contains(['/', '*']));
        (!named || text.split(':').nth(2) != Some("es"))
            .then_some("this is not the ARN of a domain, which is `arn:aws:es:<region>:<account>:domain/<name>`")
    } else if text.starts_with("https://") {
        super::lower::domain_of(text)
            .is_none()
            .then_some("no domain can be told from this endpoint, so the role could not be limited to it")
    } else {
        Some("a domain is given by its ARN or by its endpoint, and this is neither")
    };
    message.map(|message| {
        Diagnostic::new(&rules::ENDPOINT, &domain.span, message)
            .label("not a domain")
            .help("write the ARN, e.g. `arn:aws:es:eu-central-1:111122223333:domain/trips`")
    })
}

/// Secrets Manager adds a hyphen and six characters to a name to make an ARN of it, and takes what looks so for added.
fn added(name: &str) -> Option<&str> {
    let (_, end) = name.rsplit_once('-')?;
    (end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(end)
}

fn check_secret(secret: &Located<Text>, report: &mut Vec<Diagnostic>) {
    let text = known(secret);
    let push = |message: String, help: String| {
        Diagnostic::new(&rules::SECRET, &secret.span, message).label("does not name a secret").help(help)
    };
    if let Some((_, name)) = text.rsplit_once(":secret:").filter(|_| text.starts_with("arn:")) {
        let name = added(name).and_then(|end| name.strip_suffix(&format!("-{end}"))).unwrap_or(name);
        let message = "a secret is named by its name, so that each environment reads its own, and not by an ARN";
        report.push(push(message.to_owned(), format!("write `{name}`")));
        return;
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-\u{fffc}".contains(c);
    if !text.chars().all(fits) || text.chars().count() > 512 {
        report.push(push(
            "this is not the name of a secret in Secrets Manager: letters, digits and `/_+=.@-`".to_owned(),
            "keep the value in Secrets Manager, and write the name of the secret, e.g. `trips/redshift`".to_owned(),
        ));
    } else if let Some(end) = added(&text) {
        report.push(push(
            format!("Secrets Manager takes `-{end}` for the end of an ARN, and does not find a secret of this name"),
            "give the secret a name that does not end with a hyphen and six characters".to_owned(),
        ));
    }
}

/// Who reads the table looks for files of its format.
fn check_format(
    format: &Located<Format>,
    table: &Reference<CatalogTables>,
    model: &Model,
    report: &mut Vec<Diagnostic>,
) {
    let catalog = model.thing::<Catalog>(&table.path());
    let wanted = catalog.and_then(|(_, catalog)| catalog.format_of(table.part.as_deref()?));
    let Some(wanted) = wanted.filter(|wanted| wanted.word() != format.word()) else { return };
    let message = format!(
        "the delivery writes `{}`, and those who read `{}.{}` look for `{}`",
        format.word(),
        table.path(),
        table.part.as_deref().unwrap_or_default(),
        wanted.word()
    );
    report.push(
        Diagnostic::new(&rules::CONVERSION, &format.span, message)
            .label("another format than the table's")
            .related(&wanted.span, "the format of the table")
            .help("write the same format at both places"),
    );
}

fn check_conversion(to: &ToS3, model: &Model, report: &mut Vec<Diagnostic>) {
    let format = to.format.as_ref().map(|format| (format, format.value));
    if let (Some((format, _)), Some(Either::Short(table))) = (format, to.table.as_ref().map(|table| &table.value)) {
        check_format(format, table, model, report);
    }
    match (format, &to.table) {
        (Some((format, Format::Parquet | Format::Orc)), None) => {
            let message =
                format!("to write `{}`, Firehose has to know the columns, and no table says them", format.word());
            let help = "add `table: catalogs.…` with a table of this file, or `table: {database: …, table: …}`";
            report.push(refusal(&rules::CONVERSION, &format.span, message, help));
        }
        (None | Some((_, Format::Json)), Some(table)) => report.push(
            Diagnostic::new(&rules::CONVERSION, &table.span, "nothing is converted, so the table would not be read")
                .label("would have no effect")
                .help("write `format: parquet` or `format: orc`, or remove `table`"),
        ),
        _ => {}
    }
    if let (Some((format, Format::Parquet | Format::Orc)), Some(compression)) = (format, &to.compression) {
        let message = format!("`{}` compresses by itself, and Firehose refuses a compression beside it", format.word());
        let diagnostic = refusal(&rules::CONVERSION, &compression.span, message, "remove `compression`");
        report.push(diagnostic.related(&format.span, "the format"));
    }
}

/// Developer guide, Understand custom prefixes for Amazon S3 objects. Read 2026-11.
const NAMESPACES: [&str; 4] = ["firehose", BY_FUNCTION, BY_QUERY, "timestamp"];
const REASON: &str = "error-output-type";

fn check_prefixes(to: &ToS3, report: &mut Vec<Diagnostic>) {
    for (prefix, of_errors) in [(&to.prefix, false), (&to.errors, true)] {
        let Some(prefix) = prefix else { continue };
        let text = known(prefix);
        let faults: Vec<_> = expressions(&text).into_iter().filter_map(|it| fault(it, of_errors)).collect();
        let unnamed = of_errors && faults.is_empty() && !expressions(&text).is_empty();
        report.extend(faults.into_iter().map(|(message, help)| refusal(&rules::PREFIX, &prefix.span, message, help)));
        if unnamed && !values(&text, "firehose").contains(&REASON) {
            let message = "a prefix of errors with expressions has to hold the reason as well".to_owned();
            let help = format!("add `!{{firehose:{REASON}}}/` to it");
            report.push(refusal(&rules::PREFIX, &prefix.span, message, help));
        }
    }
}

/// Why Firehose refuses an expression in a prefix, and what to do about it.
fn fault(expression: Expression<'_>, of_errors: bool) -> Option<(String, String)> {
    let (namespace, value) = match expression {
        Expression::Whole { namespace, value } => (namespace, value),
        Expression::Broken(text) => {
            let message = format!("`!{{{text}` is no expression, which is `!{{namespace:value}}`");
            return Some((message, "write e.g. `!{timestamp:yyyy}`, or remove the `!{`".to_owned()));
        }
    };
    if !NAMESPACES.contains(&namespace) {
        let help = match nearest(namespace, NAMESPACES) {
            Some(near) => format!("write `{near}`"),
            None => format!("write one of {}", list(NAMESPACES)),
        };
        return Some((format!("Firehose evaluates nothing that is called `{namespace}`"), help));
    }
    if namespace == "firehose" && !of_errors && value == REASON {
        let message = "what is delivered has not failed, so its prefix can hold no reason".to_owned();
        return Some((message, "move the expression to `errors`".to_owned()));
    }
    let partitions = namespace == BY_QUERY || namespace == BY_FUNCTION;
    (partitions && of_errors).then(|| {
        let message = "a record that failed may have no keys, so the prefix of errors can hold none".to_owned();
        (message, "keep the key in `prefix`, and remove it here".to_owned())
    })
}

fn check_partitions(to: &ToS3, delivery: &DeliveryStream, report: &mut Vec<Diagnostic>) {
    let Some(prefix) = &to.prefix else { return };
    let text = known(prefix);
    let used = values(&text, BY_QUERY);
    let keys: Vec<&str> = to.keys().map(|(key, _)| key.value.as_str()).collect();
    for missing in used.iter().filter(|key| !keys.contains(key)) {
        let message = format!("the prefix holds the key `{missing}`, and nothing says how it is found in a record");
        let help = format!("add `partition-by: {{{missing}: .{missing}}}`, or remove it from the prefix");
        report.push(refusal(&rules::PARTITIONS, &prefix.span, message, help));
    }
    for (key, _) in to.keys().filter(|(key, _)| !used.contains(&key.value.as_str())) {
        let message = format!("records are partitioned by `{}`, and the prefix does not hold it", key.value);
        let help = format!("add `!{{{BY_QUERY}:{}}}/` to the prefix, or remove the key", key.value);
        let diagnostic = refusal(&rules::PARTITIONS, &key.span, message, help);
        report.push(diagnostic.related(&prefix.span, "the prefix"));
    }
    if delivery.transform.is_none()
        && let Some(key) = values(&text, BY_FUNCTION).first()
    {
        let message = format!("the prefix holds the key `{key}` of a function, and no function transforms the records");
        let help = format!("add `transform: functions.…`, or write `!{{{BY_QUERY}:{key}}}` and `partition-by`");
        report.push(refusal(&rules::PARTITIONS, &prefix.span, message, help));
    }
}
