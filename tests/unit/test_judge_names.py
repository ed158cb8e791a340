"""A judge belongs to the encoders it was learned with, and the weights of channels do too."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from pydantic import ValidationError

from data.errors import Misconfigured
from data.settings import StorageSettings
from models.answers.blend import BY_NUMBER, TOPICS, blend
from models.answers.judge import SHIPPED, Judge, judge_key
from models.encoders.provide import E5, MINILM, USE
from training.judges import SHIPPED as LEARNED


def test_encoders_known_by_name_have_a_judge_and_weights_of_their_own() -> None:
    assert Judge.shipped([USE, E5, TOPICS]) != Judge.shipped([USE, MINILM, TOPICS])
    assert Judge.shipped([E5]) != Judge.shipped([USE])
    assert blend([USE, E5, TOPICS]) != blend([USE, MINILM, TOPICS])


@pytest.mark.parametrize("count", range(len(BY_NUMBER)))
def test_others_are_judged_and_weighed_by_their_number(count: int) -> None:
    names = [f"own{number}" for number in range(count)]
    assert Judge.shipped(names) == Judge.read(SHIPPED)[str(count)]
    assert blend(names) == BY_NUMBER[count]
    assert len(blend(names).nearest) == len(blend(names).head) == count + 1


def test_what_ships_is_what_the_command_learns() -> None:
    assert Judge.read(SHIPPED).keys() == LEARNED.keys()
    for names in LEARNED.values():
        assert len(blend(names).nearest) == len(names) + 1


def test_a_judge_is_not_taken_for_that_of_other_encoders(tmp_path: Path) -> None:
    path = tmp_path / "judge.json"
    path.write_bytes(msgspec.json.encode({judge_key([USE]): Judge.shipped([USE])}))
    assert Judge.open(path, [USE]) == Judge.shipped([USE])
    for others in ([MINILM], [USE, E5], []):
        with pytest.raises(Misconfigured, match="no judge of the encoders"):
            Judge.open(path, others)


def test_more_encoders_than_there_are_weights_for_are_refused_by_name() -> None:
    names = tuple(f"own{number}" for number in range(len(BY_NUMBER)))
    assert StorageSettings(encoders=names[1:]).encoders == names[1:]
    with pytest.raises(ValidationError, match="encoders"):
        StorageSettings(encoders=names)
