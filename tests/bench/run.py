"""Measures what workflows cost a metonic process: `make bench`, on Linux.

W1: workflows of one activity, 100 in flight: CPU-ms of the process per workflow.
W2: idle workflows in memory, 1,000 and 5,000, and 1,000 that hold a table each: MiB per 1,000, and CPU
    per start.
W3: a workflow waits, the process starts: ms to its result.

The server is a dev server of this machine, in memory. It is asked through its HTTP interface, so
that nothing of metonic drives metonic. Where there are two cores, the process under test has one
for itself.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
TARGETS = {"W1": 3.5, "W2": 25.0, "W3": 200.0}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def on_core(core, command):
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(core), *command] if taskset and os.cpu_count() > 1 else command


class Server:
    def __init__(self, temporal):
        self.port, self.http_port = free_port(), free_port()
        command = [temporal, "server", "start-dev", "--headless", "--log-level", "never"]
        command += ["--port", str(self.port), "--http-port", str(self.http_port)]
        self.process = subprocess.Popen(on_core(0, command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.local = threading.local()
        while True:
            try:
                self.call("GET", "/namespaces/default")
                return
            except (OSError, RuntimeError):
                time.sleep(0.05)

    def call(self, method, path, body=None):
        for last in (False, True):
            if not getattr(self.local, "connection", None):
                self.local.connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=90)
            try:
                text = None if body is None else json.dumps(body)
                self.local.connection.request(method, "/api/v1" + path, text, {"Content-Type": "application/json"})
                answer = self.local.connection.getresponse()
                content = answer.read()
                break
            except OSError:
                self.local.connection = None
                if last:
                    raise
        if answer.status != 200:
            raise RuntimeError(f"{path}: {content[:300]}")
        return json.loads(content)

    def begin(self, run, workflow_type, arguments):
        body = {"workflowType": {"name": workflow_type}, "taskQueue": {"name": "bench"}, "input": arguments}
        self.call("POST", f"/namespaces/default/workflows/{run}", {**body, "requestId": run})

    def signal(self, run):
        self.call("POST", f"/namespaces/default/workflows/{run}/signal/finish", {"input": []})

    def end(self, run):
        query = "waitNewEvent=true&historyEventFilterType=HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT"
        while True:
            events = self.call("GET", f"/namespaces/default/workflows/{run}/history?{query}")["history"].get("events")
            if events:
                assert events[-1]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED", events[-1]
                return

    def is_idle(self, run):
        """Whether the first task of a run is done."""
        events = self.call("GET", f"/namespaces/default/workflows/{run}/history")["history"]["events"]
        return any(event["eventType"] == "EVENT_TYPE_WORKFLOW_TASK_COMPLETED" for event in events)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Worker:
    def __init__(self, metonic, server):
        command = [metonic, "run", str(ROOT / "tests/bench/project"), "--log-level", "warn"]
        environment = {**os.environ, "BENCH_ADDRESS": f"127.0.0.1:{server.port}"}
        self.begun = time.monotonic()
        self.process = subprocess.Popen(on_core(1, command), env=environment)

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def many(in_flight, count, work):
    with concurrent.futures.ThreadPoolExecutor(in_flight) as pool:
        for done in [pool.submit(work, at) for at in range(count)]:
            done.result()


def cold_start(metonic, server, name):
    server.begin(f"cold-{name}", "bench:noop", ["Ada"])
    worker = Worker(metonic, server)
    server.end(f"cold-{name}")
    took = (time.monotonic() - worker.begun) * 1000
    memory = worker.memory()
    worker.stop()
    return took, memory


def throughput(worker, server, count, name):
    def one(at):
        server.begin(f"{name}-{at}", "bench:noop", ["Ada"])
        server.end(f"{name}-{at}")

    before, begun = worker.cpu(), time.monotonic()
    many(100, count, one)
    wall = time.monotonic() - begun
    return (worker.cpu() - before) * 1000 / count, count / wall


def idle(worker, server, count, held, name):
    memory, cpu = worker.memory(), worker.cpu()
    flow, arguments = ("bench:holding", [held]) if held else ("bench:idle", [])
    many(50, count, lambda at: server.begin(f"{name}-{at}", flow, arguments))
    deadline = time.monotonic() + 120
    for at in range(count):
        while not server.is_idle(f"{name}-{at}"):
            assert time.monotonic() < deadline, "the runs do not begin"
            time.sleep(0.2)
    per_start = (worker.cpu() - cpu) * 1000 / count
    time.sleep(2)
    rest, resting = worker.cpu(), 10
    time.sleep(resting)
    rest = (worker.cpu() - rest) * 1000 / resting
    grown = worker.memory() - memory
    many(50, count, lambda at: server.signal(f"{name}-{at}"))
    # All of them: what is left open would be replayed by the next worker and be counted as its own.
    many(50, count, lambda at: server.end(f"{name}-{at}"))
    return grown * 1000 / count, per_start, rest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metonic", help="the binary to measure")
    parser.add_argument("--workflows", type=int, default=2000, help="how many W1 runs")
    parser.add_argument("--idle", type=int, nargs="+", default=[1000, 5000], help="how many W2 runs; several: one after the other")
    parser.add_argument("--held", type=int, default=10, metavar="KIB", help="the first number of W2 again, where each run holds a table of so much; 0: not")
    parser.add_argument("--rounds", type=int, default=3, help="how often W1 and W3 are repeated")
    arguments = parser.parse_args()
    temporal = os.environ.get("METONIC_TEMPORAL") or shutil.which("temporal")
    if not temporal:
        sys.exit("no `temporal` command: name one in METONIC_TEMPORAL")
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, {0})

    load = os.getloadavg()[0]
    print(f"load before: {load:.2f}" + (" (not quiet: compare CPU figures only)" if load > 0.5 else ""))
    server = Server(temporal)
    try:
        cold = [cold_start(arguments.metonic, server, at) for at in range(arguments.rounds)]
        worker = Worker(arguments.metonic, server)
        try:
            throughput(worker, server, 100, "warm")
            rounds = [throughput(worker, server, arguments.workflows, f"w1-{at}") for at in range(arguments.rounds)]
            after = worker.memory()
        finally:
            worker.stop()
        idles = []
        variants = [(count, 0) for count in arguments.idle]
        if arguments.held:
            variants.append((arguments.idle[0], arguments.held))
        for at, (count, held) in enumerate(variants):
            worker = Worker(arguments.metonic, server)
            try:
                throughput(worker, server, 100, f"warm-idle-{at}")
                idles.append((count, held, *idle(worker, server, count, held, f"idle-{at}")))
            finally:
                worker.stop()
    finally:
        server.stop()

    w1 = [cpu for cpu, _ in rounds]
    w3 = [took for took, _ in cold]
    row = "{:3}  {:44} {:>9.2f} {:>9.2f} {:>9.2f}   {}"
    print(f"{'':3}  {'':44} {'median':>9} {'min':>9} {'max':>9}   target")
    print(row.format("W1", "CPU-ms per workflow", statistics.median(w1), min(w1), max(w1), f"<= {TARGETS['W1']}"))
    rates = [rate for _, rate in rounds]
    print(row.format("", "workflows per second (server-bound)", statistics.median(rates), min(rates), max(rates), ""))
    for count, held, per_thousand, per_start, resting in idles:
        target = "" if held else f"<= {TARGETS['W2']}"
        what = f"MiB per 1,000 idle runs, of {count}" + (f", {held} KiB each" if held else "")
        print(row.format("W2", what, *[per_thousand] * 3, target))
        print(row.format("", "CPU-ms per start of an idle run", *[per_start] * 3, ""))
        print(row.format("", "CPU-ms per second at rest", *[resting] * 3, ""))
    print(row.format("W3", "ms from spawn to first result", statistics.median(w3), min(w3), max(w3), f"<= {TARGETS['W3']}"))
    memories = [memory for _, memory in cold]
    print(row.format("", "MiB after first result", statistics.median(memories), min(memories), max(memories), ""))
    print(row.format("", f"MiB after {arguments.rounds * arguments.workflows} workflows", after, after, after, ""))


if __name__ == "__main__":
    main()
