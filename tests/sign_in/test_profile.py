"""What the owner says of themselves, and how a correction is recorded."""

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.sign_in import Profile
from desktop.services.sign_in.profile import ProfileService


@pytest.fixture
def profiles(person):
    return ProfileService(person.vault, person.clock)


def test_profile_begins_as_the_provider_says(person, profiles):
    assert profiles.profile() == Profile()
    person.sign_in()
    found = profiles.profile()
    assert (found.name, found.email) == ("ANN", "ann@reader.example")
    assert found.adult_declared_at is not None


def test_correction_is_recorded_without_the_values(person, profiles):
    person.sign_in()
    profiles.correct(Profile("Ann Reader", "ann.reader@example.com", "Reader Ltd"))
    assert profiles.profile().company == "Reader Ltd"
    assert profiles.profile().adult_declared_at is not None
    assert {one.field for one in profiles.corrections()} == {"name", "email", "company"}
    with person.vault.reading() as db:
        recorded = str(db.execute("SELECT * FROM profile_corrections").fetchall())
    assert "ann" not in recorded.lower()


def test_what_stays_as_it_was_is_no_correction(profiles):
    profiles.correct(Profile(name="Ann"))
    profiles.correct(Profile(name="Ann"))
    assert [one.field for one in profiles.corrections()] == ["name"]


@pytest.mark.parametrize("field", ["name", "email", "company"])
def test_text_that_cannot_be_used_is_refused_at_its_field(profiles, field):
    with pytest.raises(InvalidInput) as told:
        profiles.correct(Profile(**{field: "a\nb"}))
    assert told.value.field == field
    assert profiles.corrections() == ()
