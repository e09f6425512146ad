"""A real Chromium with no network, that notes whatever a page tries to do."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from playwright.sync_api import Browser, Page

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESK, PHONE, WALL = (1400, 900), (360, 740), (1920, 1080)
# By how much the clock has moved on when a page that was opened at a time stands still.
SETTLED = timedelta(seconds=20)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless Chromium; skip the test, saying why, where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine: pages are not opened")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """A page opened from a file, and all that it did: dialogs, errors, requests."""

    def __init__(self, page: Page, path: Path, hash_: str = "") -> None:
        self.page = page
        self.events: list[str] = []
        self.requests: list[str] = []
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.events.append(f"error: {error}"))
        page.on("console", lambda message: self.events.append(f"console: {message.text}"))
        page.on("popup", lambda _: self.events.append("a window opened"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri() + hash_)
        # Whatever is put off runs now.
        page.wait_for_timeout(200)

    def _dialog(self, dialog: object) -> None:
        self.events.append(f"dialog: {dialog.message}")  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]


@contextmanager
def visit(
    browser: Browser,
    path: Path,
    size: tuple[int, int] = DESK,
    *,
    at: datetime | None = None,
    hash_: str = "",
    **options: Any,  # noqa: ANN401 - those of playwright's new_context
) -> Iterator[Visitor]:
    """
    Yield a page of a file, in a window of a size (pixels), with the network off.

    `at` is what the page takes for the present; time then stands until it is told to run.
    `hash_` is added to the address. Other options are the browser's, as `color_scheme="dark"`.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, offline=True, locale="fr-FR", **options
    )
    context.route(
        "**/*",
        lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort(),
    )
    try:
        page = context.new_page()
        if at is not None:
            page.clock.install(time=at)
        visitor = Visitor(page, path, hash_)
        if at is not None:
            page.clock.pause_at(at + SETTLED)
        yield visitor
    finally:
        context.close()
