"""Members and devices."""

from typing import Final
from urllib.parse import quote

from contract.messages.members import (
    DevicesPage,
    MemberChange,
    MemberInfo,
    MemberRequest,
    MembersPage,
    SessionRequest,
    SessionStarted,
)
from desktop.services.service_api.http import Call, ServiceCalls, model_of, nothing

MEMBERS_PATH: Final = "/v1/members"
DEVICES_PATH: Final = "/v1/devices"


class MemberCalls(ServiceCalls):
    """Who signs in at the service, and where."""

    def start_session(self, request: SessionRequest) -> SessionStarted:
        """Sign this device in, with a token of the sign-in provider; sent once only."""
        body = request.model_dump_json().encode()
        return self._answer(
            Call("POST", "/v1/session", body=body, attempts=1), model_of(SessionStarted)
        )

    def members(self) -> MembersPage:
        """Everybody who may sign in at the service."""
        return self.ask("GET", MEMBERS_PATH, MembersPage)

    def invite_member(self, request: MemberRequest) -> MemberInfo:
        """Let somebody sign in from now on; sent once only."""
        body = request.model_dump_json(exclude_none=True).encode()
        return self._answer(Call("POST", MEMBERS_PATH, body=body, attempts=1), model_of(MemberInfo))

    def change_member(self, member_id: str, request: MemberChange) -> MemberInfo:
        """Give a member another name or role."""
        body = request.model_dump_json(exclude_none=True).encode()
        path = f"{MEMBERS_PATH}/{quote(member_id, safe='')}"
        return self._answer(Call("PUT", path, body=body), model_of(MemberInfo))

    def remove_member(self, member_id: str) -> None:
        """Remove a member, and sign their devices out; sent once only."""
        path = f"{MEMBERS_PATH}/{quote(member_id, safe='')}"
        self._answer(Call("DELETE", path, attempts=1), nothing)

    def devices(self) -> DevicesPage:
        """Devices that are signed in, as far as the token may see them."""
        return self.ask("GET", DEVICES_PATH, DevicesPage)

    def sign_out_device(self, device_id: str) -> None:
        """Sign a device out; sent once only."""
        path = f"{DEVICES_PATH}/{quote(device_id, safe='')}"
        self._answer(Call("DELETE", path, attempts=1), nothing)
