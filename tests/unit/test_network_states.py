"""What went wrong on the way to the service has a kind that a screen can tell apart."""

import httpx
import pytest

from contract.problems import ProblemCode
from desktop.domain.errors import (
    AnotherService,
    CertificateProblem,
    NotOurService,
    ProxyProblem,
    ServiceBusy,
    ServiceFaulty,
    ServiceSlow,
    ServiceUnreachable,
    TokenRefused,
)
from desktop.services.client import ServiceClient
from tests.fakes import URL, problem


def answering(response):
    def handle(_request):
        if isinstance(response, Exception):
            raise response
        return response

    return ServiceClient(URL, "uf_owner_x", httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.ConnectError("no route"), ServiceUnreachable),
        (httpx.ReadError("connection reset"), ServiceUnreachable),
        (httpx.ReadTimeout("slow"), ServiceSlow),
        (httpx.ConnectTimeout("slow"), ServiceSlow),
        (httpx.ProxyError("407"), ProxyProblem),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] expired"), CertificateProblem),
        (httpx.Response(429, text="later"), ServiceBusy),
        (httpx.Response(503, text="later"), ServiceBusy),
        (problem(500, ProblemCode.INTERNAL, "oops"), ServiceFaulty),
        (httpx.Response(200, html="<h1>Sign in to the hotel</h1>"), NotOurService),
        (problem(401, ProblemCode.UNAUTHORIZED, "no"), TokenRefused),
    ],
)
def test_each_case_has_its_kind(response, kind):
    client = answering(response)
    with pytest.raises(kind) as failure:
        client.describe()
    client.close()
    assert type(failure.value) is kind
    assert "safe" in str(failure.value) or "Nothing was changed" in str(failure.value)


def test_state_of_sync_names_the_kind(device, hosted):
    device.sync()
    hosted.online = False
    with pytest.raises(ServiceUnreachable):
        device.sync()
    state = device.services.sync.state()
    assert (state.problem_code, state.problem != "") == ("service_unreachable", True)
    hosted.online = True
    hosted.service_id = "svc_other"
    with pytest.raises(AnotherService):
        device.sync()
    assert device.services.sync.state().problem_code == "another_service"
