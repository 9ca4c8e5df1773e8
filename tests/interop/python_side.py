"""What the Python SDK runs: activities and workflows that ours call."""

import asyncio
from typing import Any

from temporalio import activity, workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

QUEUE = "python"


@activity.defn
async def py_echo(value: Any) -> Any:
    return value


@activity.defn
async def py_refuse(what: str) -> None:
    raise ApplicationError(f"{what} is refused", {"code": 42}, "more", type="Refused", non_retryable=True)


@activity.defn
async def py_raise(name: str) -> None:
    raise ApplicationError("not here", type=name, non_retryable=True)


@workflow.defn
class PyEcho:
    @workflow.run
    async def run(self, value: Any) -> Any:
        return value


@workflow.defn
class PyFail:
    @workflow.run
    async def run(self, what: str) -> None:
        raise ApplicationError(f"{what} is refused", {"code": 43}, type="Refused", non_retryable=True)


@workflow.defn
class PyCallsLua:
    """Calls an activity and a child of ours, and tells how each failed."""

    @workflow.run
    async def run(self, number: int) -> Any:
        from datetime import timedelta

        limit = timedelta(seconds=10)
        doubled = await workflow.execute_activity(
            "shop:double", number, task_queue="metonic", start_to_close_timeout=limit
        )
        echoed = await workflow.execute_child_workflow("LuaEcho", args=[doubled, "x"], task_queue="metonic")
        told = {}
        try:
            await workflow.execute_activity("shop:refuse", "tea", task_queue="metonic", start_to_close_timeout=limit)
        except Exception as error:
            told["activity"] = tell(error.__cause__)
        try:
            await workflow.execute_child_workflow("shop:failing", "Refused", task_queue="metonic")
        except Exception as error:
            told["child"] = tell(error.__cause__)
        return {"doubled": doubled, "echoed": echoed, "told": told}


def tell(error: BaseException | None) -> Any:
    assert isinstance(error, ApplicationError), repr(error)
    return {
        "type": error.type,
        "message": error.message,
        "non_retryable": error.non_retryable,
        "details": list(error.details),
    }


ACTIVITIES = [py_echo, py_refuse, py_raise]
WORKFLOWS = [PyEcho, PyFail, PyCallsLua]
