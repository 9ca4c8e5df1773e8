"""What the Python SDK runs: activities and workflows that ours call."""

from datetime import datetime, timezone
from typing import Any

from temporalio import activity, workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError

KEYS = {
    "Shop": SearchAttributeKey.for_keyword("Shop"),
    "Count": SearchAttributeKey.for_int("Count"),
    "Weight": SearchAttributeKey.for_float("Weight"),
    "Open": SearchAttributeKey.for_bool("Open"),
    "Opened": SearchAttributeKey.for_datetime("Opened"),
    "Colours": SearchAttributeKey.for_keyword_list("Colours"),
    "Story": SearchAttributeKey.for_text("Story"),
}

# What a child of ours is started with: an attribute of each type.
GIVEN = TypedSearchAttributes(
    [
        SearchAttributePair(KEYS["Shop"], "south"),
        SearchAttributePair(KEYS["Count"], 2),
        SearchAttributePair(KEYS["Weight"], 2.5),
        SearchAttributePair(KEYS["Open"], False),
        SearchAttributePair(KEYS["Opened"], datetime(2026, 1, 1, tzinfo=timezone.utc)),
        SearchAttributePair(KEYS["Colours"], ["green", "white"]),
        SearchAttributePair(KEYS["Story"], "the end"),
    ]
)


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
class PyTagged:
    """Says what it was started with."""

    @workflow.run
    async def run(self) -> Any:
        found = workflow.info().typed_search_attributes
        search = {name: found.get(key) for name, key in KEYS.items()}
        search["Opened"] = search["Opened"].timestamp()
        return {"memo": workflow.memo(), "search": search}


@workflow.defn
class PyCallsLua:
    """Calls an activity and children of ours, and tells how they failed and what they were told."""

    @workflow.run
    async def run(self, number: int) -> Any:
        from datetime import timedelta

        limit = timedelta(seconds=10)
        doubled = await workflow.execute_activity(
            "shop:double", number, task_queue="metonic", start_to_close_timeout=limit
        )
        tagged = await workflow.execute_child_workflow(
            "shop:tagged", memo={"given": {"n": 1}}, search_attributes=GIVEN, task_queue="metonic"
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
        return {"doubled": doubled, "echoed": echoed, "tagged": tagged, "told": told}


def tell(error: BaseException | None) -> Any:
    assert isinstance(error, ApplicationError), repr(error)
    return {
        "type": error.type,
        "message": error.message,
        "non_retryable": error.non_retryable,
        "details": list(error.details),
    }


ACTIVITIES = [py_echo, py_refuse, py_raise]
WORKFLOWS = [PyEcho, PyFail, PyTagged, PyCallsLua]
