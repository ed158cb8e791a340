"""The search: seeded, bounded, resumed where it stopped, and blind to what is tested later."""

from __future__ import annotations

import gzip
import io
import tomllib
from itertools import count
from pathlib import Path

import pytest

from data.errors import Invalid
from data.schemas import Kind
from models.folder import RETRIEVERS
from models.ranker import TreeSettings
from models.settings import Settings
from models.signals import Signals
from tests.quality import folders
from tests.quality.runs import DAY, UNTIL, log_of, settings, shop, view
from training.__main__ import main
from training.benchmarks import baskets, logs
from training.config import Config, ConfigError
from training.fit import fit_on, settings_of
from training.held_back import Earlier, OwnLog, PublicSet, task_of
from training.progress import Progress
from training.scan import entries, scan
from training.space import applied, present, space
from training.tune import Search, Tuned, tune
from training.tune_page import written

CONFIG = Config.load()
ACTS = (Kind.VIEW, Kind.CART, Kind.PURCHASE)
ONLY = ("retrievers.slr", "ranker.trees")


def unpacked(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


class Hill:
    """Be highest where the ridge is 50, whatever else is set; count how often it is measured."""

    def __init__(self, name: str, stop_after: int = 10**6, fingerprint: str = "") -> None:
        self.name, self.measured, self.stop_after = name, 0, stop_after
        self.fingerprint = fingerprint

    def measure(self, config: Config) -> float:
        self.measured += 1
        if self.measured > self.stop_after:
            raise KeyboardInterrupt
        ridge = config.retrievers["slr"].get("ridge", 200.0)
        return 1.0 / (1.0 + abs(ridge - 50.0) / 50.0)


def progress() -> tuple[Progress, io.StringIO]:
    told, ticks = io.StringIO(), count()
    return Progress(told, lambda: float(next(ticks))), told


def search(store: Path, *hills: Hill, trials: int = 16) -> Tuned:
    return tune(Search(hills, CONFIG, trials, store, ONLY), progress()[0])


def test_it_finds_the_top_and_writes_it_as_a_config(tmp_path: Path) -> None:
    found = search(tmp_path / "t.db", Hill("one"), Hill("two"), trials=30)
    assert found.trials == 30
    assert found.history[0] == 0.0  # the settings it started from
    assert found.gain > 1.0  # 1 / 4 at the start
    assert 25 < found.values["retrievers.slr.ridge"] < 110
    lines = list(written(found, CONFIG, tmp_path / "out" / "tuned.toml"))
    assert any(line.startswith("one") for line in lines)
    file = tmp_path / "out" / "tuned.toml"
    config = Config.load(file)
    assert config.retrievers["slr"]["ridge"] == found.values["retrievers.slr.ridge"]
    assert applied(CONFIG, found.values) == config
    assert "<svg" in (tmp_path / "out" / "tuned.html").read_text()


def test_hopeless_trials_are_given_up_after_the_first_set(tmp_path: Path) -> None:
    first, second = Hill("one"), Hill("two")
    found = search(tmp_path / "t.db", first, second, trials=30)
    assert found.pruned > 0
    assert (first.measured, second.measured) == (30, 30 - found.pruned)
    assert found.history.count(None) == found.pruned


def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = search(tmp_path / "whole.db", Hill("one"), Hill("two"))
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path / "cut.db", Hill("one", stop_after=7), Hill("two"))
    rest = Hill("one")
    again = search(tmp_path / "cut.db", rest, Hill("two"))
    assert again == whole
    assert rest.measured == 16 - 7
    assert search(tmp_path / "cut.db", Hill("one", stop_after=0), Hill("two")) == whole


def test_another_start_or_another_set_is_another_search(tmp_path: Path) -> None:
    search(tmp_path / "t.db", Hill("one"), trials=2)
    other = Hill("other")
    search(tmp_path / "t.db", other, trials=2)
    assert other.measured == 2


def test_a_set_that_has_grown_is_another_search(tmp_path: Path) -> None:
    search(tmp_path / "t.db", Hill("log", fingerprint="may"), trials=2)
    grown = Hill("log", fingerprint="june")
    search(tmp_path / "t.db", grown, trials=2)
    assert grown.measured == 2
    same = Hill("log", fingerprint="may")
    search(tmp_path / "t.db", same, trials=3)
    assert same.measured == 1


def test_no_trial_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="one trial at least"):
        search(tmp_path / "t.db", Hill("one"), trials=0)


