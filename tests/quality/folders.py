"""Tiny data folders with an order anyone can see: after item n comes item n + 7, around."""

from __future__ import annotations

import json
from pathlib import Path

STEP = 7
BEHAVIOURS = "session_id,step,sku,behavior_type,category,time_interval_s,dwell_time_s"


def walk(start: int, length: int, items: int) -> list[str]:
    return [f"i{(start + STEP * place) % items}" for place in range(length)]


def write(folder: Path, name: str, lines: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def users(items: int) -> list[list[str]]:
    """Every item begins one walk, and squares some more: a few items are popular."""
    starts = [*range(items), *(n * n % items for n in range(items // 4))]
    return [walk(start, 6, items) for start in starts]


def sequences(folder: Path, rows: list[list[str]], *, timed: bool) -> Path:
    """Two shelves by attribute, even and odd numbers; users act an hour after one another."""
    write(folder, "sequences.txt", [" ".join([f"u{n}", *row]) for n, row in enumerate(rows)])
    names = sorted({name for row in rows for name in row})
    kinds = {name: ["even", "odd"][int(name[1:]) % 2 :][:1] for name in names}
    write(folder, "attributes.json", [json.dumps(kinds)])
    write(folder, "items.jsonl", [json.dumps({"item": n, "title": f"thing {n}"}) for n in names])
    if timed:
        at = [[1_600_000_000 + 3600 * n + 864_000 * k for k in range(6)] for n in range(len(rows))]
        write(folder, "times.txt", [f"u{n} {' '.join(map(str, row))}" for n, row in enumerate(at)])
    return folder


def sessions(folder: Path, tests: list[list[str]]) -> Path:
    """Walks over 40 items to learn from; every prefix of the test's walks to answer."""
    starts = [*range(40), *(n * n % 40 for n in range(20)), *range(0, 40, 2)]
    write(folder, "train_sessions.txt", [" ".join(walk(start, 5, 40)) for start in starts])
    pairs = [f"{' '.join(row[:end])}\t{row[end]}" for row in tests for end in range(1, len(row))]
    write(folder, "test_pairs.tsv", pairs)
    return folder


def dwells(folder: Path, tests: list[list[str]]) -> Path:
    """Two files of walks over 30 items, the last tenth of each file from `tests`."""
    half = len(tests) // 2
    for name, first, last in (("long", 0, tests[:half]), ("short", 5, tests[half:])):
        rows = [walk(first + 3 * n * n + n, 5, 30) for n in range(9 * half)] + last
        lines = [
            f"{number},{2 * step + again},{sku},{[1, 9][again]},c{int(sku[1:]) % 3},4,{20 + number}"
            for number, row in enumerate(rows)
            for step, sku in enumerate(row)
            for again in range(1 + (step + number) % 2)
        ]
        write(folder, f"micro_behaviors_{name}.csv", [BEHAVIOURS, *lines])
    return folder


def events(folder: Path, rows: list[list[str]], held: list[str]) -> Path:
    """Users look at each item of a walk, put it into the cart and buy it; `held` is bought next."""
    lines = [
        f"{1_600_000_000 + 3600 * user + 60 * (3 * place + step)},u{user},{item},{name}"
        for user, row in enumerate(rows)
        for place, item in enumerate(row)
        for step, name in enumerate(("pv", "Add-To-Cart", "buy"))
    ]
    write(folder, "events_train.csv", ["timestamp,user_id,item_id,event", *lines])
    pairs = [f"u{user},{item}" for user, item in enumerate(held)]
    write(folder, "test_purchase.csv", ["user_id,item_id", *pairs])
    return folder


def baskets(folder: Path, users: list[str], futures: dict[str, list[str]]) -> Path:
    """Everybody buys two things of her own each time, and the next item of a walk over 30."""
    history = {}
    for number, user in enumerate(users):
        own = [f"i{40 + number % 11}", f"i{60 + number % 7}"]
        walked = [[*own, item] for item in walk(number, 3, 30)]
        history[user] = [[-1], *walked, [-1]]
    write(folder, "shop_history.json", [json.dumps(history)])
    future = {user: [[-1], futures[user], [-1]] for user in users}
    write(folder, "shop_future.json", [json.dumps(future)])
    return folder


def next_baskets(users: list[str]) -> dict[str, list[str]]:
    """What follows from `baskets`: the two things of one's own, and one step on."""
    return {
        user: [f"i{40 + n % 11}", f"i{60 + n % 7}", walk(n, 4, 30)[3]]
        for n, user in enumerate(users)
    }
