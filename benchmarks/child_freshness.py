"""Milliseconds from a call of the published SDK to its row in a committed rollup, call by call.

Reads the service's addresses and keys as JSON from standard input. A process of its own, because
the SDK prints, and its closed sockets dial again until their process ends.
"""

import json
import os
import sys
import time
from typing import Final

import httpx
import msgspec
import zstandard
from usageflow.core import UsageFlowClient

from benchmarks.service_process import Service
from contract.messages.rollups import EndpointHour, RollupLine

CALLS: Final = 300
ALIAS: Final = "GET /v1/fresh"
METADATA: Final = {"method": "GET", "url": "/v1/fresh", "headers": {}, "responseStatusCode": 200}


class RollupReader:
    """Reads the newest rollups. Not the tail, which tells of a row once a second at most."""

    def __init__(self, service: Service) -> None:
        owner = {"Authorization": f"Bearer {service.owner_token}"}
        self._client = httpx.Client(base_url=service.url, headers=owner)
        self._decoder = msgspec.json.Decoder(RollupLine)
        self._query = {"order": "backfill", "limit": "100"}

    def requests(self) -> int:
        """Requests of today's calls that are in a committed rollup."""
        answer = self._client.get("/v1/usage/rollups", params=self._query).raise_for_status()
        plain = zstandard.ZstdDecompressor().decompressobj().decompress(answer.content)
        lines = self._decoder.decode_lines(plain)
        return sum(line.requests for line in lines if isinstance(line, EndpointHour))


def connected_sdk(service: Service) -> UsageFlowClient:
    client = UsageFlowClient(service.sdk_key)
    client.socket_manager.ws_url = service.ws_url
    client.socket_manager.connect()
    return client


def elapsed_ms(client: UsageFlowClient, reader: RollupReader, number: int) -> float:
    """One call, allocated and settled, until the rollup counts `number` requests."""
    begun = time.perf_counter()
    _, allocated = client.allocate_request(ALIAS, METADATA, has_rate_limit=False)
    client.fulfill_request(ALIAS, allocated["allocationId"], METADATA)
    while reader.requests() < number:
        continue
    return 1000 * (time.perf_counter() - begun)


service = Service(**json.load(sys.stdin))
reader = RollupReader(service)
client = connected_sdk(service)
print(
    json.dumps([elapsed_ms(client, reader, number) for number in range(1, CALLS + 1)]), flush=True
)
os._exit(0)