def test_the_command_tunes_on_a_public_set_and_says_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folders.sessions(tmp_path / "set", [folders.walk(3, 4, 40)])
    file, out = tmp_path / "few.toml", tmp_path / "out" / "tuned.toml"
    file.write_text("[ranker]\ntrees = 50\n")
    command = ["tune", str(folder), "--trials", "2", "--only", "retrievers.transitions"]
    command += ["--config", str(file), "--home", str(tmp_path), "--out", str(out)]
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "trial 1: +0.00% (sessions:set " in told
    assert "2 trials, 0 given up early" in told
    assert (tmp_path / "tuning.db").is_file()
    Config.load(out)
    assert main(command) == 0  # goes on where it was: nothing is left to do
    assert "trial 1:" not in capsys.readouterr().err


def test_nothing_better_changes_nothing(tmp_path: Path) -> None:
    class Flat(Hill):
        def measure(self, config: Config) -> float:
            return 1.0 if config.retrievers["slr"].get("ridge", 200.0) == 200.0 else 0.5

    found = search(tmp_path / "t.db", Flat("flat"), trials=3)
    assert (found.gain, found.values) == (0.0, {})
    list(written(found, CONFIG, tmp_path / "tuned.toml"))
    assert Config.load(tmp_path / "tuned.toml") == CONFIG


def test_every_span_is_of_a_setting_and_holds_what_ships() -> None:
    for kind in (*RETRIEVERS.values(), TreeSettings, Settings, Signals):
        for name, span in kind.spans.items():  # type: ignore[attr-defined]
            assert span.low < span.high
            assert not span.log or span.low > 0
            assert hasattr(kind() if kind in (Settings, Signals) else kind, name), (kind, name)
    spans = space(CONFIG)
    assert len(spans) > 40
    assert applied(CONFIG, present(CONFIG, spans)).to_values()["cuts"] == CONFIG.to_values()["cuts"]


def test_the_space_can_be_limited_and_names_what_it_does_not_know() -> None:
    assert set(space(CONFIG, ["retrievers.slr"])) == {
        f"retrievers.slr.{name}" for name in RETRIEVERS["slr"].spans
    }
    with pytest.raises(Invalid, match=r"below 'retrievers\.slx'"):
        space(CONFIG, ["retrievers.slx"])


def test_signals_are_one_thing_for_retrievers_and_histories() -> None:
    config = applied(CONFIG, {"recommender.signals.cart": 3.0, "recommender.signals.dwell": 0.5})
    assert settings_of(config).signals.cart == 3.0
    scanned = scan(entries(log_of([*shop(12), view(1, "v1", 0, UNTIL - DAY)]).log))
    model = fit_on(scanned.until(UNTIL), scanned.described(UNTIL), config)
    for retriever in model.retrievers:
        numbers = retriever.settings()
        assert (numbers["cart"], numbers["dwell"]) == (3.0, 0.5), retriever.name
    own = applied(CONFIG, {"retrievers.item_knn.cart": 3.0})
    with pytest.raises(ConfigError, match=r"item_knn: cart stand in recommender\.signals"):
        fit_on(scanned.until(UNTIL), scanned.described(UNTIL), own)


def test_a_sequence_set_is_tuned_on_without_its_test(tmp_path: Path) -> None:
    rows = folders.users(40)
    for name, last in (("one", "i1"), ("two", "i2")):
        folders.sequences(tmp_path / name, [[*row[:-1], last] for row in rows], timed=True)
    tuned = [PublicSet("sequence", tmp_path / n, tmp_path / f"w{n}") for n in ("one", "two")]
    texts = [
        unpacked(tmp_path / f"w{n}" / f"sequence-{n}" / "sequences.txt.gz") for n in ("one", "two")
    ]
    assert texts[0] == texts[1]
    assert texts[0].split("\n")[0].split() == ["u0", *rows[0][:-1]]
    assert [one.name for one in tuned] == ["sequence:one", "sequence:two"]
    assert tuned[0].fingerprint == tuned[1].fingerprint  # what a search sees of them is the same
    folders.sequences(tmp_path / "other" / "one", rows[:-1], timed=True)
    other = PublicSet("sequence", tmp_path / "other" / "one", tmp_path / "w3")
    assert other.name == tuned[0].name
    assert other.fingerprint != tuned[0].fingerprint


def test_sessions_are_tuned_on_the_last_tenth_of_those_to_learn_from(tmp_path: Path) -> None:
    folder = folders.sessions(tmp_path / "set", [folders.walk(3, 4, 40)])
    PublicSet("sessions", folder, tmp_path / "work")
    made = tmp_path / "work" / "sessions-set"
    trained = unpacked(made / "train_sessions.txt.gz").splitlines()
    whole = (folder / "train_sessions.txt").read_text().splitlines()
    assert trained == whole[: len(trained)]
    pairs = unpacked(made / "test_pairs.tsv.gz").splitlines()
    assert len(pairs) == 4 * (len(whole) - len(trained))
    assert pairs[0].replace("\t", " ") == " ".join(whole[len(trained)].split()[:2])


