"""The job's own file, dispatch.toml: places of files, days off, log, metrics, notification.

The service file describes the service: centres, technicians, costs, retention. Neither file holds
secrets: tokens and passwords come from the environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, Strict, ValidationError, field_validator, model_validator

from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Identifier  # noqa: TC001 - likewise
from dispatch.files.positions import faults_of
from dispatch.files.textfile import parse_toml, read_text
from dispatch.nightly.limits import LimitsSection
from dispatch.service.sections import Clock, TomlSection
from dispatch.solve.efforts import EffortName  # noqa: TC001 - likewise
from dispatch.store.address import holds_password
from dispatch.streets.roads import BUNDLED
from dispatch.tickets.section import TicketsSection  # noqa: TC001 - likewise
from dispatch.wording.catalogue import Language  # noqa: TC001 - likewise
from dispatch.wording.languages import DEFAULT

CONFIG_FORMAT = "dispatch-config/1"
# The file is written by hand and has a kilobyte or two.
CONFIG_MAX_MB = 1
# Faults do not show values of such keys: somebody may have written the secret itself there.
SECRET = re.compile(r"(?:url|token|password|secret|env|key)\w*$", re.IGNORECASE)
FILE_URL = "sqlite:///"
_File = Annotated[Path, Strict(False)]


class PlanSection(TomlSection):
    """Inputs of the planning, its effort, and the folder of its results."""

    out: _File
    """Folder of the days' folders, and of `latest`."""
    service: _File | None = None
    """Service file; left out: the bundled one."""
    roster: _File | None = None
    """Technicians (CSV); left out: those of the service file."""
    absences: _File | None = None
    """Who is away, from when to when (CSV); left out: nobody."""
    network: Identifier | None = None
    """As `dispatch plan --network`; left out: as the service file says."""
    traffic: bool | None = None
    """Whether travel follows the time of day; left out: as the service file says."""
    effort: EffortName = "standard"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    workers: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Processes; left out: one a processor. The plans do not depend on it."""
    time_limit_s: Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)] | None = None
    """Safety net of each centre's search; left out: none."""
    lang: Language = DEFAULT
    """Language of the pages."""

    @field_validator("out", "service", "roster", "absences", mode="before")
    @classmethod
    def _is_path(cls, value: object) -> object:
        return as_path(value)


class CalendarSection(TomlSection):
    """Exceptions from the rule: Monday to Friday, without France's public holidays."""

    closed: Annotated[tuple[date, ...], Strict(False)] = ()
    """Days on which nobody works all the same, such as bridging days."""
    worked: Annotated[tuple[date, ...], Strict(False)] = ()
    """Days that are worked all the same, such as a Monday of Pentecost or a Saturday."""
    day_begins: Clock
    """Before this hour the current day is still planned: a job that starts after midnight plans the
    coming morning."""
    furthest_days: Annotated[int, Field(ge=1, le=36_500)] = 31
    """A day further ahead is refused without `--force`: more likely a slip, or a wrong clock.
    Rounds are planned the evening before, or for the weeks of a closure at most."""
    longest_pause_days: Annotated[int, Field(ge=1, le=36_500)] = 14
    """After a longer pause between nights the clock is not believed without `--force`. A closure at
    the end of the year takes less; folders are kept for longer, so none is removed in between."""


class BacklogSection(TomlSection):
    """How deliveries of the ticket source are understood."""

    complete: bool = True
    """Whether it delivers all open tickets (an export, GLPI): a missing ticket was closed there.
    False: it delivers new tickets only, and does not open again what was planned or closed."""
    without_source: bool = True
    """Whether a night whose source cannot be read plans the backlog alone; false: nothing."""
    shrinks_at: Annotated[float, Field(gt=0, le=1)] | None = 0.33
    """A complete list in which at least that share of the tickets is missing is not believed: they
    stay open, and the night warns. A third: a bad day closes a fifth, a cut export loses most. null
    (or `dispatch nightly --accept-shrink`): it is believed."""
    shrinks_from: Annotated[int, Field(ge=1, le=100_000)] = 3
    """So many tickets at least; of fewer, a share says nothing."""


class StoreSection(TomlSection):
    """Where plans and backlog are kept."""

    url: Identifier
    """A file, or the address of a PostgreSQL database, without its password."""

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str) -> str:
        if holds_password(url):
            msg = "holds a password; take it out and set the environment variable PGPASSWORD"
            raise ValueError(msg)
        return url


