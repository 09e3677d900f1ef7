"""Words of both sides: one definition, cheap to load, and the same in every message."""

import subprocess
import sys

from contract import terms
from contract.messages.policies import PolicyBody
from desktop.domain.policies import Policy


def test_the_words_are_loaded_without_a_library():
    script = "import sys, contract.terms; print(*sorted(sys.modules))"
    child = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(child.stdout.split())
    assert "contract.terms" in loaded
    assert loaded.isdisjoint({"pydantic", "msgspec"})


def test_service_and_desktop_speak_of_the_same_kinds():
    assert PolicyBody.model_fields["kind"].annotation is terms.PolicyKind
    assert type(Policy.__dataclass_fields__["kind"].default) is terms.PolicyKind
