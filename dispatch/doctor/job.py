"""The job: its configuration, files, folder, roads, ticket source and store."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from dispatch.doctor.disks import examine_disk
from dispatch.doctor.finding import Finding, failed, guarded
from dispatch.errors import DispatchError, InputError
from dispatch.folder.write import refuse_unwritable
from dispatch.model.day import roads_of
from dispatch.nightly import shelf
from dispatch.nightly.calendar import next_working_day, now_in_paris, works_on
from dispatch.nightly.config import read_config
from dispatch.nightly.lock import holder, is_held
from dispatch.nightly.work import read_setting
from dispatch.store import Store
from dispatch.store.address import address_of
from dispatch.tickets.geocache import FILE
from dispatch.tickets.sources import cache_folder, open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from dispatch.nightly.config import NightConfig
    from dispatch.nightly.work import Setting

MB = 1_000_000
MONTH = 21  # working days
CONFIGURED = "configuration"
AS_TOLD = "as the message says"


def examine_job(path: Path) -> Iterator[Finding]:
    """
    Yield the findings on the job; checks that rest on a failed one are left out.

    Parameters
    ----------
    path
        dispatch.toml.
    """
    try:
        config = read_config(path)
        now = now_in_paris()
        day = next_working_day(now, config.calendar)
    except DispatchError as error:
        yield failed(CONFIGURED, error)
        return
    yield Finding(CONFIGURED, "ok", f"{path}; the next night plans {day.isoformat()}")
    yield guarded("folder", AS_TOLD, lambda: _folder(config))
    yield guarded("room", "free some of the disk", lambda: _room(config))
    yield guarded("runs", AS_TOLD, lambda: _runs(config))
    yield guarded("last night", AS_TOLD, lambda: _last_night(config, now.date()))
    yield guarded("store", AS_TOLD, lambda: _store(config))
    yield from _disks(config)
    if config.metrics is not None:
        metrics = config.metrics.file
        yield guarded("metrics", AS_TOLD, lambda: _writable("metrics", metrics))
    if config.notify is not None:
        program = config.notify.command[0]
        yield guarded("notification", AS_TOLD, lambda: _program(program))
    try:
        setting = read_setting(config, day)
    except DispatchError as error:
        yield failed("service", error)
        return
    yield _people(setting)
    yield guarded("roads", AS_TOLD, lambda: _roads(config, setting))
    yield guarded("tickets", AS_TOLD, lambda: _tickets(config, setting, day))


def _folder(config: NightConfig) -> Finding:
    out = config.plan.out
    refuse_unwritable(out, folder=True)
    around = out
    while not around.exists():
        around = around.parent
    # Root may write where the rights forbid it, so writing is tried.
    probe = around / f".dispatch-doctor.{os.getpid()}"
    try:
        probe.write_bytes(b"\0")
    except OSError as error:
        reason = error.strerror or str(error)
        return Finding("folder", "fail", f"{out}: cannot be written ({reason})", "free it")
    finally:
        probe.unlink(missing_ok=True)
    return Finding("folder", "ok", str(out))


def _room(config: NightConfig) -> Finding:
    """Compare the free space with the size of days: two must fit, and all that are kept."""
    out = config.plan.out
    around = out
    while not around.exists():
        around = around.parent
    free = shutil.disk_usage(around).free
    sizes = [_size(out / day.isoformat()) for day in shelf.days_of(out)]
    found = f"{free / MB:,.0f} MB free"
    if not sizes:
        return Finding("room", "ok", f"{found}; how much a day takes shows after the first night")
    largest = max(sizes)
    found += f"; a day takes up to {largest / MB:.1f} MB"
    if free < 2 * largest:
        return Finding("room", "fail", found, "free some of the disk: two days must fit")
    if free < max(len(sizes), MONTH) * largest:
        return Finding("room", "warn", found, "free some of the disk: it fills within a month")
    return Finding("room", "ok", found)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _runs(config: NightConfig) -> Finding:
    out = config.plan.out
    if is_held(out):
        remedy = "wait for its end"
        return Finding("runs", "warn", f"a run is at work{holder(out)}", remedy)
    unfinished = shelf.unfinished(out)
    if unfinished:
        remedy = "nothing: the next run puts it right"
        return Finding("runs", "warn", f"a run was killed; it left {len(unfinished)}", remedy)
    return Finding("runs", "ok", "none at work, none was killed")


def _last_night(config: NightConfig, today: date) -> Finding:
    days = shelf.days_of(config.plan.out)
    if not days:
        return Finding("last night", "ok", "none yet")
    day = today
    while not works_on(day, config.calendar):
        day -= timedelta(days=1)
    found = f"{days[-1].isoformat()} is the last day planned"
    if days[-1] < day:
        remedy = f"see the log; plan it now: dispatch nightly --date {day.isoformat()}"
        return Finding("last night", "warn", found, remedy)
    return Finding("last night", "ok", found)


def _store(config: NightConfig) -> Finding:
    url = config.store.url
    path = address_of(url).path
    if path is not None and not path.exists() and path.parent.is_dir():
        return Finding("store", "ok", f"{path}: none yet; the first night makes it")
    with Store.open(url, create=False) as store:
        store.check()
        nights = store.nights()
        return Finding("store", "ok", f"{store.shown}; nights kept: {len(nights)}")


def _disks(config: NightConfig) -> Iterator[Finding]:
    """Yield a finding for each database file that is on a network file system."""
    files = {"address cache": cache_folder(config.tickets) / FILE}
    with suppress(InputError):  # which the finding on the store tells
        path = address_of(config.store.url).path
        if path is not None:
            files["store's disk"] = path
    for name, path in sorted(files.items()):
        found = examine_disk(name, path)
        if found.state != "ok" or name == "store's disk":
            yield found


def _writable(name: str, path: Path) -> Finding:
    refuse_unwritable(path, folder=False)
    if not path.parent.is_dir():
        return Finding(name, "fail", f"{path.parent} is not there", "make the folder")
    return Finding(name, "ok", str(path))


def _program(program: str) -> Finding:
    found = shutil.which(program)
    if found is None:
        return Finding("notification", "fail", f"{program}: there is no such program", "install it")
    return Finding("notification", "ok", found)


def _people(setting: Setting) -> Finding:
    faults = setting.absences.faults
    working, all_ = len(setting.present), len(setting.roster)
    found = f"{len(setting.service.centres)} centres; {working} of {all_} technicians work"
    if faults:
        told = "; ".join(map(str, faults[:3]))
        return Finding("service", "warn", f"{found}; absences: {told}", "correct the absences")
    return Finding("service", "ok", found)


def _roads(config: NightConfig, setting: Setting) -> Finding:
    network = roads_of(setting.service, config.plan.network)
    found = f"{network.name}: {network.node_count:,} nodes"
    if network.approximate:
        remedy = "real streets: dispatch network build"
        return Finding("roads", "warn", f"{found}; an approximation", remedy)
    return Finding("roads", "ok", found)


def _tickets(config: NightConfig, setting: Setting, day: date) -> Finding:
    source = open_source(config.tickets, setting.service, setting.communes, setting.roster)
    delivery = source.fetch(day)
    found = f"{config.tickets.source}: {len(delivery.tickets)} tickets"
    if delivery.rejected:
        reasons = "; ".join(sorted({each.reason for each in delivery.rejected})[:3])
        found += f", {len(delivery.rejected)} rejected ({reasons})"
        remedy = "see them all: dispatch tickets check, or set-aside.csv of a night"
        return Finding("tickets", "warn", found, remedy)
    return Finding("tickets", "ok", found)
