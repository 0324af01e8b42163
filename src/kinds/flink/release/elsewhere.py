

# ---- Applications in other accounts and Regions -----------------------------------------

sts = boto3.client("sts", config=CONFIG)
HERE = cloudformation, flink, s3, ssm
COPYING = CONFIG.merge(Config(read_timeout=100, retries={"mode": "standard", "max_attempts": 1}))
ReleaseHere = Release


class Release(ReleaseHere):
    """A release into the account and Region that the job names. CodePipeline is answered from here."""

    def __init__(self, job_id, data, function_arn):
        super().__init__(job_id, data, function_arn)
        asked = json.loads(data["actionConfiguration"]["configuration"]["UserParameters"])
        self.origin = asked.get("from", self.bucket)
        speak_to(asked.get("role"), asked.get("region"), job_id)


def speak_to(role, region, job_id):
    """Use clients of another place; those of this one when no role is named."""
    global cloudformation, flink, s3, ssm
    cloudformation, flink, s3, ssm = HERE
    if not role:
        return
    try:
        taken = sts.assume_role(RoleArn=role, RoleSessionName=f"release-{job_id}"[:64])["Credentials"]
    except ClientError as error:
        raise Failed(f"The role {role} cannot be taken on: {error.response['Error']['Message']} Deploy the access stack "
                     "of the environment, which makes it, then retry this stage.", "PermissionError") from None
    there = boto3.Session(aws_access_key_id=taken["AccessKeyId"], aws_secret_access_key=taken["SecretAccessKey"],
                          aws_session_token=taken["SessionToken"], region_name=region)
    cloudformation, flink, ssm = (
        there.client(name, config=CONFIG) for name in ("cloudformation", "kinesisanalyticsv2", "ssm"))
    s3 = boto3.client("s3", config=COPYING, region_name=region)  # builds stay in the account of the pipelines


def bring(release):
    """An application loads its code from a bucket of its own Region: bring the build there."""
    if release.origin != release.bucket and not is_there(release):
        try:
            s3.copy_object(Bucket=release.bucket, Key=release.key,
                           CopySource={"Bucket": release.origin, "Key": release.key})
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise
    return verify(release)  # which also says when there was nothing to bring


def is_there(release):
    try:
        return bool(s3.head_object(Bucket=release.bucket, Key=release.key))
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        return False


STATES["verify"] = bring
