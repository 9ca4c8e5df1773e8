"""A dev server, a metonic process and a Python worker, for as long as a test class lasts."""

import asyncio
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest
import uuid

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

import python_side

HERE = pathlib.Path(__file__).resolve().parent
ATTRIBUTES = {
    "Shop": "Keyword",
    "Count": "Int",
    "Weight": "Double",
    "Open": "Bool",
    "Opened": "Datetime",
    "Colours": "KeywordList",
    "Story": "Text",
}


# Whatever is waited for comes sooner.
PATIENCE = 180


def is_ours(workflow_type):
    return workflow_type.startswith("shop:") or workflow_type == "LuaEcho"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Interop(unittest.IsolatedAsyncioTestCase):
    """Starts server and metonic once for the class; a client and a Python worker for each test. What
    our runs did is replayed after each test."""

    @classmethod
    def setUpClass(cls):
        cls.address = f"127.0.0.1:{free_port()}"
        cls.environment = {**os.environ, "INTEROP_ADDRESS": cls.address}
        command = [os.environ["METONIC_TEMPORAL"], "server", "start-dev", "--headless", "--log-level", "never"]
        command += ["--port", cls.address.split(":")[1]]
        for name, kind in ATTRIBUTES.items():
            command += ["--search-attribute", f"{name}={kind}"]
        cls.launch(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # A file takes as much as the process says, also when nobody reads it.
        log = tempfile.NamedTemporaryFile("r+")
        cls.addClassCleanup(log.close)
        metonic = cls.launch(
            [os.environ["METONIC_BINARY"], "run", HERE / "project", "--log-format", "text"],
            env=cls.environment,
            stderr=log,
        )
        until = time.monotonic() + PATIENCE
        while True:
            log.seek(0)
            said = log.read()
            if "Started." in said:
                return
            if metonic.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"metonic did not start:\n{said}")
            time.sleep(0.05)

    @classmethod
    def launch(cls, command, **options):
        """Starts a process that ends with the class, whatever happens after."""
        process = subprocess.Popen(command, **options)

        def end():
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

        cls.addClassCleanup(end)
        return process

    async def asyncSetUp(self):
        self.client = await Client.connect(self.address)
        self.started = []
        # Of its own: what the worker of an earlier test polled for may still be handed to it.
        self.queue = f"python-{uuid.uuid4()}"
        self.worker = Worker(
            self.client,
            task_queue=self.queue,
            workflows=python_side.WORKFLOWS,
            activities=python_side.ACTIVITIES,
        )
        self.polling = asyncio.create_task(self.worker.run())

    async def asyncTearDown(self):
        await self.worker.shutdown()
        await self.polling
        runs = await self.ours()
        self.assertTrue(runs, "no run of ours was started")
        for run in runs:
            await asyncio.to_thread(self.assert_replays, run)

    async def ours(self):
        """The ids of the runs of ours that the test started, or that Python started for it."""
        found = []
        for handle, workflow_type in self.started:
            if is_ours(workflow_type):
                found.append(handle.id)
                continue
            async for event in handle.fetch_history_events():
                child = event.child_workflow_execution_started_event_attributes
                if is_ours(child.workflow_type.name):
                    found.append(child.workflow_execution.workflow_id)
        return found

    def metonic(self, *arguments):
        command = [os.environ["METONIC_BINARY"], *arguments]
        return subprocess.run(
            command, cwd=HERE / "project", env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )

    def assert_replays(self, run):
        replayed = self.metonic("replay", "--from-server", run)
        self.assertEqual(replayed.returncode, 0, f"{run}:\n{replayed.stdout}{replayed.stderr}")

    async def until_known(self, run):
        """Waits until the server knows a run of this id."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await self.client.get_workflow_handle(run).describe()
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND or time.monotonic() > until:
                    raise
            await asyncio.sleep(0.05)

    async def start(self, workflow_type, *arguments, **options):
        options.setdefault("task_queue", "metonic")
        handle = await self.client.start_workflow(
            workflow_type, args=arguments, id=f"{workflow_type}-{uuid.uuid4()}", **options
        )
        self.started.append((handle, workflow_type))
        return handle

    async def run_to_end(self, workflow_type, *arguments, **options):
        handle = await self.start(workflow_type, *arguments, **options)
        return await asyncio.wait_for(handle.result(), PATIENCE)