class LogSection(TomlSection):
    """How the log is written: one event a line, on the error output."""

    format: Literal["text", "json"] = "text"


class MetricsSection(TomlSection):
    """Metrics of the last night, for Prometheus."""

    file: _File
    """In the folder of node_exporter's textfile collector; its name must end in `.prom`."""

    @field_validator("file", mode="before")
    @classmethod
    def _is_path(cls, value: object) -> object:
        if isinstance(value, str) and not value.endswith(".prom"):
            msg = "must end in .prom, or node_exporter does not read it"
            raise ValueError(msg)
        return as_path(value)


class NotifySection(TomlSection):
    """A command that is started after each night, with JSON on its input; never through a shell."""

    command: Annotated[tuple[Identifier, ...], Field(min_length=1), Strict(False)]
    """The program and its arguments."""
    timeout_s: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
    """Time limit of the command; the night goes on after it."""
    when: Literal["always", "trouble"] = "always"
    """Every night, or only when the exit code is not 0."""


class RetentionSection(TomlSection):
    """How long days' folders are kept."""

    folders_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Days after the planned day. Left out, or longer: as the service file's `[retention]` says of
    who did what and of tickets' texts, whichever is shorter."""


class NightConfig(TomlSection):
    """Everything that dispatch.toml says; once read, its paths are absolute."""

    format: Literal["dispatch-config/1"]
    plan: PlanSection
    calendar: CalendarSection
    tickets: TicketsSection
    store: StoreSection
    backlog: BacklogSection = BacklogSection()
    log: LogSection = LogSection()
    metrics: MetricsSection | None = None
    notify: NotifySection | None = None
    retention: RetentionSection = RetentionSection()
    limits: LimitsSection = LimitsSection()

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        both = sorted(set(self.calendar.closed) & set(self.calendar.worked))
        if both:
            msg = f"calendar: {both[0].isoformat()} is both closed and worked; remove it from one"
            raise ValueError(msg)
        return self

    def beside(self, folder: Path) -> NightConfig:
        """
        Return the configuration with its relative paths made relative to a folder.

        Parameters
        ----------
        folder
            The folder of dispatch.toml.
        """
        plan, metrics = self.plan, self.metrics
        files: dict[str, Any] = {
            name: folder / value
            for name in ("out", "service", "roster", "absences")
            if (value := getattr(plan, name)) is not None
        }
        if plan.network not in (None, BUNDLED) and (folder / plan.network).is_file():
            files["network"] = str(folder / plan.network)
        return self.model_copy(
            update={
                "plan": plan.model_copy(update=files),
                "tickets": self.tickets.beside(folder),
                "store": self.store.model_copy(update={"url": _url_beside(self.store.url, folder)}),
                "metrics": metrics and metrics.model_copy(update={"file": folder / metrics.file}),
            }
        )


@dataclass(frozen=True)
class _ConfigText:
    """The text and the name of the file, for faults."""

    text: str
    source: str

    def faults(self, error: ValidationError) -> list[Fault]:
        """Return the faults, without the values of keys that may hold a secret."""
        return [
            replace(fault, value=None) if _may_hold_a_secret(fault) else fault
            for fault in faults_of(error, self.source, self.text, "toml")
        ]


def _may_hold_a_secret(fault: Fault) -> bool:
    """Return whether a fault shows the value of a secret's key, or a whole section."""
    return bool(SECRET.search(fault.where)) or (fault.value or "").startswith(("{", "["))


def read_config(path: Path) -> NightConfig:
    """
    Read dispatch.toml; relative paths in it count from its own folder.

    Raises
    ------
    InputError
        When it cannot be read or breaks the format: every fault, with line and column.
    """
    text = read_text(path, max_mb=CONFIG_MAX_MB)
    document = parse_toml(text, path.name)
    try:
        config = NightConfig.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InputError(_ConfigText(text, path.name).faults(error)) from error
    return config.beside(path.parent.absolute())


def as_path(value: object) -> object:
    """Return a path's text unchanged; refuse any other value."""
    if isinstance(value, str) and (not value.strip() or "\0" in value):
        msg = "must be a path, not empty"
        raise ValueError(msg)
    if not isinstance(value, str | Path | None):
        msg = "must be text, in quotes"
        raise ValueError(msg)
    return value


def _url_beside(url: str, folder: Path) -> str:
    if url.startswith(FILE_URL):
        return FILE_URL + str(folder / url.removeprefix(FILE_URL))
    return url if "://" in url else str(folder / url)
