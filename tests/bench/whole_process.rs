//! How long a person waits: whole processes, from start to exit, beside cfn-lint on the same templates.
//!
//! `cargo bench` prints medians and ratios of one run on one machine. It proves nothing and fails nothing.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads the clock and prints")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SPEC: &str = "specs/flink-delivery/pipeline.yaml";
const GENERATED: &str = "generated/taxi-analytics";

/// The median of whole-process times, after one run to warm up.
fn median(runs: usize, command: &mut Command) -> Duration {
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut times: Vec<Duration> = (0..=runs)
        .map(|_| {
            let begin = Instant::now();
            assert!(command.status().expect("the program starts").success(), "{command:?}");
            begin.elapsed()
        })
        .skip(1)
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// cfn-lint as the tests install it; they must have run before.
fn cfn_lint() -> Option<PathBuf> {
    let folders = fs::read_dir(Path::new(env!("CARGO_TARGET_TMPDIR"))).ok()?;
    folders.filter_map(Result::ok).map(|folder| folder.path().join("bin/cfn-lint")).find(|program| program.exists())
}

/// Seven resources as people write them: a stream, a function that reads it with its role and event source, what failed,
/// the log group and an alarm. `number` tells them from others in the same template.
fn resources(number: usize) -> String {
    format!(
        r#"  Trips{number}:
    Type: AWS::Kinesis::Stream
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      StreamModeDetails: {{StreamMode: ON_DEMAND}}
      StreamEncryption: {{EncryptionType: KMS, KeyId: alias/aws/kinesis}}
  Reader{number}:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub "${{AWS::StackName}}-reader-{number}"
      Runtime: python3.13
      Handler: index.handler
      MemorySize: 256
      Timeout: 30
      Role: !GetAtt ReaderRole{number}.Arn
      Environment: {{Variables: {{STREAM: !Ref Trips{number}}}}}
      Code:
        ZipFile: |
          def handler(event, context):
              return {{"batchItemFailures": []}}
  ReaderRole{number}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}
      Policies:
        - PolicyName: read
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [kinesis:GetRecords, kinesis:GetShardIterator, kinesis:DescribeStream, kinesis:ListShards]
                Resource: !GetAtt Trips{number}.Arn
              - Effect: Allow
                Action: sqs:SendMessage
                Resource: !GetAtt Failures{number}.Arn
              - Effect: Allow
                Action: [logs:CreateLogStream, logs:PutLogEvents]
                Resource: !GetAtt Log{number}.Arn
  Source{number}:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Reader{number}
      EventSourceArn: !GetAtt Trips{number}.Arn
      StartingPosition: LATEST
      MaximumRetryAttempts: 5
      BisectBatchOnFunctionError: true
      DestinationConfig: {{OnFailure: {{Destination: !GetAtt Failures{number}.Arn}}}}
  Failures{number}:
    Type: AWS::SQS::Queue
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {{MessageRetentionPeriod: 1209600}}
  Log{number}:
    Type: AWS::Logs::LogGroup
    Properties: {{LogGroupName: !Sub "/aws/lambda/${{AWS::StackName}}-reader-{number}", RetentionInDays: 30}}
  Late{number}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: IteratorAge
      Dimensions: [{{Name: FunctionName, Value: !Ref Reader{number}}}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 5
      Threshold: 60000
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"#
    )
}

/// A template of `count` resources.
fn template(count: usize) -> String {
    let mut text = "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n".to_owned();
    for number in 0..count / 7 {
        text += &resources(number);
    }
    for number in 0..count % 7 {
        text += &format!("  Topic{number}:\n    Type: AWS::SNS::Topic\n");
    }
    text
}

fn write(path: &Path, text: &str) {
    let folder = path.parent().expect("a path has a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).expect("the file can be written");
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn show(what: &str, time: Duration) {
    println!("{what:34} {:9.2} ms", milliseconds(time));
}

fn main() {
    let tidegate = || Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let _ = fs::remove_dir_all(&work);
    let spec = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SPEC)).expect("the example");
    let (small, large) = (work.join("small/template.yaml"), work.join("large/template.yaml"));
    write(&small, &template(7));
    write(&large, &template(360));

    let templates = ["application", "delivery"].map(|role| format!("{GENERATED}/{role}.template.yaml"));
    show("a process that does nothing", median(50, &mut Command::new("true")));
    let check = median(50, tidegate().args(["check", SPEC]));
    show("check, the example", check);
    let render = median(50, tidegate().args(["render", "--check", SPEC]));
    show("render --check, the example", render);
    let check_small = median(50, tidegate().arg("check").arg(&small));
    show("check, template of 7 resources", check_small);
    let check_large = median(20, tidegate().arg("check").arg(&large));
    show("check, template of 360 resources", check_large);

    println!("\nfiles that are checked, in one process");
    let mut made = 0;
    for count in [1, 10, 100, 1_000, 10_000] {
        for (extension, text) in [("specs", &spec), ("templates", &template(7))] {
            for number in made..count {
                write(&work.join(extension).join(format!("{}/{number}/pipeline.yaml", number / 100)), text);
            }
        }
        made = count;
        let runs = if count > 1_000 { 3 } else { 9 };
        for (what, folder) in [("documents", "specs"), ("templates", "templates")] {
            // The program of the functions is not beside the copies, so they have findings.
            let time = median(runs, tidegate().args(["check", "--exit-zero"]).arg(work.join(folder)));
            println!(
                "{count:6} {what:10} {:9.2} ms, {:.3} ms each",
                milliseconds(time),
                milliseconds(time) / count as f64
            );
        }
    }

    let Some(cfn_lint) = cfn_lint() else {
        println!("cfn-lint is not installed: run the tests first");
        return;
    };
    println!("\ncfn-lint on the same templates");
    let lint = |paths: &[String], runs| median(runs, Command::new(&cfn_lint).arg("--").args(paths));
    for (what, paths, runs, time) in [
        ("what is rendered", templates.to_vec(), 5, render),
        ("7 resources", vec![small.display().to_string()], 5, check_small),
        ("360 resources", vec![large.display().to_string()], 3, check_large),
    ] {
        let lint = lint(&paths, runs);
        let ratio = lint.as_secs_f64() / time.as_secs_f64();
        println!("{what:24} {:9.0} ms, {ratio:.0} times as long", milliseconds(lint));
    }
}
