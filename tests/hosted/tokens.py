"""Access tokens for tests: one of each role, and clients that carry them."""

import httpx

from contract.terms import Role


def new_token(running, role, **fields):
    """A token made over the API; the whole answer."""
    answer = running.http.post("/v1/tokens", json={"name": f"A {role}", "role": role, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def client(running, token):
    """A client that carries a token."""
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return httpx.Client(base_url=running.ready["url"], headers=headers, timeout=20, trust_env=False)


def client_of_role(running, role):
    """A client with a new token of a role."""
    return client(running, new_token(running, Role(role).value)["token"])
