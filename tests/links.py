"""Asks every address that the book cites whether it is still there: ``make linkcheck``.

Polite: one request at a time to a host, with a pause; what fails in passing is tried again. For what is dead it
proposes a copy: the one of our sources, else the Internet Archive's. Prints a table and writes ``_build/links.md``.
Exit code 0 even if links are dead, 2 if there is no network or the data cannot be read.
"""

import re
import socket
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NameResolutionError
from urllib3.util import Retry

from book import data

AGENT = "two-tough-scenarios-linkcheck (weekly check of the citations of an open book; no content is kept)"
ARCHIVE = "https://archive.org/wayback/available"  # https://archive.org/help/wayback_api.php
AT_ONCE, PAUSE, TIMEOUT = 16, 1.0, (10, 30)  # hosts; seconds between requests to one; seconds to connect, to answer
PATIENCE = 3  # so many links of a host without an answer, and its others are not tried
TEXTS = ("README.md", "CONTRIBUTING.md", "CITATION.cff", "index.md", "chapters/*.md")
PASSING = (429, 500, 502, 503, 504)  # what may be otherwise in a moment
URL = re.compile(r"https?://(?:\([^\s()<>]*\)|[^\s()<>\"'`|\]}])+")
GONE = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}  # there is no such host
STATES = {
    "dead": "The page or its host is gone, or all of the old site leads to its front page.",
    "moved": "The page is for good at another address.",
    "unreachable": "No answer, or an error of the host: it may be back tomorrow.",
    "blocked": "The host does not answer a program; a browser may see the page.",
    "ok": "The page is there.",
}


@dataclass(frozen=True)
class Link:
    """An address, where it is cited, and the copy that our sources name."""

    url: str
    places: tuple[str, ...]
    archived: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of a link: one of ``STATES``, why, and for a dead or moved one where it is now."""

    link: Link
    state: str
    why: str
    now: str = ""


# --- what is cited ----------------------------------------------------------------------------------------------


def links(root: Path = data.ROOT) -> list[Link]:
    """Return every address in the tables, the schema, the citation and the pages, each once, in that order.

    Raises:
        DataError: an address that is none, with its file, row and column.
    """
    places: dict[str, list[str]] = defaultdict(list)
    copies: dict[str, str] = {}
    amiss = []
    for url, place, copy in chain(_in_tables(root), _in_package(root), _in_texts(root)):
        if not _is_address(url):
            amiss.append(f"{place}: {url!r}; allowed: an address such as https://example.org/page")
        places[url].append(place)
        copies[url] = copies.get(url) or copy
    if amiss:
        raise data.DataError("\n".join(amiss))
    return [Link(url, tuple(dict.fromkeys(where)), copies[url]) for url, where in places.items()]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _in_tables(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield addresses: a cell of the field url whole, those in other cells, each with place and archived copy."""
    for table in data.tables(root):
        path = data.path_of(table, root)
        for number, row in enumerate(data.load(table, root).to_dict("records"), 2):
            for name, value in row.items():
                if isinstance(value, str) and value and name != "archived":
                    copy = row.get("archived", "") if name == "url" else ""
                    found = [value] if name == "url" else [hit.rstrip(".,;:") for hit in URL.findall(value)]
                    yield from ((url, f"{path}, row {number}, column {name}", copy) for url in found)


