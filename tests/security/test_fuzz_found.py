"""What fuzzing found, and reading the source beside it: what crashed is refused now."""

from __future__ import annotations

import io
import sqlite3
import zipfile

import numpy as np
import pytest

from dispatch.assess.ledger import RUN_FILE, Ledger
from dispatch.errors import InputError
from dispatch.nightly.lock import HOLDER, holder
from dispatch.sheets.calendar_file import read_calendar
from dispatch.store import Store
from dispatch.streets.files import read_network
from dispatch.streets.network_cache import recall
from dispatch.territory import read_communes
from tests.folder.test_read import DAY

DEEP = "[" * 100_000


def _archive(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def _array(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    "part", [b"no array", b"", _array(b"{'descr': '''\n"), _array(b"(" * 200), _array(b"\xff\n")]
)
def test_a_part_of_a_network_that_is_no_array_is_refused(part):
    """Bytes come out of numpy as they are; headers go through Python's tokenizer."""
    for name in ("about.npy", "lon.npy"):
        with pytest.raises(InputError, match="dispatch network build"):
            read_network(_archive({name: part}), "n.npz", "n", "")


def test_a_kept_network_that_is_damaged_is_read_anew(tmp_path):
    """Whatever is wrong with it: it only costs time."""
    path = tmp_path / "k.npz"
    np.savez_compressed(path, allow_pickle=False, node_ids=np.arange(1000))
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30
    for spoilt in (bytes(content), _archive({"node_ids.npy": _array(b"{'descr': '''\n")}), b""):
        path.write_bytes(spoilt)
        assert recall(path) is None


@pytest.mark.parametrize("zone", ["{" * 300, "../../../../etc/passwd", "/etc/passwd"])
def test_a_calendars_time_zone_is_no_way_to_a_file(zone):
    """Icalendar looks for it among the files of time zones."""
    lines = [
        "BEGIN:VCALENDAR", f"X-DISPATCH-DAY:{DAY.isoformat()}", "BEGIN:VEVENT", "UID:u",
        f"DTSTART;TZID={zone}:20261125T080000", f"DTEND;TZID={zone}:20261125T090000",
        "SUMMARY:x", "STATUS:CONFIRMED", "SEQUENCE:0", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    with pytest.raises(InputError, match="is not the calendar"):
        read_calendar("\r\n".join(lines).encode(), DAY, "c.ics")


def test_names_in_a_damaged_store_need_not_be_text(tmp_path):
    """SQLite's own message then holds bytes that Python cannot read."""
    path = tmp_path / "s.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE alembic_version (version_num TEXT)")
    made.close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"tablealembic_version", b"tablealembic_versi\xff\xfe"))
    with pytest.raises(InputError, match=r"s\.db: is damaged"):
        Store.open(str(path), create=False)


def test_json_without_an_end_is_refused(tmp_path):
    """Python's parser gives up with an error of its own kind."""
    (tmp_path / HOLDER).write_text(DEEP)
    assert holder(tmp_path) == ""
    (tmp_path / RUN_FILE).write_text(DEEP)
    with pytest.raises(InputError, match="cannot be read"):
        Ledger(tmp_path, None)  # type: ignore[arg-type]
    (tmp_path / "communes.geojson").write_text(DEEP)
    with pytest.raises(InputError, match="cannot be read as GeoJSON"):
        read_communes(tmp_path / "communes.geojson")
