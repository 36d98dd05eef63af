"""A server with the batch API: files, jobs that go from state to state as they are looked at, answers in files.

    with BatchServer(["validating", "in_progress", "completed"]) as server: ...

It refuses what the real one refuses. `answer` makes a line of a prompt's body; what it gives as an error goes into the
file of errors. Whatever is cut (`cut_after`) was done by then: the client alone does not know.
"""

import json
import re
import threading
import time
from collections import Counter
from urllib.parse import parse_qs

from scripted_http import Handler, Serving

ENDPOINTS = ("/v1/chat/completions", "/v1/responses")
OVER = ("completed", "failed", "expired", "cancelled")
ROUTES = (
    ("POST", r"/v1/files", "upload"),
    ("GET", r"/v1/files/([^/]+)/content", "content"),
    ("POST", r"/v1/batches", "create"),
    ("GET", r"/v1/batches", "jobs"),
    ("GET", r"/v1/batches/([^/]+)", "look"),
    ("POST", r"/v1/batches/([^/]+)/cancel", "cancel"),
)


def said(body, text=None):
    """A whole answer to a request's body, which says what it was asked unless told otherwise."""
    if "input" in body:
        asked = body["input"][-1]["content"][0]["text"]
        part = {"type": "output_text", "text": f"re: {asked}" if text is None else text, "annotations": []}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        usage = {
            "input_tokens": 100,
            "output_tokens": 10,
            "total_tokens": 110,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 4},
        }
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "model": body["model"],
            "status": "completed",
            "output": [item],
            "usage": usage,
            "error": None,
            "incomplete_details": None,
        }
    asked = body["messages"][-1]["content"]
    message = {"role": "assistant", "content": f"re: {asked}" if text is None else text, "refusal": None}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": usage,
    }


def answered(number, body):
    """A line of the output."""
    return {
        "id": f"batch_req_{number}",
        "custom_id": str(number),
        "response": {"status_code": 200, "request_id": f"req_{number}", "body": said(body)},
        "error": None,
    }


def refused(number, message, *, code="invalid_request_error", status=400):
    """A line of the file of errors: the request was made and refused."""
    body = {"error": {"message": message, "type": code, "code": code}}
    return {
        "id": f"batch_req_{number}",
        "custom_id": str(number),
        "response": {"status_code": status, "request_id": f"req_{number}", "body": body},
        "error": None,
    }


def unmade(number, code, message):
    """A line of the file of errors: the request was never made."""
    return {
        "id": f"batch_req_{number}",
        "custom_id": str(number),
        "response": None,
        "error": {"code": code, "message": message},
    }


def in_order(lines):
    """The lines of a file."""
    return [json.dumps(line) for line in lines]


def is_error(line):
    return line["error"] is not None or line["response"]["status_code"] != 200


