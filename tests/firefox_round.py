"""A smaller round with Debian's Firefox: policy, files without a network, print. Run by ``make firefox``."""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from conftest import PAGES, serve
from marionette_driver.marionette import Marionette
from pypdf import PdfReader

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marionette]:
    """One Firefox without a network: whatever is not a file or this machine goes to a proxy that is not there."""
    assert FIREFOX, "Firefox is not there: make firefox installs Debian's, where it may"
    profile = tmp_path_factory.mktemp("profile")
    quiet = {
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": 9,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": 9,
        "network.proxy.allow_hijacking_localhost": False,
        "marionette.port": 2829,
        "devtools.console.stdout.content": True,
    }
    lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in quiet.items()]
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", 2829), timeout=1):
            break
        time.sleep(0.2)
    client = Marionette(host="127.0.0.1", port=2829)
    client.start_session()
    client.timeout.script = 30
    yield client
    process.terminate()
    process.wait()


# Errors of a page as it hears them itself, from before its own scripts on: the policy's, scripts', and loads'.
LISTEN = """
window.amiss = [];
const hear = (kind, told) => document.addEventListener(kind, event => amiss.push(String(told(event))), true);
window.addEventListener("error", event => amiss.push(event.message || "not loaded: " + event.target.outerHTML), true);
window.addEventListener("unhandledrejection", event => amiss.push(String(event.reason)));
hear("securitypolicyviolation", event => event.violatedDirective + " " + event.blockedURI);
"""
WALK = """
const [resolve] = arguments;
(async () => {
  for (const chart of document.querySelectorAll("[data-chart]")) {
    chart.scrollIntoView();
    window.dispatchEvent(new Event("scroll"));
    for (let tries = 0; tries < 100 && !chart.classList.contains("alive"); tries++) {
      await new Promise(done => setTimeout(done, 100));
    }
  }
  resolve([document.querySelectorAll("[data-chart]:not(.alive)").length,
           document.documentElement.scrollWidth - document.documentElement.clientWidth, window.amiss]);
})();
"""


@pytest.mark.parametrize("start", ["files", "host"])
def test_every_page_draws_its_charts_under_its_policy(start: str, firefox: Marionette, book: Path) -> None:
    with serve(book) as host:
        base = book.as_uri() if start == "files" else host
        for name in PAGES:
            firefox.navigate(f"{base}/{name}.html")
            firefox.execute_script(LISTEN, sandbox=None, new_sandbox=False)
            still, wide, amiss = firefox.execute_async_script(WALK, sandbox=None, new_sandbox=False)
            assert not still, f"{name}: {still} charts stayed pictures"
            assert wide <= 0, f"{name} scrolls sideways"
            assert not amiss, f"{name}: {amiss}"


@pytest.mark.parametrize("start", ["files", "host"])
def test_the_policy_stops_what_is_not_the_books(start: str, firefox: Marionette, book: Path) -> None:
    with serve(book) as host:
        firefox.navigate(f"{book.as_uri() if start == 'files' else host}/chapters/method.html")
        ran = firefox.execute_async_script(
            """
            const [resolve] = arguments;
            const script = document.createElement("script");
            script.textContent = "document.documentElement.dataset.ran = 'script'";
            const image = document.createElement("img");
            image.setAttribute("onerror", "document.documentElement.dataset.ran = 'handler'");
            image.src = "none.png";
            document.body.append(script, image);
            setTimeout(() => resolve(document.documentElement.dataset.ran || ""), 500);
            """,
            sandbox=None,
        )
        assert ran == ""


def test_the_search_finds_a_name_from_files(firefox: Marionette, book: Path) -> None:
    firefox.navigate(f"{book.as_uri()}/search.html?q=Nujaba")
    found = firefox.execute_async_script(
        """
        const [resolve] = arguments;
        let tries = 0;
        const timer = setInterval(() => {
          const link = document.querySelector("#search-results li a");
          if (link || ++tries > 100) { clearInterval(timer); resolve(link ? link.href : ""); }
        }, 100);
        """,
        sandbox=None,
    )
    assert found.endswith("militias.html#profile-nujaba")


def test_a_page_prints_whole_and_without_the_site_around_it(firefox: Marionette, book: Path) -> None:
    firefox.navigate(f"{book.as_uri()}/chapters/checked.html")
    printed = firefox._send_message("WebDriver:Print", {"background": True})
    content = printed["value"] if isinstance(printed, dict) else printed
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(base64.b64decode(content))).pages)
    assert "What the brief leaves unsaid" in text
    assert "V69" in text, "a hidden row is not printed"
    for chrome in ("Contents and search", "Filter these rows", "Copy with source", "Skip to content"):
        assert chrome not in text
