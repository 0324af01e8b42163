# ---- Applications in other accounts and Regions -----------------------------------------

sts = boto3.client("sts", config=CONFIG)
HERE = cloudformation, cloudwatch, flink, s3, ssm
COPYING = CONFIG.merge(Config(read_timeout=100, retries={"mode": "standard", "max_attempts": 1}))
step_here, build_missing_here = step, PREDICATES["build-missing"]


def step(job):
    """A release into the account and Region that the job names. CodePipeline is answered from here."""
    speak_to(job.asked.get("role"), job.asked.get("region"), job.id)
    return step_here(job)


def speak_to(role, region, job_id):
    """Use clients of another place; those of this one when no role is named."""
    global cloudformation, cloudwatch, flink, s3, ssm
    cloudformation, cloudwatch, flink, s3, ssm = HERE
    if not role:
        return
    try:
        taken = sts.assume_role(RoleArn=role, RoleSessionName=f"release-{job_id}"[:64])["Credentials"]
    except ClientError as error:
        raise Failed(f"The role {role} cannot be taken on: {error.response['Error']['Message']} Deploy the access stack "
                     "of the environment, which makes it, then retry this stage.", "PermissionError") from None
    there = boto3.Session(aws_access_key_id=taken["AccessKeyId"], aws_secret_access_key=taken["SecretAccessKey"],
                          aws_session_token=taken["SessionToken"], region_name=region)
    cloudformation, cloudwatch, flink, ssm = (
        there.client(name, config=CONFIG) for name in ("cloudformation", "cloudwatch", "kinesisanalyticsv2", "ssm"))
    s3 = boto3.client("s3", config=COPYING, region_name=region)  # builds stay in the account of the pipelines


def is_build_missing(release):
    """An application loads its code from a bucket of its own Region: bring the build there."""
    bucket, origin = release.asked["bucket"], release.asked.get("from", release.asked["bucket"])
    if bucket != origin and release.seen.build is None:
        try:
            s3.copy_object(Bucket=bucket, Key=release.key, CopySource={"Bucket": origin, "Key": release.key})
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise
        release.forget()
    return build_missing_here(release)


PREDICATES["build-missing"] = is_build_missing