def test_dwell_files_lose_their_tested_sessions(tmp_path: Path) -> None:
    folder = folders.dwells(tmp_path / "set", [folders.walk(2 * n, 5, 30) for n in range(10)])
    PublicSet("dwell", folder, tmp_path / "work")
    made = unpacked(tmp_path / "work" / "dwell-set" / "micro_behaviors_long.csv.gz")
    numbers = {int(line.split(",")[0]) for line in made.splitlines()[1:]}
    assert numbers == set(range(45))


def test_a_log_of_acts_is_tuned_on_with_its_own_last_purchases(tmp_path: Path) -> None:
    rows = [folders.walk(n, 5, 30) for n in range(6)]
    texts = []
    for name, held in (("one", "i1"), ("two", "i2")):
        folder = folders.events(tmp_path / name, [*rows, ['"a,b"']], [held] * 7)
        PublicSet("events", folder, tmp_path / "work")
        made = tmp_path / "work" / f"events-{name}"
        texts.append([unpacked(made / f"{file}.gz") for file in (logs.TRAIN, logs.TEST)])
    assert texts[0] == texts[1]  # whatever was held out of it
    found = logs.read(made)
    assert found.tests == [*((str(n), row[-1]) for n, row in enumerate(rows)), ("6", "a,b")]
    for user, row in enumerate(rows):
        kept = {(item, kind) for item in row for kind in ACTS} - {(row[-1], Kind.PURCHASE)}
        assert {(item, kind) for _, item, kind in found.acts[str(user)]} == kept


def test_histories_of_baskets_are_tuned_on_with_their_last_basket(tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(5)]
    folder = folders.baskets(tmp_path / "set", users, folders.next_baskets(users))
    PublicSet("nextbasket", folder, tmp_path / "work")
    found = baskets.read(tmp_path / "work" / "nextbasket-set")
    for one, whole in zip(found, baskets.read(folder), strict=True):
        assert (one.user, one.baskets) == (whole.user, whole.baskets[:-1])
        assert one.future == whole.baskets[-1]


def test_the_task_of_a_folder_is_told_by_its_files(tmp_path: Path) -> None:
    folder = folders.sessions(tmp_path / "set", [folders.walk(3, 4, 40)])
    assert task_of(str(folder)) == ("sessions", folder)
    assert task_of(f"shelf:{folder}") == ("shelf", folder)
    bought = folders.events(tmp_path / "bought", [["a"]], ["b"])
    assert task_of(str(bought)) == ("events", bought)
    carts = folders.baskets(tmp_path / "carts", ["u0"], {"u0": ["a"]})
    assert task_of(str(carts)) == ("nextbasket", carts)
    with pytest.raises(Invalid, match="no data folder of a known task"):
        task_of(str(tmp_path))


def test_the_own_log_is_tuned_on_without_its_judged_days(tmp_path: Path) -> None:
    del tmp_path
    events = shop(12)
    for step in range(2_000):
        at = UNTIL - 20 * DAY + step * DAY // 100
        events.append(view(step, f"v{step % 80}", (step * 5 + step // 80) % 12, at))
    config = Config.from_values(
        settings(ranker={"trees": 10.0}, cuts={"windows": 1}).to_values()
        | {"retrievers": {"popularity": {}, "item_knn": {}}}
    )
    log = log_of(events).log
    own = OwnLog(log, config, progress()[0])
    assert 0 < own.measure(config) <= 1
    assert OwnLog(log, config, progress()[0]).fingerprint == own.fingerprint
    later = view(2_000, "v1", 0, UNTIL - 15 * DAY)
    assert (
        OwnLog(log_of([*events, later]).log, config, progress()[0]).fingerprint != own.fingerprint
    )
    view_of_it = Earlier(log, UNTIL - 10 * DAY)
    assert max(one.event.at for one in entries(view_of_it)) < UNTIL - 10 * DAY
    assert len(list(entries(view_of_it))) == sum(one.at < UNTIL - 10 * DAY for one in events)
    with pytest.raises(Invalid, match="too few questions"):
        OwnLog(log_of(events[:60]).log, config, progress()[0])


def test_a_toml_is_what_config_reads(tmp_path: Path) -> None:
    found = Tuned(
        gain=0.1, values={"ranker.trees": 70, "recommender.signals.cart": 2.5},
        before={"x": 1.0}, after={"x": 1.1}, trials=3, pruned=0, history=(0.0, 0.1, None),
    )  # fmt: skip
    assert tomllib.loads(found.to_toml()) == {
        "ranker": {"trees": 70},
        "recommender": {"signals": {"cart": 2.5}},
    }
    (tmp_path / "t.toml").write_text(found.to_toml())
    assert settings_of(Config.load(tmp_path / "t.toml")).signals.cart == 2.5
