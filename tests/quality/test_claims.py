"""The linter finds what the advertising law forbids in sellers' own words, and little else."""

from __future__ import annotations

from models.answers.adlaw import lint
from tests.quality.gold import FOLDER


def test_claims_are_found_and_harmless_sentences_are_not() -> None:
    count = {"claim": 0, "harmless": 0}
    found = {"claim": 0, "harmless": 0}
    missed = []
    for line in (FOLDER / "claims.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, text = line.split(" | ", 1)
        count[kind] += 1
        found[kind] += bool(lint(text))
        if (kind == "claim") is not bool(lint(text)):
            missed.append(text)
    print(count, found, missed)
    assert count["claim"] > 100
    assert found["claim"] / count["claim"] >= 0.95, missed
    assert found["harmless"] / count["harmless"] <= 0.02, missed
