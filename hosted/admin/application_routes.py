"""SDK keys of an application, and the pseudonym of an identity."""

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.service import CustomerFound, CustomerLookup, SdkKeyIssued, SdkKeyRequest
from hosted.admin.bodies import described, json_body
from hosted.admin.context import Context
from hosted.admin.entity_routes import RowId
from hosted.admin.problems import Refusal
from hosted.clock import rfc3339
from hosted.scrub.identity import customer_id
from hosted.secrets import new_sdk_key
from hosted.storage.base import SdkKey, Transaction


@dataclass(frozen=True, slots=True)
class AddKey:
    """Stores a new key, if its application is there."""

    key: SdkKey

    def apply(self, transaction: Transaction) -> bool:
        application = transaction.configuration("application", self.key.application_id)
        if application is None or application.body is None:
            return False
        transaction.add_sdk_key(self.key)
        return True


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Takes a key out of use for good."""

    application_id: str
    key_id: str
    now_us: int

    def apply(self, transaction: Transaction) -> SdkKey | None:
        return transaction.revoke_sdk_key(self.application_id, self.key_id, self.now_us)


def router(context: Context) -> APIRouter:
    """Routes under one application."""
    routes = APIRouter(prefix="/v1/applications/{row_id}", tags=["applications"])

    @routes.post(
        "/keys",
        response_model=SdkKeyIssued,
        status_code=201,
        responses=context.problems(401, 404, 415, 422, 503),
        openapi_extra=described(SdkKeyRequest),
    )
    async def issue(
        row_id: RowId, request: Annotated[SdkKeyRequest, Depends(json_body(SdkKeyRequest))]
    ) -> Response:
        """Make an SDK key. It is shown once: the service keeps a keyed hash only."""
        sdk_key = new_sdk_key()
        key = new_key(context, row_id, request.name, sdk_key)
        if not await context.writer.run(AddKey(key)):
            raise Refusal(404, "The service has no such application.")
        context.directory.apply_key(key)
        issued = SdkKeyIssued(
            key_id=key.key_id, sdk_key=sdk_key, created_at=rfc3339(key.created_us)
        )
        return Response(issued.model_dump_json(), 201, media_type="application/json")

    @routes.delete(
        "/keys/{key_id}",
        status_code=204,
        response_class=Response,
        responses=context.problems(401, 404, 422, 503),
    )
    async def revoke(row_id: RowId, key_id: RowId) -> Response:
        """Revoke an SDK key. New connections with it are refused from now on."""
        key = await context.writer.run(RevokeKey(row_id, key_id, context.clock()))
        if key is None:
            raise Refusal(404, "The application has no such key.")
        context.directory.apply_key(key)
        context.sockets_changed()
        return Response(status_code=204)

    @routes.post(
        "/customers/lookup",
        response_model=CustomerFound,
        responses=context.problems(401, 404, 415, 422, 503),
        openapi_extra=described(CustomerLookup),
    )
    async def lookup(
        row_id: RowId, request: Annotated[CustomerLookup, Depends(json_body(CustomerLookup))]
    ) -> Response:
        """Say which pseudonym an identity has in this application; nothing is stored."""
        if context.directory.application(row_id) is None:
            raise Refusal(404, "The service has no such application.")
        found = CustomerFound(customer_id=customer_id(context.secrets, row_id, request.identity))
        return Response(found.model_dump_json(), media_type="application/json")

    return routes


def new_key(context: Context, application_id: str, name: str, sdk_key: str) -> SdkKey:
    """An SDK key as it is stored."""
    return SdkKey(
        key_id=f"key_{uuid.uuid4().hex}",
        application_id=application_id,
        name=name,
        key_hash=context.secrets.hash_of(sdk_key),
        created_us=context.clock(),
    )
