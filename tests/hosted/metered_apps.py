"""A real API with a published SDK in it, run as a child process by the tests.

Usage: python metered_apps.py fastapi|flask SDK_KEY, with the list of calls to make as JSON on
standard input; the answers come back as JSON. Nothing here says where the service is: that is the
business of the environment, as it is for an owner.
"""

import inspect
import json
import sys
import threading

from usageflow.core import UsageFlowClient

POOL_SIZE = 2
WARM_UP_LIMIT_S = 20


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


def options_of(middleware):
    """A small pool, where the SDK has one."""
    known = inspect.signature(middleware.__init__).parameters
    return {"pool_size": POOL_SIZE} if "pool_size" in known else {}


def run_fastapi(key, calls):
    """Serve the calls by a FastAPI application in this process."""
    from fastapi import FastAPI, Request, Response
    from fastapi.testclient import TestClient
    from usageflow.fastapi import UsageFlowMiddleware

    first_poll = FirstPoll()
    app = FastAPI()
    app.add_middleware(UsageFlowMiddleware, api_key=key, **options_of(UsageFlowMiddleware))

    @app.get("/hello")
    def hello():
        return {"id": 1, "secret": "response-secret-77"}

    @app.get("/items/{item_id}")
    def item(item_id: str):
        return {"item": item_id, "usage": {"total_tokens": 9}}

    @app.get("/cookies")
    @app.get("/cookies/open")
    def cookies(response: Response):
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        return {}

    @app.get("/nothing")
    def nothing():
        return {"usage": {"total_tokens": 0}}

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
    UsageFlowMiddleware(app, key, **options_of(UsageFlowMiddleware))

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
    answer = send(call["method"], call["path"], **options)
    cookies = [value for name, value in _pairs(answer.headers) if name.lower() == "set-cookie"]
    return {"status": answer.status_code, "cookies": cookies}


def _pairs(headers):
    return headers.multi_items() if hasattr(headers, "multi_items") else headers.items()


def main():
    kind, key = sys.argv[1:]
    work = json.load(sys.stdin)
    run = run_fastapi if kind == "fastapi" else run_flask
    answers = run(key, work)
    sys.__stdout__.write("\nANSWERS " + json.dumps(answers) + "\n")
    sys.__stdout__.flush()


if __name__ == "__main__":
    main()
