//! What Glue refuses of a job, and what would end or expose it.

use super::{Job, JobConnection, WorkerType, rules, schedule};
use crate::diagnostic::Diagnostic;
use crate::kinds::network::{Service, Traveller, check_way};
use crate::kinds::step_function::{DEFAULT_DEADLINE_SECONDS, LONGEST_SECONDS};
use crate::model::{Entry, Model};
use crate::source::{Located, Span};
use crate::spec::{Part, Text};

const MINUTE: u64 = 60;
/// Glue API reference, Job: a timeout is less than 10,080 minutes. Read 2026-11-21.
const TIMEOUT_END: u64 = 10_080 * MINUTE;

/// Glue user guide, "AWS Glue job parameters": Glue uses these itself. Read 2026-11-21.
const RESERVED: [&str; 5] = ["JOB_NAME", "conf", "debug", "endpoint", "mode"];

pub(super) fn check(job: &Job, this: &Entry, model: &Model, report: &mut Vec<Diagnostic>) {
    check_script(job, this, report);
    check_file(job, model, report);
    check_deadline(job, report);
    check_release(job, report);
    check_size(job, report);
    check_timeout(job, this, report);
    check_arguments(job, report);
    if let Some(connection) = &job.connection {
        check_connection(connection, report);
        let loading = Traveller { name: "the job loads its script", span: &connection.network.span };
        check_way(&loading, &connection.network, &[Service::S3], model, report);
    }
    if let Some(cron) = &job.schedule
        && let Some((message, help)) = schedule::fault(&cron.text)
    {
        report.push(Diagnostic::new(&rules::SCHEDULE, &cron.span, message).label("AWS refuses this").help(help));
    }
}

fn check_script(job: &Job, this: &Entry, report: &mut Vec<Diagnostic>) {
    let (language, extension) = match job.python_shell {
        Some(_) => ("a Python script, `….py`", "py"),
        None => ("a Python or Scala script, `….py` or `….scala`", "py"),
    };
    let Some(script) = &job.script else {
        report.push(
            Diagnostic::new(&rules::SCRIPT, &this.name.span, format!("`{}` does not say what it runs", this.path()))
                .label("has no `script`")
                .help(format!("add the path of {language}: `script: scripts/{}.{extension}`", this.name.value)),
        );
        return;
    };
    let path = script.path();
    let fits = path.ends_with(".py") || (job.python_shell.is_none() && script.is_scala());
    if !fits {
        report.push(
            Diagnostic::new(&rules::SCRIPT, &script.span, format!("the job runs {language}, and `{path}` is none"))
                .label("no script")
                .help("write the whole path of the script, for example `scripts/load.py` or `buckets.scripts/load.py`"),
        );
    }
    if let Some(packages) = job.packages.as_ref().filter(|_| script.is_scala()) {
        report.push(
            Diagnostic::new(&rules::SCRIPT, &packages.span, "a Scala script has no use for packages of Python")
                .label("are of Python scripts")
                .related(&script.span, "a Scala script")
                .help("remove `packages`"),
        );
    }
}

/// A file beside the document must be there.
fn check_file(job: &Job, model: &Model, report: &mut Vec<Diagnostic>) {
    let Some(file) = job.local_file() else { return };
    if model.files.read(file.value).is_none() {
        let message = format!("the script `{}` cannot be read", file.value);
        report.push(
            Diagnostic::new(&rules::SCRIPT, &file.span, message)
                .label("no such file")
                .help("write the path of a text file, seen from the folder of this file"),
        );
    }
}

fn check_deadline(job: &Job, report: &mut Vec<Diagnostic>) {
    if let Some(deadline) = job.deadline.as_ref().filter(|deadline| deadline.0 > LONGEST_SECONDS) {
        let message = format!("CodePipeline gives a step a day, not `{}`", deadline.span.text());
        report.push(
            Diagnostic::new(&rules::TIMEOUT, &deadline.span, message)
                .label("AWS refuses this")
                .help("write at most `24h`"),
        );
    }
}

