"""Learn from the log: `python -m training run | evaluate | promote | rollback | models | …`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from data.errors import SmartcardError
from data.settings import StorageSettings, storage
from data.stores import EventLog, open_stores
from models.cards import ModelCard
from models.registry import Registry
from training import studies
from training.config import Config
from training.evaluate import judge
from training.pipeline import Job, read, recipe, run
from training.progress import Progress
from training.report import against
from training.scan import entries
from training.truth import oracle_of

WRONG: Final = 2
CHALLENGER: Final = 3
INTERRUPTED: Final = 130
TOLD_EVERY: Final = 2_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command. Return 0 when done, 2 when it could not be.

    And 3 where a promotion is expected and what was learned stays a challenger.
    """
    arguments = _parser().parse_args(argv)
    try:
        settings = storage()
        if getattr(arguments, "home", None) is not None:
            settings = settings.model_copy(update={"home": arguments.home})
        return int(arguments.run(arguments, settings))
    except (SmartcardError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("stopped before the end", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument("--home", type=Path, help="default: $SMARTCARD_HOME or ./var")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("run", parents=[home], help="learn a model and judge it")
    command.add_argument("--config", type=Path, help="TOML laid over training/default.toml")
    command.add_argument(
        "--if-needed", action="store_true", help="do nothing when a champion can serve"
    )
    command.add_argument(
        "--expect-promotion",
        action="store_true",
        help="exit with 3 when the model stays a challenger (without it with 0, as with success:"
        " the last lines tell which)",
    )
    command.set_defaults(run=_run)

    command = commands.add_parser(
        "evaluate", parents=[home], help="judge the champion's recipe on the last days"
    )
    command.add_argument("version", nargs="?", help="another version (default: the champion)")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("promote", parents=[home], help="let a version serve")
    command.add_argument("version")
    command.set_defaults(run=_promote)

    command = commands.add_parser(
        "rollback", parents=[home], help="let the champion before this one serve again"
    )
    command.set_defaults(run=_roll_back)

    command = commands.add_parser("models", parents=[home], help="list the versions")
    command.add_argument("--json", action="store_true", help="print the model cards")
    command.set_defaults(run=_models)

    command = commands.add_parser(
        "judge", parents=[home], help="learn the judges that are shipped from sets of phrasings"
    )
    command.add_argument("folders", nargs="*", type=Path, help="folders with entries.jsonl(.gz)")
    command.add_argument("--out", type=Path, required=True, help="file to write")
    command.set_defaults(run=_judge)

    command = commands.add_parser(
        "mood", parents=[home], help="learn how upset visitors sound from sentences of our own"
    )
    command.add_argument("--out", type=Path, required=True, help="file to write")
    command.set_defaults(run=_mood)

    command = commands.add_parser("benchmark", help="measure on a public data set's folder")
    command.add_argument(
        "task", help="sequence, sessions, dwell, shelf, events, nextbasket, faq or bandit"
    )
    command.add_argument("path", type=Path, help="folder laid out like its sibling")
    command.add_argument("--config", type=Path, help="TOML laid over training/default.toml")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_benchmark)
    studies.add(commands, home, _progress)
    return parser


def _run(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    registry = Registry(settings.artifacts)
    champion = registry.champion()
    if arguments.if_needed and champion is not None:
        try:
            registry.load(champion)
        except SmartcardError as error:
            print(f"{error}; training again", file=sys.stderr)
        else:
            print(f"{champion} serves; nothing to train", file=sys.stderr)
            return 0
    config = Config.load(arguments.config)
    with closing(open_stores(settings.store_url, readonly=True)) as stores, registry.training():
        job = Job(stores.log, registry, config, _progress(), _now(), oracle_of(settings))
        card = run(job)
        _tell(card, registry.champion())  # before answers are learned: it holds without them
        print(f"report: {registry.folder(card.version) / 'report.html'}", flush=True)
        print(_answers(stores.log, settings, job))
    unmet = arguments.expect_promotion and registry.champion() != card.version
    return CHALLENGER if unmet else 0


def _answers(log: EventLog, settings: StorageSettings, job: Job) -> str:
    """Learn for answers what the log's sellers know; say what came of it."""
    from models.answers import topics
    from training import answers  # opens text encoders: for this command alone

    with job.progress.stage("learn to answer") as stage:
        knowledge = answers.knowledge_of(entries(log))
        sellers = sum(1 for _ in knowledge.sellers())
        if not sellers:
            stage.note = "no seller has written down an answer"
            return "answers: nothing to learn from"
        encoders = answers.opened(settings)
        known = topics.opened(encoders, settings.home / "encoders")
        version = answers.fit(knowledge, job.now, settings.home / "answers", encoders, known)
        stage.note = f"{sellers} sellers, version {version}"
    return f"answers: {sellers} sellers, version {version}"


def _mood(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    from models.encoders.provide import USE, provide  # slow to load, and only this needs them
    from training import moods

    encoder = provide(USE, settings.home / "encoders")
    if encoder is None:
        print(f"{USE}: the encoder is not installed", file=sys.stderr)
        return 1
    told = moods.sentences()
    learned = moods.learn(encoder, told)
    arguments.out.write_bytes(msgspec.json.format(msgspec.json.encode(learned), indent=0))
    upset = sum(kind == "upset" for kind, _ in told)
    print(f"learned from {upset} upset sentences and {len(told) - upset} others")
    return 0


def _judge(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    from models.answers.blend import TOPICS
    from models.answers.judge import Judge, judge_key
    from models.answers.library import folded
    from models.answers.topics import ByTopic, Topics
    from models.encoders.provide import MAKERS, USE, provide  # as above
    from training import answer_sets, drawn_shops, judges

    root = settings.home / "encoders"
    encoders = {name: one for name in MAKERS if (one := provide(name, root)) is not None}
    sets = dict(answer_sets.own())
    sets |= {str(folder): answer_sets.folder(folder) for folder in arguments.folders}
    texts = [folded(text) for one in sets.values() for entry in one for text in entry.phrasings]
    found = Judge.read(arguments.out) if arguments.out.is_file() else {}
    channels = {name: drawn_shops.Remembering(one, texts) for name, one in encoders.items()}
    if USE in channels:
        by_topic = ByTopic(channels[USE], Topics.provide(encoders[USE], root))
        channels[TOPICS] = drawn_shops.Remembering(by_topic, texts)
    learned = {key: names for key, names in judges.SHIPPED.items() if channels.keys() >= set(names)}
    with _progress().stage("learn judges", len(learned) * (len(sets) + 1)) as stage:
        for key, names in learned.items():
            drawn = drawn_shops.draw(
                sets, [channels[name] for name in names], judges.SEED, stage.step
            )
            outcomes, folds = judges.by_set(drawn)
            found[key] = judges.learn(outcomes, folds=folds)
            for name, figures in judges.judged(drawn, judges.SEED).items():
                told = "  ".join(f"{figure} {value:.3f}" for figure, value in figures.items())
                print(f"{judge_key(names)}, learned without {name}: {told}")
            print(f"{judge_key(names)}, all sets: threshold {found[key].answers:.3f}")
    for key in judges.SHIPPED.keys() - learned.keys():
        print(f"{key}: an encoder is not installed; its judge stays as it is", file=sys.stderr)
    arguments.out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    return 0


def _evaluate(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    registry = Registry(settings.artifacts)
    name = arguments.version or registry.champion()
    if name is None:
        print("no champion yet: python -m training run", file=sys.stderr)
        return WRONG
    config = Config.from_values(registry.card(name).config)
    with closing(open_stores(settings.store_url, readonly=True)) as stores:
        job = Job(stores.log, registry, config, _progress(), _now(), oracle_of(settings))
        found = recipe(job, read(job), name, baselines=True)
    if not len(found.judged):
        print("no question to judge on in this log", file=sys.stderr)
        return WRONG
    how = (config.judge, config.gate.metric, config.seed)
    judgement = judge(found.judged, found.scores, {}, *how)
    for row in against(judgement).table:
        print("  ".join(f"{cell:<26}" for cell in row).rstrip())
    print(
        f"{name}: retrievers fitted before the judged days, its own ranker; {len(found.judged):,}"
    )
    return 0


def _promote(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    registry = Registry(settings.artifacts)
    registry.load(arguments.version)
    registry.promote(arguments.version, _now())
    print(f"{arguments.version} serves from now on")
    return 0


def _roll_back(_: argparse.Namespace, settings: StorageSettings) -> int:
    version = Registry(settings.artifacts).roll_back(_now())
    print(f"{version} serves again")
    return 0


def _models(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    registry = Registry(settings.artifacts)
    cards = registry.versions()
    if arguments.json:
        print(msgspec.json.encode(cards).decode())
        return 0
    champion = registry.champion()
    for card in cards:
        mark = "champion" if card.version == champion else ""
        found = card.metrics.get("ndcg@10")
        judged = "unjudged" if found is None else f"ndcg@10 {found.value:.4f}"
        print(f"{card.version}  {judged:<16}  {card.data.interactions:>12,} interactions  {mark}")
    for version in registry.damaged():
        print(f"{version}: its model card cannot be read", file=sys.stderr)
    return 0


def _benchmark(arguments: argparse.Namespace, _: StorageSettings) -> int:
    from training import benchmarks  # loads much that a run does not need

    begun, counts = time.monotonic(), Counter[str]()

    def told(stage: str, count: int) -> None:
        counts[stage] += count
        if counts[stage] % TOLD_EVERY == 0:
            spent = time.monotonic() - begun
            print(f"{spent:6.1f} s  {stage} {counts[stage]:,}", file=sys.stderr)

    found = benchmarks.run(arguments.task, arguments.path, Config.load(arguments.config), told)
    if arguments.json:
        print(msgspec.json.encode(found).decode())
    else:
        print(benchmarks.render(found))
    return 0


def _tell(card: ModelCard, serves: str | None) -> None:
    for check in card.verdict.checks:
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.detail}")
    for note in card.notes:
        print(note)
    told = "serves" if card.version == serves else "stays a challenger"
    if card.verdict.promoted and card.version != serves:
        told += f": {serves} was promoted meanwhile, and serves"
    print(f"{card.version} {told}")


def _progress() -> Progress:
    return Progress(sys.stderr, time.monotonic)


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
