"""The linter finds what the advertising law forbids in sellers' own words, and little else."""

from __future__ import annotations

import pytest

from models.answers.adlaw import lint
from tests.quality.gold import FOLDER


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("claims.txt", 0.95, 0.02), ("unseen_claims.txt", 0.7, 0.25)],  # the rules were made for one
)
def test_claims_are_found_and_harmless_sentences_are_not(
    name: str, least: float, most: float
) -> None:
    count = {"claim": 0, "harmless": 0}
    found = {"claim": 0, "harmless": 0}
    missed = []
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, text = line.split(" | ", 1)
        count[kind] += 1
        found[kind] += bool(lint(text))
        if (kind == "claim") is not bool(lint(text)):
            missed.append(text)
    print(name, count, found, missed)
    assert found["claim"] / count["claim"] >= least, missed
    assert found["harmless"] / count["harmless"] <= most, missed
