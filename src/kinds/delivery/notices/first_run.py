import boto3


def handler(event, context):
    """Stops the execution that CodePipeline started because the pipeline was made."""
    detail, pipelines = event["detail"], boto3.client("codepipeline")
    ended = (
        pipelines.exceptions.DuplicatedStopRequestException,
        pipelines.exceptions.PipelineExecutionNotStoppableException,
    )
    try:
        pipelines.stop_pipeline_execution(
            pipelineName=detail["pipeline"],
            pipelineExecutionId=detail["execution-id"],
            abandon=True,
            reason="nobody asked for this run: the pipeline was only made",
        )
    except ended:
        pass  # EventBridge may tell of an execution twice
