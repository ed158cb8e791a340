"""The dashboard's sentences: each is there in both languages, and each is used."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "service" / "web" / "static" / "dashboard"
CODE = {
    path.name: path.read_text("utf-8")
    for path in sorted(FOLDER.rglob("*.js"))
    if path.name != "words.js"
}
KEY = re.compile(r'(?:^|[\s,{])(?:"([\w.]+)"|(\w+)): "', re.MULTILINE)


def keys() -> dict[str, list[str]]:
    text = (FOLDER / "words.js").read_text("utf-8")
    chinese, english = text.split("\n  en: {")
    return {
        name: [first or second for first, second in KEY.findall(part)]
        for name, part in (("zh", chinese), ("en", english))
    }


def test_both_languages_have_the_same_sentences_once_each() -> None:
    words = keys()
    assert sorted(words["zh"]) == sorted(words["en"])
    assert len(set(words["zh"])) == len(words["zh"]) > 100


def test_every_sentence_is_used() -> None:
    code = "\n".join(CODE.values())
    named = set(re.findall(r'["`]([\w.]+)["`]', code)) | set(re.findall(r"(\w+): \"M", code))
    begun = set(re.findall(r"`([a-z]+\.?)\$\{", code)) | {"segment.", "referrer.", "placement."}
    unused = [key for key in keys()["zh"] if key not in named and not _begins(key, begun)]
    assert unused == []


def _begins(key: str, begun: set[str]) -> bool:
    """Say whether a key is put together from a beginning and a value."""
    return any(
        key.startswith(start) and (start.endswith(".") or key[len(start) :].isdecimal())
        for start in begun
    )


def test_every_sentence_that_is_asked_for_is_there() -> None:
    known = set(keys()["zh"])
    for name, code in CODE.items():
        asked = set(re.findall(r'\bt\("([\w.]+)"', code))
        assert asked <= known, name
