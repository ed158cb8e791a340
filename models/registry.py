"""Keep trained models: immutable folders of arrays, ONNX and JSON, and a pointer to the champion.

root/champion.json            who serves, whom to go back to, and what happened when
root/versions/VERSION/        arrays .npy, ranker.onnx, settings .json (never a pickle)
root/versions/VERSION/card.json   the model card, with the SHA-256 of each model file
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

import msgspec

from data.errors import ModelRefused, NotFound
from data.features import fingerprint
from models import drafts
from models.cards import ModelCard
from models.recommender import Recommender

CARD: Final = "card.json"
POINTER: Final = "champion.json"
MOST_BEFORE: Final = 10
"""Champions to go back to: a nightly promotion would keep every model for good."""


class UnknownVersion(NotFound):
    """Say that no such version is registered."""


class DamagedVersion(ModelRefused):
    """Refuse a version whose files are not those that were registered."""


class UnknownShape(ModelRefused):
    """Refuse a version that is as it was registered, but that this code cannot open."""


class OtherFeatures(ModelRefused):
    """Refuse a version that was fitted on features this code no longer builds."""


class NothingBefore(ModelRefused):
    """Say that there is no earlier champion to go back to."""


class TrainsAlready(ModelRefused):
    """Refuse a second training at the same time: neither would know of the other's model."""


class Saved(Protocol):
    """Write what a model is into an empty folder; the same model writes the same bytes."""

    def save(self, folder: Path) -> None:
        """Write arrays, ONNX and JSON."""


class Change(msgspec.Struct, frozen=True):
    """Record one move of the champion pointer; `at` is epoch ms, 0 when the caller gave none."""

    at: int
    action: str  # promote | roll_back
    version: str


class Pointer(msgspec.Struct, frozen=True):
    """Name the champion, the champions to go back to (newest last) and all that happened."""

    champion: str | None = None
    before: tuple[str, ...] = ()
    history: tuple[Change, ...] = ()


