"""What the Python SDK runs: activities and workflows that ours call."""

import asyncio
from datetime import datetime, timezone
from typing import Any

from temporalio import activity, workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError, CancelledError, ChildWorkflowError

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
class PyWaits:
    """Gives what it is told, at once, or when it is asked to end."""

    def __init__(self) -> None:
        self.words: list[Any] = []

    @workflow.run
    async def run(self, to_the_end: bool = False) -> Any:
        try:
            await workflow.wait_condition(lambda: bool(self.words) and not to_the_end)
        except asyncio.CancelledError:
            if not to_the_end:
                raise
        return self.words

    @workflow.signal
    def go(self, first: Any, second: Any) -> None:
        self.words += [first, second]

    @workflow.query
    def count(self) -> int:
        return len(self.words)


@workflow.defn
class PyOrder:
    """What `order.lua` does, in Python."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.approved: list[str] = []

    @workflow.run
    async def run(self, customer: str) -> Any:
        await workflow.wait_condition(lambda: bool(self.approved))
        return {"customer": customer, "items": self.items, "approved": self.approved}

    @workflow.signal
    def approve(self, who: str, note: str) -> None:
        self.approved = [who, note]

    @workflow.query
    def item_count(self, at_least: int) -> int:
        return sum(1 for item in self.items if item["price"] >= at_least)

    @workflow.update
    def add_item(self, item: Any) -> Any:
        self.items.append(item)
        return {"count": len(self.items)}

    @add_item.validator
    def check_item(self, item: Any) -> None:
        if item["price"] < 0:
            raise ApplicationError("a price cannot be negative", item, type="NegativePrice")


@workflow.defn
class PyTellsLua:
    """Signals children of ours and other runs of ours, and asks them to end."""

    @workflow.run
    async def run(self, approved: str, cancelled: str) -> Any:
        child = await workflow.start_child_workflow("shop:order", "ada", task_queue="metonic")
        await child.signal("approve", args=["grace", "fine"])
        doomed = await workflow.start_child_workflow("shop:order", "bob", task_queue="metonic")
        doomed.cancel()
        ended = "well"
        try:
            await doomed
        except ChildWorkflowError as error:
            ended = "cancelled" if isinstance(error.cause, CancelledError) else repr(error.cause)
        await workflow.get_external_workflow_handle(approved).signal("approve", args=["linus", "from outside"])
        await workflow.get_external_workflow_handle(cancelled).cancel()
        return {"child": await child, "doomed": ended}


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
WORKFLOWS = [PyEcho, PyFail, PyTagged, PyWaits, PyOrder, PyTellsLua, PyCallsLua]