def _in_package(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the addresses of sources and licenses, of the data package and of single tables."""
    whole = data.package(root)
    for owner in (whole, *whole["resources"]):
        for kind in ("sources", "licenses"):
            for entry in owner.get(kind, []):
                if "://" in entry.get("path", ""):
                    yield entry["path"], f"data/datapackage.json, {kind} of {owner['name']}", ""


def _in_texts(root: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(chain.from_iterable(root.glob(pattern) for pattern in TEXTS)):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for hit in URL.findall(line):
                yield hit.rstrip(".,;:*_"), f"{path.relative_to(root).as_posix()}, line {number}", ""


# --- asking -----------------------------------------------------------------------------------------------------


def session(backoff: float = 1.0) -> requests.Session:
    """Return who asks: it names the project, and tries again what may be otherwise in a moment."""
    again = Retry(total=2, backoff_factor=backoff, status_forcelist=PASSING, raise_on_status=False, retry_after_max=60)
    own = requests.Session()
    own.headers.update({"User-Agent": AGENT, "Accept": "text/html,application/pdf;q=0.9,*/*;q=0.8"})
    for scheme in ("http://", "https://"):
        own.mount(scheme, HTTPAdapter(max_retries=again))
    return own


def ask(link: Link, asker: requests.Session) -> Answer:
    """Return what became of a link; nothing of the page is read."""
    try:
        with asker.get(link.url, stream=True, timeout=TIMEOUT) as response:
            return _of_response(link, response)
    except requests.TooManyRedirects:
        return Answer(link, "unreachable", "it leads in a circle")
    except requests.RequestException as fault:
        return _of_fault(link, fault)


def _of_response(link: Link, response: requests.Response) -> Answer:
    code = response.status_code
    if code in (404, 410):
        return Answer(link, "dead", str(code))
    if 400 <= code < 500:
        return Answer(link, "blocked", str(code))
    if code >= 500:
        return Answer(link, "unreachable", str(code))
    hops = [hop.status_code for hop in response.history]
    if hops and _is_deep(link.url) and not _is_deep(response.url):
        return Answer(link, "dead", "it leads to a front page")
    if hops and all(hop in (301, 308) for hop in hops):
        return Answer(link, "moved", str(hops[0]), response.url)
    return Answer(link, "ok", str(code))


def _is_deep(url: str) -> bool:
    """Tell whether an address is that of more than a site's front page."""
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def _of_fault(link: Link, fault: requests.RequestException) -> Answer:
    """Tell a host that does not exist from one that does not answer."""
    inner = fault.args[0] if fault.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    cause = getattr(reason, "__cause__", None)
    if isinstance(reason, NameResolutionError) and isinstance(cause, socket.gaierror) and cause.errno in GONE:
        return Answer(link, "dead", "there is no such host")
    return Answer(link, "unreachable", type(reason or fault).__name__)


def ask_all(found: Iterable[Link], asker: requests.Session, pause: float = PAUSE) -> list[Answer]:
    """Ask all links, those of one host one after the other; return the answers in the order of the links."""
    by_host: dict[str, list[Link]] = defaultdict(list)
    order = list(found)
    for link in order:
        by_host[urlsplit(link.url).netloc.lower().removeprefix("www.")].append(link)

    def of_host(own: list[Link]) -> list[Answer]:
        answers: list[Answer] = []
        for link in own:
            silent = [answer.state for answer in answers[-PATIENCE:]] == ["unreachable"] * PATIENCE
            time.sleep(pause if answers and not silent else 0)
            answers.append(Answer(link, "unreachable", "its host did not answer") if silent else ask(link, asker))
        return answers

    with ThreadPoolExecutor(AT_ONCE) as pool:  # the longest first, for they take longest
        queues = sorted(by_host.values(), key=len, reverse=True)
        told = {answer.link.url: answer for answers in pool.map(of_host, queues) for answer in answers}
    return [told[link.url] for link in order]


def with_copies(answers: Iterable[Answer], asker: requests.Session, archive: str, pause: float = PAUSE) -> list[Answer]:
    """Return the answers, the dead ones each with a copy, where there is one: ours, else the archive's newest."""
    found = []
    for answer in answers:
        if answer.state == "dead":
            answer = replace(answer, now=answer.link.archived or copy_of(answer.link.url, asker, archive))
            time.sleep(0 if answer.link.archived else pause)
        found.append(answer)
    return found


def copy_of(url: str, asker: requests.Session, archive: str) -> str:
    """Return the address of the archive's copy of a page that was there; nothing if it has none or does not answer."""
    try:
        response = asker.get(archive, params={"url": url}, timeout=TIMEOUT)
        closest = response.json()["archived_snapshots"]["closest"]
        good = closest["available"] and str(closest.get("status", "200")) == "200"
        return re.sub("^http:", "https:", closest["url"]) if good else ""
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return ""


# --- telling ----------------------------------------------------------------------------------------------------


def table(answers: list[Answer]) -> str:
    """Return what is not in order as lines of text, and how many there are of each state."""
    worth = [answer for state in STATES if state != "ok" for answer in answers if answer.state == state]
    lines = [f"{a.state:12}{a.why:26}{a.link.url}{'  ->  ' + a.now if a.now else ''}" for a in worth]
    return "\n".join([*lines, counted(answers)])


def counted(answers: list[Answer]) -> str:
    """Return how many links there are of each state."""
    count = Counter(answer.state for answer in answers)
    return f"{len(answers)} links: {', '.join(f'{count[state]} {state}' for state in STATES)}."


def report(answers: list[Answer]) -> str:
    """Return what is not in order as Markdown, the worst first, each link with the places that cite it."""
    parts = ["# Links", "", counted(answers), ""]
    for state, meaning in STATES.items():
        own = [answer for answer in answers if answer.state == state]
        if own and state != "ok":
            parts += [f"## {state.capitalize()}", "", meaning, ""]
            parts += [_item(answer) for answer in own] + [""]
    return "\n".join(parts)


def _item(answer: Answer) -> str:
    lines = [f"- <{answer.link.url}> ({answer.why})", f"  - cited in {'; '.join(answer.link.places)}"]
    if answer.state == "moved":
        lines.append(f"  - now at <{answer.now}>")
    if answer.state == "dead":
        lines.append(
            f"  - copy: <{answer.now}>; look at it, then put it into `archived`" if answer.now else "  - no copy found"
        )
    return "\n".join(lines)


def main(root: Path = data.ROOT, archive: str = ARCHIVE, pause: float = PAUSE, backoff: float = 1.0) -> int:
    """Check all links and tell; return the exit code."""
    try:
        found = links(root)
    except (data.DataError, OSError, UnicodeDecodeError) as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"{len(found)} links on {len({urlsplit(link.url).netloc for link in found})} hosts.", flush=True)
    with session(backoff) as asker:
        answers = ask_all(found, asker, pause)
        if not any(re.fullmatch(r"\d+|it leads .*", answer.why) for answer in answers):
            print("No host answered at all: is there a network?", file=sys.stderr)
            return 2
        answers = with_copies(answers, asker, archive, pause)
    target = root / "_build" / "links.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(report(answers), "utf-8")
    print(table(answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
