"""Python drives our workflows, ours drive Python's, and nothing is lost on the way."""

import asyncio
import unittest
import uuid
from datetime import datetime, timezone

from temporalio.client import WorkflowFailureError, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError

from harness import Interop
from python_side import KEYS

# No field is null: in Lua a field without a value is no field.
TRICKY = {"text": "ü\n\"", "whole": 9007199254740993, "part": 0.5, "list": [], "deep": [{"a": [1]}]}

# What is no JSON: bytes that are no text, and nothing.
OTHERS = [b"\xff\x00", None]


class PythonDrivesOurs(Interop):
    async def test_values_come_back_as_they_were_sent(self):
        self.assertEqual(await self.run_to_end("LuaEcho", TRICKY, "x", 1), [TRICKY, "x", 1])

    async def test_bytes_and_nothing_come_back(self):
        for value in OTHERS:
            self.assertEqual(await self.run_to_end("shop:same", value), value)

    async def test_signal_query_update(self):
        order = await self.start("shop:order", "ada")
        self.assertEqual(await order.execute_update("add_item", {"name": "tea", "price": 3}), {"count": 1})
        self.assertEqual(await order.execute_update("add_item", {"name": "pot", "price": 30}), {"count": 2})
        self.assertEqual(await order.query("item_count", 10), 1)
        await order.signal("approve", args=["grace", "fine"])
        self.assertEqual(
            await order.result(),
            {
                "customer": "ada",
                "items": [{"name": "tea", "price": 3}, {"name": "pot", "price": 30}],
                "approved_by": "grace",
                "note": "fine",
            },
        )

    async def test_an_update_with_the_same_id_is_done_once(self):
        order = await self.start("shop:order", "ada")
        item = {"name": "tea", "price": 3}
        for _ in range(2):
            self.assertEqual(await order.execute_update("add_item", item, id="once"), {"count": 1})
        await order.terminate()

    async def test_a_rejected_update_says_why(self):
        order = await self.start("shop:order", "ada")
        with self.assertRaises(WorkflowUpdateFailedError) as caught:
            await order.execute_update("add_item", {"name": "tea", "price": -3})
        cause = caught.exception.cause
        self.assertIsInstance(cause, ApplicationError)
        self.assertEqual((cause.type, cause.message), ("NegativePrice", "a price cannot be negative"))
        await order.terminate()

    async def test_an_unknown_query_is_refused(self):
        order = await self.start("shop:order", "ada")
        with self.assertRaisesRegex(WorkflowQueryFailedError, "item_count"):
            await order.query("nothing")
        await order.terminate()

    async def test_cancel(self):
        order = await self.start("shop:order", "ada")
        await order.query("item_count")
        await order.cancel()
        with self.assertRaises(WorkflowFailureError) as caught:
            await order.result()
        self.assertIsInstance(caught.exception.cause, CancelledError)

    async def test_a_failure_arrives_whole(self):
        with self.assertRaises(WorkflowFailureError) as caught:
            await self.run_to_end("shop:failing", "Refused")
        cause = caught.exception.cause
        self.assertIsInstance(cause, ApplicationError)
        self.assertEqual((cause.type, cause.message, cause.non_retryable), ("Refused", "as it was asked to", True))
        self.assertEqual(cause.details[0]["errors"][0]["details"], {"code": 7})

    async def test_search_attributes_and_memo(self):
        given = TypedSearchAttributes([SearchAttributePair(KEYS["Shop"], "south"), SearchAttributePair(KEYS["Count"], 1)])
        handle = await self.start("shop:tagged", memo={"given": {"n": 1}}, search_attributes=given)
        self.assertEqual(
            await handle.result(), {"search": {"Shop": "south", "Count": 1}, "memo": {"given": {"n": 1}}}
        )
        described = await handle.describe()
        self.assertEqual(await described.memo(), {"given": {"n": 1}, "added": {"deep": [1, 2]}})
        found = {name: described.typed_search_attributes.get(key) for name, key in KEYS.items()}
        self.assertEqual(
            found,
            {
                "Shop": "north",
                "Count": 3,
                "Weight": 5.0,
                "Open": True,
                "Opened": datetime(2026, 1, 1, tzinfo=timezone.utc),
                "Colours": ["red", "blue"],
                "Story": "once upon a time",
            },
        )


