"""A client for Millrace's worker API: the standard library alone, one file to copy."""

import json
import logging
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

log = logging.getLogger("worker")


class TaskFailed(Exception):
    """Fails a task. What becomes of it is for the node's retry, error port and onError to say."""

    def __init__(self, message, type="failed", retryable=True, details=None):
        super().__init__(message)
        self.answer = {"message": message, "type": type, "retryable": retryable, "details": details}


class Task:
    """A task that this worker has."""

    def __init__(self, fields):
        self.id, self.type, self.token = fields["id"], fields["type"], fields["token"]
        self.config, self.data = fields["config"], fields["data"]
        self.attempt, self.execution = fields["attempt"], fields["executionId"]
        # The same whenever this work is given out again: tell it to whatever must not happen twice.
        self.idempotency_key = fields["idempotencyKey"]
        # What the worker that had the task before said of how far it was.
        self.progress = fields["progress"]
        # One of the ports that the type was registered with.
        self.port = None
        self._lost = threading.Event()

    @property
    def lost(self):
        """Whether nobody waits for this worker's result any more. Look now and then, and stop."""
        return self._lost.is_set()


class Worker:
    """Registers what it can do, asks for tasks, and says how they ended."""

    def __init__(self, url, name, token=None, slots=2, lease=30, wait=5):
        self._api, self._name, self._token = url.rstrip("/") + "/api/v1/worker", name, token
        self._slots, self._lease, self._wait = slots, lease, wait
        self._types, self._handlers = [], {}
        self._stopping = threading.Event()

    def handles(self, type, **about):
        """Makes a function the handler of a node type: it takes a Task and returns the node's output."""

        def register(handler):
            self._types.append({"type": type, **about})
            self._handlers[type] = handler
            return handler

        return register

    def run(self):
        """Works until SIGTERM or Ctrl-C; then finishes what it has begun."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self._insist("/register", {"worker": self._name, "types": self._types})
        if self._stopping.is_set():
            return
        log.info("registered %s", ", ".join(self._handlers))
        slots = [threading.Thread(target=self._work, name=f"slot-{n}") for n in range(self._slots)]
        for slot in slots:
            slot.start()
        for slot in slots:
            slot.join()
        log.info("stopped")

    def _work(self):
        while not self._stopping.is_set():
            poll = {"worker": self._name, "types": list(self._handlers), "waitSeconds": self._wait, "lease": self._lease * 1000}
            status, body = self._call("/poll", poll, timeout=self._wait + 30)
            if status == 200:
                for fields in body:
                    self._do(Task(fields))
            else:
                log.warning("poll: %s", _problem(status, body))
                self._stopping.wait(1)

    def _do(self, task):
        done = threading.Event()
        heart = threading.Thread(target=self._beat, args=(task, done), daemon=True)
        heart.start()
        try:
            output = self._handlers[task.type](task)
            verb, answer = "complete", {"output": output, "port": task.port}
        except TaskFailed as failure:
            verb, answer = "fail", failure.answer
        except Exception as error:  # A handler's mistake must not end the worker.
            log.exception("task %s broke", task.id)
            verb, answer = "fail", {"type": type(error).__name__, "message": str(error) or type(error).__name__}
        done.set()
        heart.join()
        if task.lost:
            log.info("%s %s: nobody waits for it", task.type, task.id)
            return
        # Said until it is answered: the same answer under the same token counts once.
        status, body = self._insist(f"/{task.id}/{verb}", {"token": task.token, **answer})
        log.info("%s %s: %s", task.type, task.id, verb if status == 200 else _problem(status, body))

    def _beat(self, task, done):
        while not done.wait(self._lease / 3):
            status, body = self._call(f"/{task.id}/heartbeat", {"token": task.token, "lease": self._lease * 1000, "progress": task.progress})
            if status in (404, 409, 410):
                log.info("lost: %s", _problem(status, body))
                task._lost.set()
                return

    def _insist(self, path, body):
        pause = 0.2
        while True:
            status, answer = self._call(path, body)
            if status and status < 500 and status != 429:
                if status >= 400 and path == "/register":
                    raise SystemExit(_problem(status, answer))
                return status, answer
            # Who is told to stop before the server was ever there need not wait for it.
            if path == "/register" and self._stopping.is_set():
                return status, answer
            time.sleep(pause)
            pause = min(pause * 2, 5)

    def _call(self, path, body, timeout=30):
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        request = urllib.request.Request(self._api + path, json.dumps(body).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            return error.code, json.loads(text) if text.startswith("{") else {"detail": text}
        except (OSError, ValueError) as error:
            return 0, {"detail": f"{self._api} does not answer: {error}"}


def _problem(status, body):
    return body.get("detail", status) if isinstance(body, dict) else status


def from_environment(name):
    """A worker by MILLRACE_URL, MILLRACE_TOKEN and WORKER_SLOTS, that logs to the standard output."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[logging.StreamHandler(sys.stdout)])
    return Worker(
        os.environ.get("MILLRACE_URL", "http://127.0.0.1:8001"),
        f"{name}-{os.getpid()}",
        os.environ.get("MILLRACE_TOKEN"),
        slots=int(os.environ.get("WORKER_SLOTS", "2")),
        lease=int(os.environ.get("WORKER_LEASE", "30")),
    )
