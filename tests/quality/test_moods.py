"""Who is upset or was harmed is heard by a person first; who asks calmly of such things is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.answers.mood import called
from models.answers.temper import Temper
from models.answers.wording import worded
from models.encoders.encoder import TextEncoder
from models.language import plain
from tests.quality.gold import FOLDER, far_questions, policy_questions
from training import moods


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> TextEncoder:
    return TextEncoder(encoder_folder)


def test_upset_visitors_are_told_from_calm_ones(encoder: TextEncoder) -> None:
    lines = [
        line.split(" | ", 1)
        for line in (FOLDER / "moods.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    learned_from = {plain(text).rstrip("?") for _, text in moods.sentences()}
    assert not learned_from & {plain(text).rstrip("?") for _, text in lines}
    temper = Temper.shipped([encoder.name])
    assert temper is not None
    vectors = encoder.encode([worded(plain(text)) for _, text in lines])
    heard = np.array(
        [
            called(plain(text)) == "upset" or temper.upset(plain(text), vector)
            for (_, text), vector in zip(lines, vectors, strict=True)
        ]
    )
    upset = np.array([kind == "upset" for kind, _ in lines])
    print(f"upset {heard[upset].mean():.2f}, calm {heard[~upset].mean():.2f}")
    assert heard[upset].mean() >= 0.65
    assert heard[~upset].mean() <= 0.05


def test_words_alone_take_no_question_about_policies_or_the_world_for_a_complaint() -> None:
    asked = (*policy_questions(), *far_questions())
    assert not [text for text in asked if called(plain(text)) == "upset"]


def test_what_ships_is_what_the_command_learns(encoder: TextEncoder) -> None:
    learned, shipped = (
        moods.learn(encoder, moods.sentences()),
        Temper.shipped([encoder.name]),
    )
    assert shipped is not None
    difference = np.array(learned.weights) - np.array(shipped.weights)
    assert np.linalg.norm(difference) <= 0.02 * np.linalg.norm(shipped.weights)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("用了脸都肿了", "upset"),
        ("孩子吃了吐了", "upset"),
        ("my face is burning after using it", "upset"),
        ("会不会起疹子", ""),
        ("吃多了会拉肚子吗", ""),
        ("等了半个月了", "upset"),
        ("再等两天下单", ""),
        ("到底发不发货", "upset"),
        ("到底是什么材质", ""),
        ("有没有差评", ""),
        ("有人过敏过吗", ""),
        ("让店主联系我", "person"),
        ("人呢", "person"),
    ],
)
def test_harm_anger_and_waiting_are_told_from_questions_about_them(question: str, why: str) -> None:
    assert called(plain(question)) == why
