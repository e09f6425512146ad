"""Write deploy/sbom.cdx.json: the bill of materials of what deploy/requirements.txt installs.

CycloneDX 1.6, from the metadata of the installed packages; the same packages give the same
bytes (no time, no serial number). Run it with the Python of an environment in which they are
installed, on Linux with CPython::

    .venv/bin/python scripts/sbom.py
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from importlib.metadata import Distribution

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "deploy" / "sbom.cdx.json"
EXTRA = "postgres"

# What older metadata says in words, as SPDX names it. "BSD License" and the like are left as they
# are: they do not say which one.
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "BSD 3-Clause": "BSD-3-Clause",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
IDENTIFIERS = {*SPDX.values(), "BSD-2-Clause", "PSF-2.0"}


def main() -> None:
    """Write the file; end with a message where something is not installed as it is locked."""
    TARGET.write_text(
        json.dumps(bill(locked()), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def locked() -> dict[str, str]:
    """Return the version of each package that this system installs, by name."""
    text = (ROOT / "deploy" / "requirements.txt").read_text(encoding="utf-8")
    wanted = {}
    for line in re.findall(r"^[^\s#][^\\\n]*", text, re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            (only,) = requirement.specifier
            wanted[canonicalize_name(requirement.name)] = only.version
    return wanted


def bill(wanted: dict[str, str]) -> dict[str, Any]:
    """Return the bill of materials of packages, given their versions by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # The program is in no package index; the one of its name there is another.
    ours = f"pkg:generic/{project['name']}@{project['version']}"
    asked = [*project["dependencies"], *project["optional-dependencies"][EXTRA]]
    installed = {name: _installed(name, version) for name, version in wanted.items()}
    needs = needed(asked, installed)
    purls = {name: f"pkg:pypi/{name}@{version}" for name, version in wanted.items()}
    components = [
        {
            "type": "library",
            "bom-ref": purls[name],
            "name": name,
            "version": wanted[name],
            "licenses": licences(installed[name]),
            "purl": purls[name],
        }
        for name in sorted(wanted)
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": ours,
            }
        },
        "components": components,
        "dependencies": [
            {
                "ref": purls.get(name, ours),
                "dependsOn": sorted(purls[one] for one in needs.get(name, ())),
            }
            for name in ("", *sorted(wanted))
        ],
    }


def needed(asked: list[str], installed: dict[str, Distribution]) -> dict[str, set[str]]:
    """Return the packages that each package needs on this system; "" stands for the program."""
    needs: dict[str, set[str]] = {}
    extras: dict[str, set[str]] = {}
    waiting = [("", Requirement(text)) for text in asked]
    while waiting:
        by, requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        known = extras.get(name)
        needs.setdefault(by, set()).add(name)
        if known is not None and requirement.extras <= known:
            continue
        extras[name] = {"", *(known or ()), *requirement.extras}
        for inner in map(Requirement, installed[name].requires or []):
            if inner.marker is None or any(
                inner.marker.evaluate({"extra": extra}) for extra in extras[name]
            ):
                waiting.append((name, inner))
    return needs


def licences(found: Distribution) -> list[dict[str, Any]]:
    """
    Return the licences that a package states.

    An SPDX expression counts before a field that holds an SPDX identifier, this before the
    classifiers, and these before other text.
    """
    stated = found.metadata.get("License-Expression")
    if stated:
        return [{"expression": stated}]
    field = (found.metadata.get("License") or "not stated").splitlines()[0].strip()
    classifiers = {
        line.rsplit(" :: ", 1)[1]
        for line in found.metadata.get_all("Classifier") or []
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    }
    words = {field} if SPDX.get(field, field) in IDENTIFIERS else classifiers or {field}
    return [{"license": _licence(word)} for word in sorted(words)]


def _licence(word: str) -> dict[str, str]:
    known = SPDX.get(word, word)
    return {"id": known} if known in IDENTIFIERS else {"name": known}


def _installed(name: str, version: str) -> Distribution:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        sys.exit(f"{name} is not installed; install what constraints.txt pins, with .[postgres]")
    if found.version != version:
        sys.exit(f"{name} is installed as {found.version} and locked as {version}")
    return found


if __name__ == "__main__":
    main()
