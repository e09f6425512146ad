"""`python scripts/audit.py`: is a flaw known of any version in constraints.txt? Needs pip-audit.

Ends with 1 where one is known; with 0 and a note where the data cannot be had. pip-audit alone
ends with 0 as well for packages that it could not ask about: here they are counted and told.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
COMMAND = [
    sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS), "--no-deps",
    "--disable-pip", "--format", "json", "--progress-spinner", "off",
]  # fmt: skip
TIMEOUT_S = 600


def main() -> int:
    """Ask, and tell what is known."""
    try:
        ran = subprocess.run(
            COMMAND, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        packages = json.loads(ran.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        print("SKIPPED: no answer in time; nothing was audited")
        return 0
    except (ValueError, KeyError):
        missing = "No module named pip_audit" in ran.stderr
        why = "pip-audit is not installed (pip install pip-audit)" if missing else ran.stderr[-500:]
        print(f"SKIPPED: nothing was audited: {why}")
        return 0
    asked = [package for package in packages if "skip_reason" not in package]
    flawed = [package for package in asked if package["vulns"]]
    for package in flawed:
        for flaw in package["vulns"]:
            mended = ", ".join(flaw["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {flaw['id']}, mended in {mended}")
    unknown = len(packages) - len(asked)
    print(f"{len(asked)} packages audited, {len(flawed)} with known flaws, {unknown} not audited")
    if not asked:
        print("SKIPPED: the data cannot be had here; nothing was audited")
    return 1 if flawed else 0


if __name__ == "__main__":
    raise SystemExit(main())
