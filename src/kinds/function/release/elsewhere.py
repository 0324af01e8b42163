

# ---- Functions in other accounts and Regions --------------------------------------------

sts = boto3.client("sts", config=CONFIG)
HERE = cloudformation, codedeploy, functions, s3, ssm
COPYING = CONFIG.merge(Config(read_timeout=100, retries={"mode": "standard", "max_attempts": 1}))
step_here, verify_here = step, verify


def step(job):
    """A step in the account and Region that the job names. CodePipeline is answered from here."""
    speak_to(job.asked.get("role"), job.asked.get("region"), job.id)
    return step_here(job)


def speak_to(role, region, job_id):
    """Use clients of another place; those of this one when no role is named."""
    global cloudformation, codedeploy, functions, s3, ssm
    cloudformation, codedeploy, functions, s3, ssm = HERE
    if not role:
        return
    try:
        taken = sts.assume_role(RoleArn=role, RoleSessionName=f"release-{job_id}"[:64])["Credentials"]
    except ClientError as error:
        raise Failed(f"The role {role} cannot be taken on: {error.response['Error']['Message']} Deploy the access stack "
                     "of the environment, which makes it, then retry this stage.", "PermissionError") from None
    there = boto3.Session(aws_access_key_id=taken["AccessKeyId"], aws_secret_access_key=taken["SecretAccessKey"],
                          aws_session_token=taken["SessionToken"], region_name=region)
    cloudformation, codedeploy, functions, ssm = (
        there.client(name, config=CONFIG) for name in ("cloudformation", "codedeploy", "lambda", "ssm"))
    s3 = boto3.client("s3", config=COPYING, region_name=region)  # builds stay in the account of the pipelines


def verify(job):
    """A stack loads builds from a bucket of its own Region: bring them there."""
    bucket, origin = job.asked["bucket"], job.asked.get("from", job.asked["bucket"])
    for key in job.asked["packages"].values():
        if bucket != origin and not is_there(bucket, key):
            try:
                s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": origin, "Key": key})
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                    raise
    return verify_here(job)  # which also says when there was nothing to bring


def is_there(bucket, key):
    try:
        return bool(s3.head_object(Bucket=bucket, Key=key))
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        return False


STATES["verify"] = verify
