"""The check of links tells what is there, moved, gone, blocked and silent; against a server of this machine."""

import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import links
import pytest
import requests
from conftest import append, replace
from urllib3.exceptions import MaxRetryError, NameResolutionError

from book import data

CODES = {"there": 200, "gone": 404, "removed": 410, "forbidden": 403, "teapot": 418, "broken": 500, "busy": 429}
HOPS = {"moved": (301, "/there"), "passing": (302, "/there"), "home": (301, "/"), "circle": (301, "/circle")}
COPY = "http://web.archive.org/web/20240201000000/http://example.org/gone"


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    """A host with a page of each kind, and an archive that has a copy of ``/gone``; counts what it is asked."""
    asked: Counter[str] = Counter()
    agents: set[str] = set()
    at_once = SimpleNamespace(now=0, most=0)
    lock = Lock()

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = urlsplit(self.path).path.strip("/")
            with lock:
                asked[name] += 1
                agents.add(self.headers["User-Agent"])
                at_once.now += 1
                at_once.most = max(at_once.most, at_once.now)
            code, to = HOPS.get(name, (CODES.get(name, 200), ""))
            if name == "recovers" and asked[name] == 1:
                code = 503
            time.sleep(0.01)  # so that two at once would meet
            body = b""
            if name == "available":
                closest = {"available": True, "url": COPY, "status": "200"}
                wanted = parse_qs(urlsplit(self.path).query)["url"][0]
                body = json.dumps({"archived_snapshots": {"closest": closest} if "/gone" in wanted else {}}).encode()
            with lock:
                at_once.now -= 1
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            if to:
                self.send_header("Location", to)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{running.server_port}"
        yield SimpleNamespace(base=base, archive=f"{base}/available", asked=asked, agents=agents, at_once=at_once)
        running.shutdown()


def link(url: str, archived: str = "") -> links.Link:
    return links.Link(url, ("data/x.csv, row 2, column url",), archived)


@pytest.mark.parametrize(
    ("name", "state", "why"),
    [
        ("there", "ok", "200"),
        ("passing", "ok", "200"),
        ("recovers", "ok", "200"),
        ("moved", "moved", "301"),
        ("gone", "dead", "404"),
        ("removed", "dead", "410"),
        ("home", "dead", "it leads to a front page"),
        ("forbidden", "blocked", "403"),
        ("teapot", "blocked", "418"),
        ("busy", "blocked", "429"),
        ("broken", "unreachable", "500"),
        ("circle", "unreachable", "it leads in a circle"),
    ],
)
def test_a_link_is_told_by_what_its_host_answers(name: str, state: str, why: str, server: SimpleNamespace) -> None:
    answer = links.ask(link(f"{server.base}/{name}"), links.session(0))
    assert (answer.state, answer.why) == (state, why)
    assert answer.now == (f"{server.base}/there" if state == "moved" else "")
    assert server.asked[name] == {"recovers": 2, "broken": 3, "busy": 3, "circle": 31}.get(name, 1)
    assert all("two-tough-scenarios" in agent for agent in server.agents)


def test_a_front_page_that_moves_is_not_dead(server: SimpleNamespace) -> None:
    response = requests.Response()
    response.status_code, response.url = 200, f"{server.base}/"
    response.history = [SimpleNamespace(status_code=301)]  # type: ignore[list-item]
    assert links._of_response(link("http://127.0.0.1/"), response).state == "moved"


def test_a_host_that_does_not_exist_is_dead_and_one_that_is_silent_is_not() -> None:
    def unknown(number: int) -> links.Answer:
        error = NameResolutionError("nowhere.invalid", None, socket.gaierror(number, "no"))  # type: ignore[arg-type]
        error.__cause__ = socket.gaierror(number, "no")
        fault = requests.ConnectionError(MaxRetryError(None, "/", error))  # type: ignore[arg-type]
        return links._of_fault(link("http://nowhere.invalid"), fault)

    assert unknown(socket.EAI_NONAME).state == "dead"
    assert unknown(socket.EAI_AGAIN).state == "unreachable"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/page"
    assert links.ask(link(address), links.session(0)).state == "unreachable"