class Registry:
    """Register, load, promote, roll back and prune model versions under one folder."""

    def __init__(self, root: Path) -> None:
        """Use a folder; it is made on the first write."""
        self.root = root
        self._versions = root / "versions"

    def register(
        self,
        model: Saved,
        card: ModelCard,
        pages: Callable[[ModelCard], Mapping[str, bytes]] | None = None,
    ) -> str:
        """Store a model as an immutable version and return its name.

        The name is the card's date and the hash of the model's files: registering equal files on
        the same day is the same version, kept as it was first written unless that is damaged.
        `pages` makes further files (reports) from the final card.
        """
        self._versions.mkdir(parents=True, exist_ok=True)
        with drafts.draft(self.root, ".new-") as place:
            folder = place / "version"
            folder.mkdir()
            model.save(folder)
            files = _hashes(folder)
            version = f"{card.date}-{_fold(files)[:12]}"
            final = msgspec.structs.replace(card, version=version, files=files)
            _write(folder / CARD, msgspec.json.format(msgspec.json.encode(final), indent=1))
            for page, content in (pages(final) if pages else {}).items():
                _write(folder / page, content)
            for path in folder.rglob("*"):
                if path.is_file():
                    path.chmod(0o444)  # nobody writes a version anew
            with self._locked():
                if not self._whole(version):
                    drafts.place(folder, self._versions / version)
        return version

    def _whole(self, version: str) -> bool:
        """Say whether a version stands as it was registered."""
        try:
            files = self.card(version).files
        except (UnknownVersion, DamagedVersion):
            return False
        found = _hashes(self._versions / version)
        return all(found.get(name) == known for name, known in files.items())

    def folder(self, version: str) -> Path:
        """Return where a version is stored; `UnknownVersion` when it is not."""
        folder = self._versions / version
        if Path(version).name != version or not (folder / CARD).is_file():
            known = ", ".join(sorted(self._names())) or "none"
            raise UnknownVersion(f"no model version {version!r}; registered: {known}")
        return folder

    def written(self, version: str) -> int:
        """Return what tells a version's folder from one written anew; 0 where there is none."""
        try:
            return (self._versions / version).stat().st_mtime_ns
        except OSError:
            return 0

    def card(self, version: str) -> ModelCard:
        """Read a version's model card."""
        path = self.folder(version) / CARD
        try:
            return msgspec.json.decode(path.read_bytes(), type=ModelCard)
        except msgspec.DecodeError as error:
            raise DamagedVersion(f"{path}: not a model card: {error}") from error

    def load(self, version: str) -> Recommender:
        """Open a version for serving; its files and features are checked first."""
        folder, card = self.folder(version), self.card(version)
        if card.fingerprint != fingerprint():
            raise OtherFeatures(
                f"{version} was fitted on features {card.fingerprint}, this code builds"
                f" {fingerprint()}: train again"
            )
        found = _hashes(folder)
        for name, known in card.files.items():
            if found.get(name) != known:
                state = "is missing" if name not in found else "has changed since it was registered"
                raise DamagedVersion(f"{folder / name} {state}")
        try:
            return Recommender.from_folder(folder)
        except Exception as error:  # whatever another release wrote there, nobody can serve it
            told = f"{type(error).__name__}: {error}"
            raise UnknownShape(f"{folder} cannot be opened by this code: {told}") from error

    def versions(self) -> list[ModelCard]:
        """Return all model cards that can be read, the newest first."""
        cards = []
        for name in self._names():
            with suppress(DamagedVersion):  # one damaged folder must not hide the others
                cards.append(self.card(name))
        return sorted(cards, key=lambda card: (card.created_at, card.version), reverse=True)

    def damaged(self) -> list[str]:
        """Return the versions whose model cards cannot be read."""
        return sorted(set(self._names()) - {card.version for card in self.versions()})

    def champion(self) -> str | None:
        """Return the version that serves, if there is one."""
        return self.pointer().champion

    def pointer(self) -> Pointer:
        """Read the champion pointer with its history."""
        path = self.root / POINTER
        try:
            return msgspec.json.decode(path.read_bytes(), type=Pointer)
        except FileNotFoundError:
            return Pointer()
        except msgspec.DecodeError as error:
            raise DamagedVersion(
                f"{path}: not a champion pointer: {error}; remove it, then let a version serve:"
                " python -m training promote VERSION"
            ) from error

    def promote(self, version: str, at: int = 0) -> None:
        """Let a version serve from now on (`at`: epoch ms, for the history)."""
        self.folder(version)
        with self._locked():
            self._promote(self.pointer(), version, at)

    def succeed(self, champion: str | None, version: str, at: int = 0) -> bool:
        """Let a version serve after a champion; say whether it does: not if another serves now."""
        self.folder(version)
        with self._locked():
            pointer = self.pointer()
            if pointer.champion not in {champion, version}:
                return False
            self._promote(pointer, version, at)
            return True

    def _promote(self, pointer: Pointer, version: str, at: int) -> None:
        if pointer.champion == version:
            return
        before = pointer.before + ((pointer.champion,) if pointer.champion else ())
        self._point(version, before[-MOST_BEFORE:], pointer.history, Change(at, "promote", version))

    def roll_back(self, at: int = 0) -> str:
        """Let the champion before this one serve again, if it can, and return it."""
        with self._locked():
            pointer = self.pointer()
            before = [v for v in pointer.before if (self._versions / v / CARD).exists()]
            if not before:
                raise NothingBefore("there is no earlier champion to go back to")
            self.load(before[-1])  # one that cannot be opened would leave nobody to serve
            change = Change(at, "roll_back", before[-1])
            self._point(before[-1], tuple(before[:-1]), pointer.history, change)
            return before[-1]

    def prune(self, named: Collection[str], newest: int = 5) -> list[str]:
        """Delete old versions and return their names.

        Kept are the champion, the last `MOST_BEFORE` that it can be rolled back to, the `newest`,
        and those in `named`: what late recommendations name, so that they can be learned from.
        """
        with self._locked():
            for left in self.root.glob(".old-*"):  # of a process that was killed meanwhile
                shutil.rmtree(left)
            pointer = self.pointer()
            kept = {*named, *pointer.before[-MOST_BEFORE:], pointer.champion}
            kept |= {card.version for card in self.versions()[:newest]} | {*self.damaged()}
            gone = sorted(set(self._names()) - kept)
            for version in gone:
                trash = self.root / f".old-{version}"
                (self._versions / version).rename(trash)  # from here on nobody finds it
                shutil.rmtree(trash)
            return gone

    def _names(self) -> list[str]:
        if not self._versions.is_dir():
            return []
        return sorted(path.name for path in self._versions.iterdir() if (path / CARD).is_file())

    def _point(
        self, version: str, before: tuple[str, ...], history: tuple[Change, ...], change: Change
    ) -> None:
        pointer = Pointer(version, before, (*history, change))
        path = self.root / POINTER
        _write(path.with_suffix(".tmp"), msgspec.json.encode(pointer))
        path.with_suffix(".tmp").replace(path)
        drafts.sync(self.root)

    @contextmanager
    def training(self) -> Iterator[None]:
        """Let one process at a time learn for this registry; TrainsAlready for another."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".training").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TrainsAlready(f"another process trains for {self.root}") from None
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time move the pointer."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _fold(files: Mapping[str, str]) -> str:
    lines = "".join(f"{digest} {name}\n" for name, digest in sorted(files.items()))
    return sha256(lines.encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