class OursDrivePython(Interop):
    async def test_activities(self):
        result = await self.run_to_end("shop:caller", self.queue, TRICKY)
        self.assertEqual(result["echoed"], TRICKY)
        refused = result["refused"]["cause"] or result["refused"]
        self.assertEqual((refused["type"], refused["message"]), ("Refused", "tea is refused"))
        self.assertEqual(refused["details"], [{"code": 42}, "more"])
        self.assertIs(refused["retryable"], False)

    async def test_an_activity_gets_bytes_and_nothing(self):
        for value in OTHERS:
            self.assertEqual(await self.run_to_end("shop:passes", self.queue, value), value)

    async def test_an_activity_that_python_lacks(self):
        told = await self.run_to_end("shop:failed", self.queue, "py_nothing", 1, "tell")
        self.assertEqual((told["kind"], told["type"]), ("NotFound", "NotFoundError"))
        self.assertIn("py_nothing", told["message"])

    async def test_a_foreign_type_comes_and_goes_with_its_own_name(self):
        names = ["ActivityNotRegisteredError", "WorkflowNotRegisteredError", "NamespaceNotFoundError", "NotFoundError"]
        for name in names:
            told = await self.run_to_end("shop:failed", self.queue, "py_raise", name, "tell")
            self.assertEqual((told["kind"], told["type"], told["message"]), ("NotFound", name, "not here"))
            with self.assertRaises(WorkflowFailureError) as caught:
                await self.run_to_end("shop:failed", self.queue, "py_raise", name, "hand on")
            cause = caught.exception.cause
            self.assertIsInstance(cause, ApplicationError)
            self.assertEqual((cause.type, cause.message), (name, "in vain: not here"))
            self.assertIsInstance(cause.cause, ActivityError)
            self.assertEqual(cause.cause.cause.type, name)

    async def test_children(self):
        result = await self.run_to_end("shop:parent", self.queue, TRICKY)
        self.assertEqual(result["echoed"], TRICKY)
        refused = result["refused"]["cause"] or result["refused"]
        self.assertEqual((refused["type"], refused["message"]), ("Refused", "coffee is refused"))
        self.assertEqual((refused["details"], refused["retryable"]), ({"code": 43}, False))
        self.assertEqual(result["tagged"]["memo"], {"given": {"deep": [1, 2]}, "word": "ü"})
        self.assertEqual(
            result["tagged"]["search"],
            {
                "Shop": "north",
                "Count": 3,
                "Weight": 5.0,
                "Open": True,
                "Opened": 1767225600,
                "Colours": ["red", "blue"],
                "Story": "once upon a time",
            },
        )

    async def test_signals_and_cancels(self):
        other = await self.start("PyWaits", True, task_queue=self.queue)
        # What is asked to end before its first task may never hear the rest.
        await other.query("count")
        result = await self.run_to_end("shop:tells", self.queue, other.id)
        self.assertEqual((result["said"], result["words"]), ([True, True, True, True], [{"n": 1}, "more"]))
        self.assertEqual((result["cancelled"]["kind"], result["late"]["kind"]), ("Canceled", "Timeout"))
        self.assertEqual(await other.result(), [{"n": 2}, "from outside"])

    async def test_our_commands(self):
        handle, order = await self.python_order()
        await self.said(0, '{"count":1}', "update", order, "add_item", '{"name":"tea","price":3}')
        await self.said(0, '{"count":2}', "update", order, "add_item", '{"name":"pot","price":30}')
        await self.said(1, "NegativePrice: a price cannot be negative", "update", order, "add_item", '{"price":-3}')
        await self.said(0, "1", "query", order, "item_count", "10")
        await self.said(1, "known queries", "query", order, "nothing")
        await self.said(0, "", "signal", order, "approve", '"grace"', '"fine"')
        items = [{"name": "tea", "price": 3}, {"name": "pot", "price": 30}]
        done = {"customer": "ada", "items": items, "approved": ["grace", "fine"]}
        self.assertEqual(await handle.result(), {"result": done})
        handle, order = await self.python_order()
        await self.said(0, "", "cancel", order)
        self.assertEqual((await handle.result())["problem"]["kind"], "Canceled")

    async def python_order(self):
        """A run of ours that waits for an order of Python, and that order's id."""
        order = f"PyOrder-{uuid.uuid4()}"
        handle = await self.start("shop:waits", self.queue, order)
        await self.until_known(order)
        return handle, order

    async def said(self, code, text, *arguments):
        """Runs `metonic workflow`, which has to end with this code and say this."""
        output = await asyncio.to_thread(self.metonic, "workflow", *arguments)
        self.assertEqual(output.returncode, code, output)
        self.assertIn(text, output.stdout + output.stderr)


class PythonCallsOurs(Interop):
    async def test_signals_and_cancels(self):
        approved, cancelled = await self.start("shop:order", "cy"), await self.start("shop:order", "dan")
        result = await self.run_to_end("PyTellsLua", approved.id, cancelled.id, task_queue=self.queue)
        by_child = {"customer": "ada", "items": [], "approved_by": "grace", "note": "fine"}
        self.assertEqual(result, {"child": by_child, "doomed": "cancelled"})
        by_run = {"customer": "cy", "items": [], "approved_by": "linus", "note": "from outside"}
        self.assertEqual(await approved.result(), by_run)
        with self.assertRaises(WorkflowFailureError) as caught:
            await cancelled.result()
        self.assertIsInstance(caught.exception.cause, CancelledError)

    async def test_activities_and_children(self):
        result = await self.run_to_end("PyCallsLua", 21, task_queue=self.queue)
        self.assertEqual((result["doubled"], result["echoed"]), (42, [42, "x"]))
        self.assertEqual(result["tagged"]["memo"], {"given": {"n": 1}})
        self.assertEqual(
            result["tagged"]["search"],
            {
                "Shop": "south",
                "Count": 2,
                "Weight": 2.5,
                "Open": False,
                "Opened": 1767225600,
                "Colours": ["green", "white"],
                "Story": "the end",
            },
        )
        activity, child = result["told"]["activity"], result["told"]["child"]
        self.assertEqual((activity["type"], activity["message"]), ("Refused", "tea is refused"))
        self.assertEqual(activity["details"][0]["errors"][0]["details"], {"code": 42})
        self.assertEqual((child["type"], child["message"]), ("Refused", "as it was asked to"))
        self.assertEqual(child["details"][0]["errors"][0]["details"], {"code": 7})
        self.assertEqual((activity["non_retryable"], child["non_retryable"]), (True, True))


if __name__ == "__main__":
    unittest.main()
