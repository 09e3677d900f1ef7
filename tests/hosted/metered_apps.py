"""A real API with the published SDK in it, run as a child process by the tests.

Usage: python -m tests.hosted.metered_apps fastapi|flask WS_URL SDK_KEY, with the list of calls to
make as JSON on standard input; the answers come back as JSON. The SDK is pointed at the service by
the recipe of the user guide: its socket manager's constructor is wrapped.
"""

import json
import sys
import threading

from usageflow.core import UsageFlowClient
from usageflow.core.socket_manager import UsageFlowSocketManager

POOL_SIZE = 2
WARM_UP_LIMIT_S = 20


def point_sdk_at(ws_url):
    """Redirect the SDK before its middleware is made."""
    original = UsageFlowSocketManager.__init__

    def redirected(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.ws_url = ws_url

    UsageFlowSocketManager.__init__ = redirected


class FirstPoll:
    """Tells when the SDK has heard everything once; until then it meters nothing."""

    def __init__(self):
        self._asked = threading.Event()
        self._client = None
        original = UsageFlowClient.fetch_api_policies

        def fetch(client):
            answer = original(client)
            self._client = client
            self._asked.set()
            return answer

        UsageFlowClient.fetch_api_policies = fetch

    def wait(self):
        """Return when the policies of the first poll are in use."""
        if not self._asked.wait(WARM_UP_LIMIT_S):
            raise TimeoutError("the SDK did not hear from the service")
        with self._client.lock:  # it is held from the question until the policies are in place
            return


def run_fastapi(key, calls):
    """Serve the calls by a FastAPI application in this process."""
    from fastapi import FastAPI, Request
    from fastapi.testclient import TestClient
    from usageflow.fastapi import UsageFlowMiddleware

    first_poll = FirstPoll()
    app = FastAPI()
    app.add_middleware(UsageFlowMiddleware, api_key=key, pool_size=POOL_SIZE)

    @app.get("/hello")
    def hello():
        return {"id": 1, "secret": "response-secret-77"}

    @app.get("/items/{item_id}")
    def item(item_id: str):
        return {"item": item_id, "usage": {"total_tokens": 9}}

    @app.post("/login")
    async def login(request: Request):
        await request.json()
        return {"token": "response-token-88"}

    with TestClient(app) as caller:
        first_poll.wait()
        return [_made(caller.request, call) for call in calls]


def run_flask(key, calls):
    """Serve the calls by a Flask application in this process."""
    from flask import Flask
    from usageflow.flask import UsageFlowMiddleware

    first_poll = FirstPoll()
    app = Flask(__name__)
    UsageFlowMiddleware(app, key, pool_size=POOL_SIZE)

    @app.get("/hello")
    def hello():
        return {"id": 1, "secret": "response-secret-77"}

    @app.get("/items/<item_id>")
    def item(item_id):
        return {"item": item_id, "usage": {"total_tokens": 9}}

    @app.post("/login")
    def login():
        return {"token": "response-token-88"}

    first_poll.wait()
    caller = app.test_client()

    def send(method, path, **options):
        return caller.open(path, method=method, **options)

    return [_made(send, call) for call in calls]


def _made(send, call):
    options = {name: call[name] for name in ("headers", "json") if name in call}
    return send(call["method"], call["path"], **options).status_code


def main():
    kind, ws_url, key = sys.argv[1:]
    work = json.load(sys.stdin)
    point_sdk_at(ws_url)
    run = run_fastapi if kind == "fastapi" else run_flask
    statuses = run(key, work)
    sys.__stdout__.write("\nSTATUSES " + json.dumps(statuses) + "\n")
    sys.__stdout__.flush()


if __name__ == "__main__":
    main()
