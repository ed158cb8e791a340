"""The registry keeps what was registered, says who serves, and refuses what must not."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from data.features import fingerprint
from data.schemas import Query, Recommendation
from models.cards import DataSpan, ModelCard, Verdict
from models.recommender import Recommender
from models.registry import (
    DamagedVersion,
    NothingBefore,
    OtherFeatures,
    Pointer,
    Registry,
    TrainsAlready,
    UnknownShape,
    UnknownVersion,
)
from models.settings import Settings
from training.pipeline import named
from training.scanned import Shown

DAY_ONE = 1_795_000_000_000
DAY_TWO = DAY_ONE + 86_400_000
SPAN = DataSpan(
    events=9, interactions=5, visitors=2, sellers=1, items=3, dwells=1, first_at=1, last_at=2,
    last_seq=9, cuts=(1, 2, 3), log_hash="ab",
)  # fmt: skip


def card(**fields: object) -> ModelCard:
    plain = ModelCard(
        created_at=DAY_ONE,
        fingerprint=fingerprint(),
        feature_names=("a", "b"),
        data=SPAN,
        config={"seed": 7},
        seed=7,
        metrics={},
        baselines={},
        verdict=Verdict(promoted=True, checks=()),
    )
    return msgspec.structs.replace(plain, **fields)


def model(number: int) -> Recommender:
    return Recommender(settings=Settings(epsilon=number / 100))


def filled(root: Path, count: int) -> tuple[Registry, list[str]]:
    registry = Registry(root)
    versions = []
    for number in range(count):
        made = card(created_at=DAY_ONE + number)
        versions.append(registry.register(model(number), made))
    return registry, versions


def test_what_was_registered_is_loaded_with_its_version(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    version = registry.register(model(3), card())
    loaded = registry.load(version)
    assert loaded.settings == Settings(epsilon=0.03)
    assert loaded.version == version
    assert version.startswith("20261118-")


def test_a_version_is_arrays_and_json_that_nobody_may_write(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    version = registry.register(
        model(1), card(), lambda final: {"report.md": final.version.encode()}
    )
    folder = registry.folder(version)
    files = sorted(path for path in folder.iterdir())
    assert {path.suffix for path in files} <= {".npy", ".onnx", ".json", ".md"}
    assert all(path.stat().st_mode & 0o222 == 0 for path in files)
    assert (folder / "report.md").read_text() == version
    assert set(registry.card(version).files) == {"item_keys.npy", "recommender.json"}


def test_equal_models_of_one_day_are_one_version_kept_as_first_written(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    first = registry.register(model(1), card(seed=1))
    again = registry.register(model(1), card(seed=2))
    assert again == first
    assert registry.card(first).seed == 1
    assert registry.register(model(1), card(created_at=DAY_TWO)) != first
    assert registry.register(model(2), card()) != first


@pytest.mark.parametrize("name", ["card.json", "recommender.json", "item_keys.npy"])
@pytest.mark.parametrize("left", [b"", None])
def test_what_is_damaged_is_written_anew_when_it_is_registered_again(
    tmp_path: Path, name: str, left: bytes | None
) -> None:
    registry = Registry(tmp_path)
    version = registry.register(model(1), card(seed=1))
    file = registry.folder(version) / name
    file.unlink()
    if left is not None:
        file.write_bytes(left)
    assert registry.register(model(1), card(seed=2)) == version
    assert registry.load(version).version == version
    assert registry.card(version).seed == 2
    assert [path.name for path in (tmp_path / "versions").iterdir()] == [version]


def test_before_the_first_promotion_nobody_serves(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "never-made")
    assert registry.champion() is None
    assert registry.versions() == []
    with pytest.raises(NothingBefore):
        registry.roll_back()


def test_promotion_moves_the_pointer_and_keeps_its_history(tmp_path: Path) -> None:
    registry, (a, b) = filled(tmp_path, 2)
    registry.promote(a, 10)
    registry.promote(b, 20)
    registry.promote(b, 30)  # who serves already is not promoted again
    assert registry.champion() == b
    assert [(c.at, c.action, c.version) for c in registry.pointer().history] == [
        (10, "promote", a),
        (20, "promote", b),
    ]
    assert [one.version for one in registry.versions()] == [b, a]


def test_rolling_back_goes_step_by_step_to_the_first_champion(tmp_path: Path) -> None:
    registry, (a, b, c) = filled(tmp_path, 3)
    for version in (a, b, c):
        registry.promote(version)
    assert registry.roll_back(5) == b
    assert registry.roll_back(6) == a
    with pytest.raises(NothingBefore):
        registry.roll_back()
    registry.promote(c)
    assert registry.roll_back() == a
    assert registry.champion() == a


@pytest.mark.parametrize("name", ["20260101-none", "../escape", "", "."])
def test_an_unknown_version_is_named_with_those_known(tmp_path: Path, name: str) -> None:
    registry, (a,) = filled(tmp_path, 1)
    for ask in (registry.load, registry.card, registry.promote):
        with pytest.raises(UnknownVersion, match=a):
            ask(name)


def test_a_changed_or_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    registry, (a,) = filled(tmp_path, 1)
    file = registry.folder(a) / "recommender.json"
    file.chmod(0o644)
    content = file.read_bytes()
    file.write_bytes(content.replace(b"0.0", b"0.9", 1))
    with pytest.raises(DamagedVersion, match=r"recommender\.json has changed"):
        registry.load(a)
    file.unlink()
    with pytest.raises(DamagedVersion, match=r"recommender\.json is missing"):
        registry.load(a)
    card_file = registry.folder(a) / "card.json"
    card_file.chmod(0o644)
    card_file.write_bytes(b'{"version": 1')
    with pytest.raises(DamagedVersion, match="not a model card"):
        registry.load(a)


def test_a_model_fitted_on_other_features_is_refused(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    version = registry.register(model(1), card(fingerprint="older"))
    with pytest.raises(OtherFeatures, match=r"older.*train again"):
        registry.load(version)


def test_what_a_killed_run_left_behind_is_no_version(tmp_path: Path) -> None:
    registry, (a,) = filled(tmp_path, 1)
    (tmp_path / ".new-abc" / "version").mkdir(parents=True)
    (tmp_path / "versions" / "half").mkdir()
    assert [one.version for one in registry.versions()] == [a]


def test_a_version_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    class Broken:
        def save(self, folder: Path) -> None:
            (folder / "half.npy").write_bytes(b"x")
            raise OSError("no space left")

    registry = Registry(tmp_path)
    with pytest.raises(OSError, match="no space"):
        registry.register(Broken(), card())
    assert registry.versions() == []
    assert not list(tmp_path.glob(".new-*"))


def test_pruning_keeps_who_serves_who_served_the_newest_and_the_named(tmp_path: Path) -> None:
    registry, (named, before, champion, old, newest) = filled(tmp_path, 5)
    registry.promote(before)
    registry.promote(champion)
    assert registry.prune({named}, newest=1) == [old]
    kept = {one.version for one in registry.versions()}
    assert kept == {named, before, champion, newest}
    assert registry.roll_back() == before


def test_nightly_promotions_keep_no_more_than_the_last_ten_before(tmp_path: Path) -> None:
    registry, versions = filled(tmp_path, 14)
    for version in versions:
        registry.promote(version)
    assert registry.pointer().before == tuple(versions[3:13])
    assert sorted(registry.prune((), newest=1)) == sorted(versions[:3])
    assert registry.roll_back() == versions[12]


def test_lists_of_the_last_thirty_days_keep_what_made_them() -> None:
    def shown(version: str, at: int) -> Shown:
        query = Query(recommendation_id="r", seller_id="s", visitor="", at=at)
        record = Recommendation(
            query=query, slots=(), candidates=0, state_seq=0, model_version=version, digest="",
            fallback_level=4, personalized=False,
        )  # fmt: skip
        return Shown("r", 1, at, record)

    month = 30 * (DAY_TWO - DAY_ONE)
    lists = [shown("old", DAY_ONE - month - 1), shown("kept", DAY_ONE - month)]
    assert named([*lists, shown("late", DAY_ONE)], DAY_ONE) == {"kept", "late"}


def test_a_pointer_of_before_is_pruned_to_the_last_ten(tmp_path: Path) -> None:
    registry, versions = filled(tmp_path, 14)
    registry.promote(versions[-1])
    before = msgspec.json.encode(Pointer(versions[-1], tuple(versions[:-1])))
    (tmp_path / "champion.json").write_bytes(before)
    assert sorted(registry.prune((), newest=1)) == sorted(versions[:3])


def test_promotions_at_the_same_time_are_all_in_the_history(tmp_path: Path) -> None:
    registry, versions = filled(tmp_path, 6)
    threads = [threading.Thread(target=registry.promote, args=(v, 1)) for v in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pointer = registry.pointer()
    assert {change.version for change in pointer.history} == set(versions)
    assert set(pointer.before) | {pointer.champion} == set(versions)


def test_a_version_follows_the_champion_it_was_held_against_and_no_other(tmp_path: Path) -> None:
    registry, (a, b, c) = filled(tmp_path, 3)
    assert registry.succeed(None, a)
    assert registry.succeed(a, b)
    assert not registry.succeed(a, c)
    assert not registry.succeed(None, c)
    assert registry.succeed(a, b), "it serves already"
    assert registry.champion() == b
    assert [change.version for change in registry.pointer().history] == [a, b]


def test_a_broken_pointer_is_named(tmp_path: Path) -> None:
    (tmp_path / "champion.json").write_text("{")
    with pytest.raises(DamagedVersion, match=r"champion\.json.*promote VERSION"):
        Registry(tmp_path).champion()


@pytest.mark.parametrize("change", [(b"{}", b'{"wavelet":{}}'), (b'"trend"', b'"wavelet"')])
def test_a_version_that_another_release_wrote_is_refused(
    tmp_path: Path, change: tuple[bytes, bytes]
) -> None:
    """A retriever or a setting that this code does not know: whole, and yet nobody can serve it."""

    class Newer:
        def save(self, folder: Path) -> None:
            model(1).save(folder)
            file = folder / "recommender.json"
            file.write_bytes(file.read_bytes().replace(*change))

    registry = Registry(tmp_path)
    version = registry.register(Newer(), card())
    with pytest.raises(UnknownShape, match=r"cannot be opened by this code.*wavelet"):
        registry.load(version)


def test_a_damaged_card_hides_no_other_version_and_stops_no_pruning(tmp_path: Path) -> None:
    registry, (a, b, c) = filled(tmp_path, 3)
    (registry.folder(b) / "card.json").chmod(0o644)
    (registry.folder(b) / "card.json").write_bytes(b"{")
    assert [one.version for one in registry.versions()] == [c, a]
    assert registry.damaged() == [b]
    assert registry.prune((), newest=1) == [a]
    assert registry.damaged() == [b]  # for whoever wants to know what happened to it


def test_nobody_goes_back_to_what_cannot_be_opened(tmp_path: Path) -> None:
    registry, (a, b) = filled(tmp_path, 2)
    registry.promote(a)
    registry.promote(b)
    file = registry.folder(a) / "recommender.json"
    file.chmod(0o644)
    file.write_bytes(b"{")
    with pytest.raises(DamagedVersion, match="has changed"):
        registry.roll_back()
    assert registry.champion() == b


def test_one_trains_at_a_time_and_the_next_after_it(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    with registry.training():
        with pytest.raises(TrainsAlready, match="another process trains"), registry.training():
            pass
        version = registry.register(model(1), card())
        registry.promote(version)  # whoever trains keeps nobody from promoting
    with registry.training():
        assert registry.champion() == version
