"""The section `[tickets]` of dispatch.toml: which source, how it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, Strict, field_validator, model_validator

from dispatch.fieldwork import Identifier  # noqa: TC001 - pydantic resolves it at run time
from dispatch.service.sections import TomlSection

# Hosts that are reached without a network.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The mapping that is chosen by what a file's headings are.
AUTO = "auto"
_Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
_File = Annotated[Path, Strict(False)]
SearchType = Literal[
    "contains", "notcontains", "equals", "notequals", "lessthan", "morethan", "under", "notunder"
]


class Criterion(TomlSection):
    """One more condition on GLPI's tickets, as in its search form."""

    field: Identifier
    """"table.field" of a search option, such as "glpi_groups.completename", or its number."""
    searchtype: SearchType
    value: Identifier


class GlpiSection(TomlSection):
    """GLPI's REST API. Tokens stand in the environment, never in a file."""

    url: Identifier
    """Of apirest.php."""
    app_token_env: _Variable = "GLPI_APP_TOKEN"
    """Environment variable with the API client's App-Token; unset where none is asked for."""
    user_token_env: _Variable = "GLPI_USER_TOKEN"
    """Environment variable with the user's remote access key."""
    allow_http: bool = False
    """Whether tokens may travel unencrypted to a host other than this one."""
    locations: bool = True
    """Whether GLPI's own locations (address, latitude, longitude) are read as well."""
    criteria: Annotated[tuple[Criterion, ...], Strict(False)] = ()
    """Conditions besides "not solved", such as a group of technicians."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        try:
            parts = urlsplit(self.url)
            host = parts.hostname
        except ValueError:
            parts, host = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not host:
            msg = "url must be an address such as https://glpi.example.org/apirest.php"
            raise ValueError(msg)
        if parts.username or parts.password or parts.query:
            msg = "url must hold no name, password or query: tokens stand in the environment"
            raise ValueError(msg)
        if parts.scheme == "http" and host not in LOOPBACK and not self.allow_http:
            msg = "url: tokens would travel unencrypted; use https, or set allow_http = true"
            raise ValueError(msg)
        return self


class TicketsSection(TomlSection):
    """Where tickets come from."""

    source: Literal["file", "folder", "glpi"]
    path: _File | None = None
    """The file (CSV, XLSX) or the folder of such files."""
    mapping: Identifier | None = None
    """How columns and values are read: name of a bundled mapping ("glpi"), a file (TOML), or "auto"
    (by a file's headings); left out: files as docs/formats.md describes visits, GLPI by the bundled
    mapping."""
    sites: _File | None = None
    """Known places (CSV): name, lon, lat, insee, address."""
    geocode: bool = True
    """Whether addresses without a position are looked up (`[geocoding]` of the service file)."""
    cache: _File | None = None
    """Folder of the looked-up addresses; left out: the user's cache folder."""
    number_rows: bool = False
    """Whether the rows of a file without a column of ids are named by their lines; such names
    change with the file, so a night should not rest on them."""
    glpi: GlpiSection | None = None

    @field_validator("path", "sites", "cache", mode="before")
    @classmethod
    def _is_text(cls, value: object) -> object:
        if not isinstance(value, str | Path | None):
            msg = "must be text, in quotes"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.source == "glpi" and self.glpi is None:
            msg = 'source = "glpi" needs a section [tickets.glpi] with its url'
            raise ValueError(msg)
        if self.source != "glpi" and self.path is None:
            msg = f'source = "{self.source}" needs a path'
            raise ValueError(msg)
        return self

    def beside(self, folder: Path) -> Self:
        """
        Return the section with its relative paths made relative to a folder.

        Parameters
        ----------
        folder
            The folder of dispatch.toml.
        """
        moved = {
            name: folder / value
            for name in ("path", "sites", "cache")
            if (value := getattr(self, name)) is not None
        }
        if self.mapping is not None and self.mapping.endswith(".toml"):
            moved["mapping"] = str(folder / self.mapping)
        return self.model_copy(update=moved)


def section_of(
    path: Path, *, mapping: str | None, sites: Path | None, geocode: bool
) -> TicketsSection:
    """
    Return the section that a file named on the command line means.

    `dispatch plan` and `dispatch tickets check` both ask here, so that they read a file alike.

    Parameters
    ----------
    path
        A file, or a folder of files.
    mapping
        Name or file; None: by the headings of each file.
    sites, geocode
        As in the section.
    """
    return TicketsSection(
        source="folder" if path.is_dir() else "file",
        path=path,
        mapping=AUTO if mapping is None else mapping,
        sites=sites,
        geocode=geocode,
        number_rows=True,
    )
