"""`doctor`: what is installed and what is missing on this machine, each with its mend."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from app import exit_codes
from app.checks import Check, Verdict, machine_checks
from app.console import Console
from app.paths import AppPaths
from app.port_reader import PortReader
from app.version import VERSION
from app.wording import as_bytes, as_count
from engine.contract.commands import InspectEngine, ListModels
from engine.contract.errors import EngineError
from engine.contract.events import EngineInspected, ModelsListed
from engine.contract.model_cards import ModelCard, ModelState
from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from engine.contract.vault_commands import InspectVault
from engine.contract.vault_events import VaultInspected

_MARKS = {Verdict.OK: "ok  ", Verdict.WARN: "warn", Verdict.FAIL: "FAIL"}


def run(
    start: Callable[[], AbstractContextManager[EnginePort]],
    settings: Settings,
    notices: list[str],
    paths: AppPaths,
    console: Console,
) -> int:
    """Every check is on standard output.

    Args:
        start: Starts the engine; it is looked at last, for it may be what is broken.
        settings: Those in force.
        notices: What the settings file had to say.
        paths: Where the app's files are.
        console: The terminal.

    Returns:
        An exit code: TO_MEND if any check failed.
    """
    found = [Check(name="app", verdict=Verdict.OK, says=f"Shvayambhu {VERSION}")]
    if not console.is_json:
        _show(found[0], console)
    for check in _checks(start, settings, notices, paths):
        found.append(check)
        if not console.is_json:
            _show(check, console)
    has_failed = any(check.verdict is Verdict.FAIL for check in found)
    if console.is_json:
        console.write_json({"ok": not has_failed, "checks": [_json(check) for check in found]})
    else:
        console.write(f"\n{_summary(found)}\n")
    return exit_codes.TO_MEND if has_failed else exit_codes.OK


def _checks(
    start: Callable[[], AbstractContextManager[EnginePort]],
    settings: Settings,
    notices: list[str],
    paths: AppPaths,
) -> Iterator[Check]:
    yield from machine_checks(paths)
    yield _settings_check(notices)
    try:
        with (
            start() as port,
            contextlib.closing(PortReader(port)) as reader,
            reader.stopping_on_ctrl_c(),
        ):
            yield from _engine_checks(reader, settings)
    except (EngineError, ImportError, OSError) as error:
        # A package that cannot be loaded is what the doctor is there to find.
        says = error.message if isinstance(error, EngineError) else type(error).__name__
        mend = getattr(error, "action", "") or "Run `make setup`."
        yield Check(name="engine", verdict=Verdict.FAIL, says=says, mend=mend)


def _settings_check(notices: list[str]) -> Check:
    if not notices:
        return Check(name="settings", verdict=Verdict.OK, says="as they were stored")
    mend = "Set it again in the settings window, or in settings.json."
    return Check(name="settings", verdict=Verdict.WARN, says=" ".join(notices), mend=mend)


def _engine_checks(reader: PortReader, settings: Settings) -> Iterator[Check]:
    for event in reader.run(InspectEngine()):
        if isinstance(event, EngineInspected):
            yield _device(event)
            yield _blas(event)
    for event in reader.run(ListModels()):
        if isinstance(event, ModelsListed):
            yield _model(event.models, settings.models.model)
    for event in reader.run(InspectVault()):
        if isinstance(event, VaultInspected):
            yield _vault(event)


def _device(engine: EngineInspected) -> Check:
    says = (
        f"{engine.device.upper()}, {engine.device_name}, {engine.compute_dtype}; "
        f"models may use {as_bytes(engine.limit_bytes)}"
    )
    return Check(name="device", verdict=Verdict.OK, says=says)


def _blas(engine: EngineInspected) -> Check:
    if engine.blas != "reference":
        return Check(name="blas", verdict=Verdict.OK, says=engine.blas)
    return Check(
        name="blas",
        verdict=Verdict.WARN,
        says="the reference BLAS, 25 to 50 times slower than OpenBLAS",
        mend="Run `make setup`, which installs cmeel-openblas.",
    )


def _vault(found: VaultInspected) -> Check:
    """What can be said without opening it, for opening may ask the user for something."""
    status = found.status
    ways = [
        word
        for word, is_there in (
            ("passphrase", status.has_passphrase),
            ("keychain", status.has_keychain_key),
            ("recovery key", status.has_recovery_key),
        )
        if is_there
    ]
    if not ways:
        says = status.message or "none yet"
        return Check(name="vault", verdict=Verdict.OK, says=says)
    says = f"opened by {', '.join(ways)}"
    if ways == ["keychain"]:
        mend = "So that a lost keychain loses nothing, type: python -m app vault recovery"
        return Check(name="vault", verdict=Verdict.WARN, says=f"{says} alone", mend=mend)
    return Check(name="vault", verdict=Verdict.OK, says=says)


def _model(cards: tuple[ModelCard, ...], chosen: str) -> Check:
    card = next((card for card in cards if card.id == chosen), None)
    if card is None:
        return Check(
            name="model",
            verdict=Verdict.WARN,
            says=f"{chosen} is not in the catalogue; it is looked at when it is loaded",
            mend="`python -m app models list` shows those that are.",
        )
    says = f"{card.name}, {as_count(card.parameters)} parameters, {card.licence}"
    if card.fits is False:
        mend = "Choose a smaller one: `python -m app models list` shows which fit."
        return Check(name="model", verdict=Verdict.FAIL, says=f"{says}; does not fit", mend=mend)
    if card.state in (ModelState.OFFERED, ModelState.PARTIAL):
        mend = f"Type: python -m app models fetch {card.id}"
        says = f"{says}; not on this machine yet"
        return Check(name="model", verdict=Verdict.WARN, says=says, mend=mend)
    return Check(name="model", verdict=Verdict.OK, says=f"{says}; on this machine")


def _show(check: Check, console: Console) -> None:
    console.write(f"{_MARKS[check.verdict]}  {check.name:<10} {check.says}\n")
    if check.mend:
        console.write(f"{'':<17}{check.mend}\n")


def _json(check: Check) -> dict[str, str]:
    return {
        "name": check.name,
        "verdict": check.verdict.value,
        "says": check.says,
        "mend": check.mend,
    }


def _summary(found: list[Check]) -> str:
    failed = sum(check.verdict is Verdict.FAIL for check in found)
    warned = sum(check.verdict is Verdict.WARN for check in found)
    if failed:
        return f"{failed} to mend before everything works, {warned} to know about."
    if warned:
        return f"Everything works; {warned} to know about."
    return "Everything works."