/// What a release can never come to, and what is released at all.
fn check_release(job: &Job, report: &mut Vec<Diagnostic>) {
    let Some(release) = &job.release else { return };
    let refuse = |span: &Span, message: String| Diagnostic::new(&rules::RELEASE, span, message);
    let ending = job.python_shell.as_ref().map(|it| &it.span).or(job.spark.as_ref().map(|it| &it.span));
    if let Some(ending) = ending {
        let message = "only a streaming job is released: this one ends, and its next run takes the current script";
        report.push(
            refuse(&release.span, message.to_owned())
                .label("without effect here")
                .related(ending, "a job that ends by itself")
                .help("remove `release`; how long the step `start` may wait for its end is the job's `deadline`"),
        );
        return;
    }
    if let (Some(deadline), Some(other)) = (&release.deadline, &job.deadline) {
        report.push(
            refuse(&other.span, "the deadline of a streaming job's release is written twice".to_owned())
                .label("is not looked at")
                .related(&deadline.span, "this one counts")
                .help("remove it from the job"),
        );
    }
    if let Some(deadline) = release.deadline.as_ref().filter(|deadline| deadline.0 > LONGEST_SECONDS) {
        let message = format!("CodePipeline waits a day for a release and no longer, not `{}`", deadline.span.text());
        report.push(refuse(&deadline.span, message).label("longer than a day").help("write `24h` or less"));
    }
    if let Some(window) = job.window().filter(|window| window.0 < MINUTE) {
        let message = format!("a run that is watched for `{}` has hardly begun to read", window.span.text());
        report.push(refuse(&window.span, message).label("too short").help("write `1m` or more, for example `for: 5m`"));
    }
    let deadline = job.deadline_of("release");
    if job.window_seconds() >= deadline.map_or(DEFAULT_DEADLINE_SECONDS, |deadline| deadline.0) {
        let span = job.window().or(deadline).map_or(&release.span, |it| &it.span);
        let message = format!(
            "the new run is watched for {}, but the whole release must end within {}",
            job.window().map_or("5m", |window| window.span.text()),
            deadline.map_or("2h", |deadline| deadline.span.text())
        );
        let mut found = refuse(span, message).label("as long as the whole release");
        if let (Some(_), Some(deadline)) = (job.window(), deadline) {
            found = found.related(&deadline.span, "the deadline of the whole release");
        }
        report.push(found.help("shorten the window, or write a longer `deadline`"));
    }
}

/// Workers are Spark's, capacity is the Python shell's.
fn check_size(job: &Job, report: &mut Vec<Diagnostic>) {
    let shell = job.python_shell.as_ref().map(|version| &version.span);
    let batch = job.spark.as_ref().map(|version| &version.span);
    let spark = batch.or(job.streaming.as_ref().map(|version| &version.span));
    if let (Some(shell), Some(workers)) = (shell, &job.workers) {
        report.push(
            Diagnostic::new(
                &rules::WORKERS,
                &workers.span,
                "a Python shell job runs on one machine and has no workers, so Glue refuses them",
            )
            .label("workers are Spark's")
            .related(shell, "a Python shell job")
            .help("remove `workers`, and write `capacity: 1` for a larger machine"),
        );
    }
    if let (Some(version), Some(capacity)) = (spark, &job.capacity) {
        report.push(
            Diagnostic::new(
                &rules::WORKERS,
                &capacity.span,
                "since Glue 2.0 the size of a Spark job is said by its workers, and Glue refuses a capacity",
            )
            .label("is of Python shell jobs")
            .related(version, "a Spark job")
            .help("write `workers: {type: G.1X, count: 2}` instead"),
        );
    }
    if let (Some(ending), Some(maintenance)) = (shell.or(batch), &job.maintenance) {
        report.push(
            Diagnostic::new(&rules::WORKERS, &maintenance.span, "only a streaming job is restarted for maintenance")
                .label("is of streaming jobs")
                .related(ending, "this job ends by itself")
                .help("remove `maintenance`"),
        );
    }
    let Some((version, workers)) = job.spark().zip(job.workers.as_ref()) else { return };
    let refused = match workers.kind.value {
        WorkerType::G025X if job.streaming.is_none() => Some("only streaming jobs run on `G.025X`"),
        WorkerType::G12X | WorkerType::G16X | WorkerType::R1X | WorkerType::R2X | WorkerType::R4X | WorkerType::R8X
            if version.is_before_four() =>
        {
            Some("these workers come with Glue 4.0")
        }
        _ => None,
    };
    if let Some(why) = refused {
        let finding = Diagnostic::new(
            &rules::WORKERS,
            &workers.kind.span,
            format!("Glue refuses `{}` for this job: {why}", workers.kind.word()),
        )
        .label("not for this job");
        let finding = match spark {
            Some(version) => finding.related(version, "the kind of job and its version"),
            None => finding,
        };
        report.push(finding.help("write for example `G.1X`"));
    }
}

