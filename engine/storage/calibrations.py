"""Save and load calibrators, each with what it is worth; a new one takes the old one's place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any

from engine.contract.calibration import CalibrationReport
from engine.contract.errors import VaultDamagedError
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.plain_json import rebuilt

KIND = "calibration"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCalibration:
    """One calibrator.

    Attributes:
        report: Whose it is, for which questions, and what it is worth.
        calibrator: Itself, as values of JSON.
        lens_layers: Where the lens read while its answers were measured.
        attention_layers: Whose attention was read.
    """

    report: CalibrationReport
    calibrator: Mapping[str, Any] = field(default_factory=dict)
    lens_layers: tuple[int, ...] = ()
    attention_layers: tuple[int, ...] = ()


def save_calibration(writer: Writer, codec: Codec, kept: KeptCalibration, now_s: float) -> None:
    """It is kept, in place of one for the same model, temperature and condition."""
    body = json.dumps(
        {
            "report": asdict(kept.report),
            "calibrator": dict(kept.calibrator),
            "lens_layers": kept.lens_layers,
            "attention_layers": kept.attention_layers,
        }
    )
    writer.execute(
        """INSERT INTO records (id, kind, parent_id, body, created_at_s, updated_at_s, raw_bytes)
        VALUES (?, ?, NULL, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET body = excluded.body, updated_at_s = excluded.updated_at_s,
            raw_bytes = excluded.raw_bytes""",
        (_id_of(kept.report), KIND, codec.pack("record", body), now_s, now_s, len(body)),
    )


def load_calibrations(reader: Reader, codec: Codec, model_key: str) -> tuple[KeptCalibration, ...]:
    """Every calibrator of this model, the latest first."""
    rows = reader.execute(
        "SELECT id, body FROM records WHERE kind = ? ORDER BY updated_at_s DESC, row DESC", (KIND,)
    ).fetchall()
    found = [_read(codec, id_, body) for id_, body in rows]
    return tuple(kept for kept in found if kept is not None and kept.report.model_key == model_key)


def _id_of(report: CalibrationReport) -> str:
    key = json.dumps([report.model_key, report.temperature, report.condition])
    return f"calibration_{blake2b(key.encode(), digest_size=12).hexdigest()}"


def _read(codec: Codec, id_: str, body: bytes) -> KeptCalibration | None:
    """The calibrator of a row; None if a foreign backup made another thing of it."""
    try:
        values = json.loads(codec.unpack(body))
        kept = KeptCalibration(
            report=rebuilt(CalibrationReport, values["report"]),
            calibrator=dict(values["calibrator"]),
            lens_layers=tuple(map(int, values["lens_layers"])),
            attention_layers=tuple(map(int, values["attention_layers"])),
        )
    except (ValueError, TypeError, KeyError, VaultDamagedError):
        return None
    return kept if _id_of(kept.report) == id_ else None
