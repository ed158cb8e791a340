"""The error tree: drawn as it is, with one code and status each."""

from __future__ import annotations

import pickle

import pytest

from data import errors
from data.errors import BadField, Invalid, Overloaded, SmartcardError

GROUPS = {errors.Refused, errors.Unavailable, errors.Broken}


def below(error: type[SmartcardError]) -> list[type[SmartcardError]]:
    found: list[type[SmartcardError]] = []
    for child in error.__subclasses__():
        found += [child, *below(child)]
    return [child for child in found if child.__module__ == errors.__name__]


LEAVES = [error for error in below(SmartcardError) if error not in GROUPS]


def test_the_drawing_shows_every_error_with_its_status_and_code() -> None:
    drawing = errors.__doc__ or ""
    drawn = [line.replace("│", "").split() for line in drawing.splitlines() if "── " in line]
    leaves = [line[1:4] for line in drawn if line[2].isdecimal()]
    assert leaves == [[error.__name__, str(error.status), error.code] for error in LEAVES]
    assert {line[1] for line in drawn if not line[2].isdecimal()} == {
        group.__name__ for group in GROUPS
    }


def test_no_two_errors_have_the_same_code() -> None:
    codes = [error.code for error in LEAVES]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    "error",
    [
        Invalid("two fields are wrong", [BadField("[0].at", "is beyond 64 bits")]),
        Overloaded("the queue is full", retry_after=3),
    ],
)
def test_an_error_keeps_what_it_says_on_its_way_through_a_process_pool(
    error: SmartcardError,
) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert (str(arrived), vars(arrived)) == (error.detail, vars(error))