fn check_timeout(job: &Job, this: &Entry, report: &mut Vec<Diagnostic>) {
    match (&job.timeout, &job.streaming) {
        (Some(timeout), _) if timeout.0 % MINUTE != 0 || timeout.0 >= TIMEOUT_END => report.push(
            Diagnostic::new(
                &rules::TIMEOUT,
                &timeout.span,
                format!("Glue ends a run after whole minutes, fewer than 10,080, not after `{}`", timeout.span.text()),
            )
            .label("AWS refuses this")
            .help("write a time from `1m` to `10079m`"),
        ),
        (None, Some(version)) if version.ends_after_eight_hours() => report.push(
            Diagnostic::new(
                &rules::TIMEOUT,
                &version.span,
                format!("with Glue {} a run of `{}` ends after 8 hours, and then nobody reads the stream", version.word(), this.path()),
            )
            .label("the default timeout is 480 minutes")
            .help("add `timeout: 10079m`, the longest, and `maintenance: Sun:3` so that Glue starts it again in good time"),
        ),
        _ => {}
    }
}

fn check_arguments(job: &Job, report: &mut Vec<Diagnostic>) {
    for (name, _) in job.arguments.iter().flat_map(|arguments| &arguments.entries) {
        let finding = |message: String, help: &str| {
            Diagnostic::new(&rules::ARGUMENT, &name.span, message).label("not here").help(help)
        };
        if RESERVED.contains(&name.value.as_str()) {
            report.push(finding(
                format!("Glue sets `--{}` itself, and a job that sets it fails", name.value),
                "give the argument another name",
            ));
        }
        if name.value == "TempDir" {
            report.push(finding(
                "the folder of `--TempDir` needs permissions, which an argument does not bring".to_owned(),
                "write `temp:` in the job instead, for example `temp: buckets.scratch/tmp`",
            ));
        }
    }
}

fn check_connection(connection: &Located<JobConnection>, report: &mut Vec<Diagnostic>) {
    let incomplete = |span: &Span, message: &str, label: &str, help: &str| {
        Diagnostic::new(&rules::CONNECTION, span, message).label(label).help(help)
    };
    match (&connection.jdbc, &connection.secret) {
        (Some(jdbc), None) => report.push(incomplete(
            &jdbc.span,
            "Glue refuses a database without credentials, and they belong into a secret",
            "needs `secret`",
            "add `secret: secrets.…`, or the name of a secret that holds `username` and `password`",
        )),
        (None, Some(secret)) => report.push(incomplete(
            &secret.span,
            "a connection that is only a network logs in nowhere",
            "needs `jdbc`",
            "add `jdbc:` with the address of the database, or remove `secret`",
        )),
        _ => {}
    }
    let Some(jdbc) = &connection.jdbc else { return };
    let address = literals(&jdbc.value);
    if matches!(jdbc.parts.first(), Some(Part::Literal(start)) if !start.starts_with("jdbc:")) {
        report.push(incomplete(
            &jdbc.span,
            "the address of a database begins with `jdbc:`",
            "no JDBC address",
            "write for example `jdbc:postgresql://db.acme.internal:5432/hr`",
        ));
    }
    let lower = address.to_lowercase();
    let host = lower.split("//").nth(1).unwrap_or_default();
    let has_login = host.split('/').next().unwrap_or_default().contains('@');
    if has_login || lower.contains("password=") || lower.contains("pwd=") {
        report.push(
            Diagnostic::new(
                &rules::PASSWORD_IN_URL,
                &jdbc.span,
                "the address holds credentials, and everyone who may read the template or the connection sees them",
            )
            .label("credentials in plain text")
            .help("take them out of the address and into the secret"),
        );
    }
}

/// The text as far as it is written out.
fn literals(text: &Text) -> String {
    let literals = text.parts.iter().filter_map(|part| match part {
        Part::Literal(text) => Some(text.as_str()),
        Part::Expression(_) => None,
    });
    literals.collect()
}
