"""Jobs and answers in words, and as JSON. Pure."""

import msgspec

from pegboard.cli.batching.lines import Result
from pegboard.cli.batching.name import Name
from pegboard_sdk.wire.batching import BatchJob
from pegboard_sdk.wire.modelling import cost_of


def job_line(name: Name, job: BatchJob) -> str:
    """A job, for people."""
    came = f"{job.answered} of {job.prompts} answered" + (f", {job.failed} failed" if job.failed else "")
    cost = cost_of(job.planned.price, job.usage) if job.usage is not None else None
    money = "" if cost is None else f"  ${cost:.4f}"
    said = "".join(f"\n  {problem}" for problem in job.problems)
    begun = job.begun[:16].replace("T", " ")
    return f"{name}  {begun}  {job.state.value:11}  {came}{money}  {job.model}{said}"


def job_json(name: Name, job: BatchJob) -> str:
    """A job, for scripts."""
    cost = cost_of(job.planned.price, job.usage) if job.usage is not None else None
    fields = {field: getattr(job, field) for field in job.__struct_fields__ if field != "planned"}
    return msgspec.json.encode({"schema": 1, **fields, "job": str(name), "cost": cost}).decode()


def result_json(result: Result) -> str:
    """A result, for scripts."""
    return msgspec.json.encode(result).decode()