class BatchServer(Serving):
    """`states` are those of the looks, the last one stays; `printed` makes the lines of a file of what is to be in it;
    `cut_after` says how often which route (`create`, `look`, ...) loses the connection once it was done, `busy` how
    often it is refused for a while."""

    def __init__(self, states=("completed",), *, answer=answered, printed=in_order, cut_after=(), busy=(), counts=True):
        super().__init__(_Handler)
        self.states = list(states)
        self.answer, self.printed, self.counts = answer, printed, counts
        self.cut_after, self.busy = Counter(dict(cut_after)), Counter(dict(busy))
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, dict] = {}
        self.asked: Counter[str] = Counter()
        self.hang_after: set[str] = set()
        """The routes that are done and say nothing, until the client goes away; `hanging` is set once one does."""
        self.hanging = threading.Event()
        self.held = False
        """Whether a created job is not listed yet, as that of a server which takes its time."""

    @property
    def url(self):
        """The base URL."""
        return f"{self.root}/v1"

    def sent(self, job=None):
        """The lines of a job's file."""
        told = next(iter(self.jobs.values())) if job is None else self.jobs[job]
        return [json.loads(line) for line in self.files[told["input_file_id"]].splitlines()]

    def kept(self, data):
        """The name of a new file."""
        name = f"file-{len(self.files) + 1}"
        self.files[name] = data
        return name

    def made(self, body):
        """A new job."""
        name = f"batch_{len(self.jobs) + 1}"
        faults = line_faults(self.files[body["input_file_id"]], body["endpoint"])
        self.jobs[name] = {
            "id": name,
            "object": "batch",
            "endpoint": body["endpoint"],
            "model": None,
            "errors": {"object": "list", "data": faults} if faults else None,
            "input_file_id": body["input_file_id"],
            "completion_window": body["completion_window"],
            "status": "failed" if faults else "validating",
            "output_file_id": None,
            "error_file_id": None,
            "created_at": int(time.time()),
            "in_progress_at": None,
            "expires_at": int(time.time()) + 86400,
            "finalizing_at": None,
            "completed_at": None,
            "failed_at": None,
            "expired_at": None,
            "cancelling_at": None,
            "cancelled_at": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": body.get("metadata"),
        }
        return self.jobs[name]

    def moved(self, job):
        """The job in its next state, with its files once it is over."""
        if job["status"] not in OVER:
            job["status"] = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            if job["status"] in OVER:
                self.finish(job)
        return job

    def finish(self, job):
        """Answer the prompts."""
        lines = [self.answer(int(line["custom_id"]), line["body"]) for line in self.sent(job["id"])]
        good = [line for line in lines if line is not None and not is_error(line)]
        bad = [line for line in lines if line is not None and is_error(line)]
        job["output_file_id"] = self.kept("\n".join(self.printed(good)).encode()) if good else None
        job["error_file_id"] = self.kept("\n".join(self.printed(bad)).encode()) if bad else None
        job["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}
        if self.counts:
            job["usage"] = {
                "input_tokens": 100 * len(good),
                "output_tokens": 10 * len(good),
                "total_tokens": 110 * len(good),
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            }


def line_faults(data, endpoint):
    """What is wrong with the lines of a job."""
    found, seen = [], set()
    for number, line in enumerate(data.splitlines(), 1):
        try:
            asked = json.loads(line)
        except ValueError:
            found.append((number, "invalid_json_line", "This line is not parseable as valid JSON."))
            continue
        if asked.get("method") != "POST" or asked.get("url") != endpoint:
            found.append((number, "invalid_url", "The URL provided for this request does not match the batch."))
        if asked.get("custom_id") in seen or not asked.get("custom_id"):
            found.append((number, "duplicate_custom_id", "The custom_id is missing or was used before."))
        seen.add(asked.get("custom_id"))
        if asked.get("body", {}).get("stream") or "stream_options" in asked.get("body", {}):
            found.append((number, "invalid_request", "Streaming is not supported in a batch."))
        if asked.get("body", {}).get("model") == "none-such":
            found.append((number, "model_not_found", "The provided model 'none-such' does not exist."))
    return [{"line": line, "code": code, "message": message, "param": None} for line, code, message in found]


class _Handler(Handler):
    def get(self):
        self.route("GET")

    def post(self):
        self.route("POST")

    def route(self, method):
        """One request."""
        server, data = self.server.script, self.received()
        path = self.path.partition("?")[0]
        fitting = ((name, re.fullmatch(pattern, path)) for wanted, pattern, name in ROUTES if wanted == method)
        name, found = next(((name, found) for name, found in fitting if found), ("", None))
        if found is None:
            self.reply(404, {"error": {"message": f"Invalid URL ({method} {path})", "type": "invalid_request_error"}})
            return
        server.asked[name] += 1
        if self.headers.get("Authorization") != "Bearer key-for-tests":
            self.reply(401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
        elif server.busy[name] > 0:
            server.busy[name] -= 1
            self.reply(429, {"error": {"message": "Slow down"}}, [("retry-after-ms", "10")])
        else:
            status, value = getattr(self, f"on_{name}")(server, data, *found.groups())
            if name in server.hang_after:
                server.hanging.set()
                while self.connection.recv(4096):
                    continue
                self.close_connection = True
            elif server.cut_after[name] > 0:
                server.cut_after[name] -= 1
                self.cut()
            else:
                self.reply(status, value)

    def on_upload(self, server, data):
        edge = self.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
        parts = {}
        for part in data.split(b"--" + edge)[1:-1]:
            head, _, body = part.partition(b"\r\n\r\n")
            parts[re.search(rb'name="([^"]+)"', head)[1]] = head, body.removesuffix(b"\r\n")
        if parts.get(b"purpose", (b"", b""))[1] != b"batch" or b'.jsonl"' not in parts.get(b"file", (b"", b""))[0]:
            return 400, {"error": {"message": "a file of purpose batch has to be .jsonl"}}
        name = server.kept(parts[b"file"][1])
        return 200, {
            "id": name,
            "object": "file",
            "bytes": len(server.files[name]),
            "created_at": 1,
            "filename": "batch.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    def on_content(self, server, data, name):
        if name not in server.files:
            return 404, {"error": {"message": f"No such File object: {name}"}}
        return 200, server.files[name]

    def on_create(self, server, data):
        body = json.loads(data)
        if body.get("completion_window") != "24h" or body.get("endpoint") not in ENDPOINTS:
            return 400, {"error": {"message": "completion_window or endpoint is not known"}}
        if body.get("input_file_id") not in server.files:
            return 400, {"error": {"message": "No such File object"}}
        return 200, server.made(body)

    def on_jobs(self, server, data):
        query = parse_qs(self.path.partition("?")[2])
        newest = [] if server.held else list(server.jobs.values())[::-1]
        after = query.get("after", [""])[0]
        start = next((at + 1 for at, job in enumerate(newest) if job["id"] == after), 0)
        page = newest[start : start + int(query.get("limit", ["20"])[0])]
        ids = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {"first_id": None, "last_id": None}
        return 200, {"object": "list", "data": page, **ids, "has_more": start + len(page) < len(newest)}

    def on_look(self, server, data, name):
        if name not in server.jobs:
            return 404, {"error": {"message": f"No batch found with id '{name}'."}}
        return 200, server.moved(server.jobs[name])

    def on_cancel(self, server, data, name):
        job = server.jobs[name]
        if job["status"] in OVER:
            return 409, {"error": {"message": f"Cannot cancel a batch with status '{job['status']}'."}}
        job["status"] = "cancelling"
        return 200, job