def test_a_host_is_asked_for_one_page_at_a_time_and_left_alone_when_it_is_silent(server: SimpleNamespace) -> None:
    found = [link(f"{server.base}/there?{number}") for number in range(6)]
    found += [link(f"{server.base}/broken?{number}") for number in range(6)]
    answers = links.ask_all(found, links.session(0), pause=0)
    assert [answer.link for answer in answers] == found
    assert server.at_once.most == 1
    assert server.asked["broken"] == 3 * links.PATIENCE
    assert [answer.why for answer in answers[-3:]] == ["its host did not answer"] * 3


def test_a_dead_link_gets_our_copy_else_that_of_the_archive_else_none(server: SimpleNamespace) -> None:
    own = "https://example.org/copy"
    dead = [link(f"{server.base}/gone"), link(f"{server.base}/removed"), link(f"{server.base}/gone?2", own)]
    with_all = [links.ask(one, links.session(0)) for one in [*dead, link(f"{server.base}/there")]]
    told = links.with_copies(with_all, links.session(0), server.archive, pause=0)
    assert [answer.now for answer in told] == [COPY.replace("http:", "https:", 1), "", own, ""]
    assert server.asked["available"] == 2
    assert links.copy_of(f"{server.base}/gone", links.session(0), f"{server.base}/broken") == ""


def cited(folder: Path, url: str, archived: str = "") -> None:
    append("data/record/sources.csv", f"S999,Title,Publisher,{url},news,Iraq,en,{archived}\n")(folder)


def test_every_address_of_data_and_pages_is_found_with_its_place(data_copy: Path) -> None:
    cited(data_copy, "https://example.org/new", "https://example.org/copy")
    (data_copy / "README.md").write_text("See [it](https://example.org/a_(b)), or https://example.org/c.\n")
    found = {link.url: link for link in links.links(data_copy)}
    rows = len(data.load("sources", data_copy)) + 1
    assert found["https://example.org/new"].places == (f"data/record/sources.csv, row {rows}, column url",)
    assert found["https://example.org/new"].archived == "https://example.org/copy"
    assert found["https://example.org/a_(b)"].places == found["https://example.org/c"].places == ("README.md, line 1",)
    for table in ("sources", "citations"):
        assert set(data.load(table)["url"]) - {""} <= found.keys()
    assert {entry["path"] for entry in data.package()["sources"]} <= found.keys()


@pytest.mark.parametrize("url", ["example.org/page", "https://", "http://[broken"])
def test_an_address_that_is_none_is_named_and_nothing_is_asked(
    url: str, data_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cited(data_copy, url)
    assert links.main(data_copy) == 2
    rows = len(data.load("sources", data_copy)) + 1
    assert f"data/record/sources.csv, row {rows}, column url: '{url}'; allowed: an address" in capsys.readouterr().err
    replace("data/datapackage.json", "{", "(")(data_copy)
    assert links.main(data_copy) == 2


def only(monkeypatch: pytest.MonkeyPatch, *found: links.Link) -> None:
    monkeypatch.setattr(links, "links", lambda root: list(found))


def test_the_report_names_each_link_its_places_and_what_to_do(
    server: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("there", "gone", "removed", "moved", "forbidden", "broken")
    only(monkeypatch, *(link(f"{server.base}/{name}") for name in names))
    assert links.main(tmp_path, server.archive, pause=0, backoff=0) == 0
    text = (tmp_path / "_build/links.md").read_text("utf-8")
    assert "6 links: 2 dead, 1 moved, 1 unreachable, 1 blocked, 1 ok." in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Dead",
        "## Moved",
        "## Unreachable",
        "## Blocked",
    ]
    assert f"copy: <{COPY.replace('http:', 'https:', 1)}>" in text
    assert "no copy found" in text
    assert f"now at <{server.base}/there>" in text
    assert text.count("cited in data/x.csv, row 2, column url") == 5
    printed = capsys.readouterr().out
    assert all(f"{server.base}/{name}" in printed for name in names[1:])


def test_without_a_network_there_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    only(monkeypatch, link("http://one.invalid"), link(f"http://{quote('two')}.invalid"))
    assert links.main(tmp_path, pause=0, backoff=0) == 2
    assert "No host answered at all" in capsys.readouterr().err
    assert not (tmp_path / "_build").exists()


def no_names(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
