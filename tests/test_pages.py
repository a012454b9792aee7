"""A page for every reader: light, open to all, safe, and described, on every page of the built book."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
import yaml
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe, AxeResults
from bs4 import BeautifulSoup
from conftest import PAGES, WIDTHS, append, build, opened_before_its_script, replace, scroll_through, serve
from playwright.sync_api import Browser, BrowserContext, Page, Route

from book import data, pages
from book.data import ROOT

# Bytes over gzip at the first view with an empty cache, in thousands, and with all charts alive.
PLAIN, CHARTS, REFERENCE, ALIVE = 60, 110, 160, 450
LONG = {
    "chapters/record",
    "chapters/record-politics",
    "chapters/record-wars",
    "chapters/sources",
}  # reference tables to look things up in


# Reading colors is most of what axe does, thousands of times for some ten colors: each is read once.
COLORS_ONCE = """;(() => {
    const { Color } = axe.commons.color, { parseString } = Color.prototype, known = new Map();
    Color.prototype.parseString = function (text) {
        if (!known.has(text)) known.set(text, new Color(parseString.call(this, text)));
        const { r, g, b, alpha } = known.get(text);
        return Object.assign(this, { r, g, b, alpha });
    };
})()"""


# Of rows that look alike to the last part axe need see one: this leaves out each in which nothing is new.
ONE_OF_EACH = """() => {
    const known = new Set();
    for (const row of document.querySelectorAll("tbody > tr, li")) {
        const looks = [row, ...row.querySelectorAll("*")].map(part => [part.tagName, part.parentElement.tagName,
            part.getAttribute("class"), part.getAttribute("style"), part.getAttributeNames().join(),
            part.textContent.trim() === ""].join("; "));
        if (looks.every(look => known.has(look))) row.remove();
        looks.forEach(look => known.add(look));
    }
}"""


def looked_over(page: Page) -> AxeResults:
    """Return what axe finds amiss on a page, of whose rows only those are left that look different."""
    page.evaluate(ONE_OF_EACH)
    rules = {"target-size": {"enabled": True}}  # of WCAG 2.2; axe leaves it out unless told
    return Axe(AXE_SCRIPT + COLORS_ONCE).run(
        page, options={"resultTypes": ["violations"], "preload": False, "rules": rules}
    )


@pytest.fixture(scope="session")
def host(book: Path) -> Iterator[str]:
    """The address at which the built book is served, gzipped."""
    with serve(book) as address:
        yield address


@pytest.fixture(params=WIDTHS, ids=["1280px light from files", "360px dark from a host"])
def reader(request: pytest.FixtureRequest, browser: Browser, book: Path) -> Iterator[tuple[BrowserContext, str]]:
    """A reader of each kind, and where the book is for them: a desk, from files; a phone, from a host."""
    desk = request.param == WIDTHS[0]
    base = book.as_uri() if desk else request.getfixturevalue("host")
    context = browser.new_context(
        viewport={"width": request.param, "height": 800},
        color_scheme="light" if desk else "dark",
        reduced_motion="reduce",
    )
    context.route(re.compile(f"^(?!{re.escape(base)}|data:)"), lambda route: route.abort())
    yield context, base
    context.close()


def weigh(requests: list[tuple[str, int]]) -> float:
    """Return the weight of what was loaded, in thousands of bytes."""
    return sum(size for _, size in requests) / 1000


def over(name: str, limit: float, requests: list[tuple[str, int]]) -> str:
    """Say that a page is too heavy, and with what."""
    largest = sorted(requests, key=lambda request: -request[1])[:5]
    parts = "; ".join(f"{address.rpartition('/')[2]} {size / 1000:.1f} kB" for address, size in largest)
    return f"{name}: {weigh(requests):.1f} kB over gzip, allowed {limit:g} kB; largest: {parts}"


@pytest.mark.parametrize("name", [*PAGES, "search", "404"])
def test_a_page_is_light_steady_whole_and_open_to_all(
    name: str, reader: tuple[BrowserContext, str], home: str, book: Path
) -> None:
    context, base = reader
    if name == "404" and home:  # it is shown at any address of the book's home alone, and loads what is there
        base = home.rstrip("/")
        context.route(
            f"{home}**", lambda route: route.fulfill(path=book / urlsplit(route.request.url[len(home) :]).path)
        )
    weighed = base.startswith("http") and not (name == "404" and home)
    page, errors, finished = context.new_page(), [], []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(f"{base}/{name}.html")  # loaded; a busy machine may have idled before it came to the scripts
    page.wait_for_load_state("networkidle")
    charts = page.locator("[data-chart]").count()
    if weighed:
        limit = REFERENCE if name in LONG else CHARTS if charts else PLAIN
        loaded = [(request.url, request.sizes()["responseBodySize"]) for request in finished]
        assert loaded
        assert weigh(loaded) <= limit, over(name, limit, loaded)
    scroll_through(page)
    if weighed:
        loaded = [(request.url, request.sizes()["responseBodySize"]) for request in finished]
        assert weigh(loaded) <= ALIVE, over(name, ALIVE, loaded)
    width = page.evaluate("document.documentElement.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    for chart in page.locator(".chart.alive .live svg").all():
        box = chart.bounding_box()
        assert box, "a chart has no box"
        assert box["width"] > 200
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 1
        assert chart.locator("path, text").count() > 5
    # The text of a chart stays within its picture, and so on the page; so do the controls beside it.
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".live svg text, .controls *")].filter(text => {
            const box = text.getBoundingClientRect();
            return box.width && (box.left < -1 || box.right > document.documentElement.clientWidth + 1);
        }).map(text => text.textContent)"""
    )
    assert not cut
    results = looked_over(page)
    assert results.violations_count == 0, results.generate_report()
    assert not errors, errors


def test_a_chart_comes_alive_once_a_line_that_was_down_is_back(host: str, browser: Browser) -> None:
    page, tries = browser.new_page(), []

    def down_at_first(route: Route) -> None:
        tries.append(route.request.url)
        route.abort() if len(tries) == 1 else route.continue_()

    page.route("**/vega.js*", down_at_first)
    page.goto(f"{host}/chapters/levers.html")
    scroll_through(page)
    assert len(tries) == 2 and page.locator(".chart.alive").count() == 1
    page.close()


def test_a_chart_comes_alive_for_who_scrolled_before_its_script_had_come(host: str, browser: Browser) -> None:
    page = browser.new_page()
    script = opened_before_its_script(page, f"{host}/chapters/levers.html")
    page.locator("[data-chart]").scroll_into_view_if_needed()
    page.wait_for_function("scrollY > 0")
    script.continue_()
    page.locator(".chart.alive").wait_for()
    page.close()


def test_what_is_amiss_for_readers_is_found(browser: Browser) -> None:
    page = browser.new_page()
    faint = '<p style="color: #aaa">faint</p><p style="color: rgb(119 119 119 / 0.6)">fainter</p>'
    small = '<a href="#x" style="font-size: 6px">d</a><a href="#y" style="font-size: 6px">e</a>'
    rows = (
        "<li><b>one</b></li>" * 3 + '<li><b class="x">two</b></li><li><a href="#x"></a></li><li><a href="#x">x</a></li>'
    )
    body = f"<h1>t</h1>{faint}{small}<p>clear</p><img src='x'><ul>{rows}</ul>"
    page.set_content(f"<html lang=en><title>t</title><main>{body}</main></html>")
    found = {rule["id"]: len(rule["nodes"]) for rule in looked_over(page).response["violations"]}
    assert found == {"color-contrast": 2, "target-size": 2, "image-alt": 1, "link-name": 1}
    assert page.locator("li").all_text_contents() == ["one", "two", "", "x"]
    page.close()


def test_a_page_over_its_weight_is_named_with_what_is_heaviest() -> None:
    said = over("chapters/x", 60, [("http://h/x.html", 50_000), ("http://h/_static/y.css", 12_340)])
    assert said == "chapters/x: 62.3 kB over gzip, allowed 60 kB; largest: x.html 50.0 kB; y.css 12.3 kB"


@pytest.mark.parametrize("name", ["book.js", "notes.js", "book.css"])
def test_scripts_and_styles_go_out_without_what_only_their_authors_need(name: str, book: Path) -> None:
    ours, shown = (folder / "_static" / name for folder in (ROOT, book))
    assert "/*" in ours.read_text("utf-8") and "/*" not in shown.read_text("utf-8")
    assert shown.stat().st_size < 0.85 * ours.stat().st_size


# --- safe ----------------------------------------------------------------------------------------------


def every_page(book: Path) -> list[Path]:
    """Return every page of the book, the search and the page for lost readers among them."""
    found = sorted(book.rglob("*.html"))
    assert len(found) == len(PAGES) + 2
    return found


def test_every_page_has_a_policy_before_anything_that_runs(book: Path) -> None:
    for path in every_page(book):
        html = path.read_text("utf-8")
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert html.index("Content-Security-Policy") < html.index("<script")
        assert html.index("Content-Security-Policy") < html.index("stylesheet")
        assert rules["default-src"] == "'self'"
        assert rules["object-src"] == "'none'"
        assert re.fullmatch(r"'self' 'sha256-[\w+/=]+'", rules["script-src"]), path.name
        assert ("'unsafe-inline'" in rules["style-src"]) == ("data-chart" in html), path.name
        assert "unsafe" not in policy.replace("style-src 'self' 'unsafe-inline'", "")


@pytest.mark.parametrize("start", ["from files", "from a host"])
def test_the_policy_stops_scripts_styles_and_requests_that_are_not_the_books(
    start: str, book: Path, host: str, browser: Browser
) -> None:
    page = browser.new_page()
    base = host if start == "from a host" else book.as_uri()
    page.goto(f"{base}/chapters/method.html")
    stopped = page.evaluate(
        """async () => {
            const stopped = [];
            document.addEventListener("securitypolicyviolation", event =>
                stopped.push(`${event.effectiveDirective} ${event.blockedURI}`));
            const script = document.createElement("script");
            script.textContent = "window.ran = 'script'";
            const image = document.createElement("img");
            image.setAttribute("onerror", "window.ran = 'handler'");
            image.src = "https://example.org/pixel.png";
            const style = document.createElement("style");
            style.textContent = "body { --ran: 1 }";
            document.body.append(script, image, style);
            setTimeout("window.ran = 'eval'"); // a debugger's own eval is exempt, this one is not
            await fetch("https://example.org/").catch(() => 0);
            await new Promise(done => setTimeout(done, 300));
            return [window.ran || "", getComputedStyle(document.body).getPropertyValue("--ran"), stopped];
        }"""
    )
    ran, styled, directives = stopped
    assert (ran, styled) == ("", "")
    for directive in ("script-src-elem inline", "script-src-attr inline", "script-src eval", "style-src-elem inline"):
        assert directive in directives
    for directive in ("img-src https://example.org", "connect-src https://example.org"):
        assert [found for found in directives if found.startswith(directive)], directives
    page.close()


def test_a_script_or_handler_on_a_page_is_a_fault_of_the_build(tmp_path: Path) -> None:
    pool = ThreadPoolExecutor()
    for number, bad in enumerate(
        [
            '<p onclick="go()">x</p>',
            "<script>go()</script>",
            "<script type=module>go()</script>",
            '<a href="javascript:go()">x</a>',
            "<img src='data:x'>",
            '<p style="color: red">x</p>',
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        policy = '<meta http-equiv="Content-Security-Policy">'
        (folder / "page.html").write_text(f"<html><head>{policy}</head><body>{bad}</body></html>", "utf-8")
        assert len(pages.faults(folder, pages.parsed(folder, pool))) == 1, bad
    sound = '<meta http-equiv="Content-Security-Policy"><script type="application/json">{"on": 1}</script>'
    (tmp_path / "0/page.html").write_text(sound, "utf-8")
    assert not pages.faults(tmp_path / "0", pages.parsed(tmp_path / "0", pool))


def test_a_page_loads_from_the_own_address_of_the_book_and_from_no_other(tmp_path: Path) -> None:
    home, pool = "https://someone.github.io/scenarios/", ThreadPoolExecutor()
    policy = '<meta http-equiv="Content-Security-Policy">'
    for source, sound in {
        f"src='{home}a.png'": True,
        f"srcset='{home}a.png, {home}b.png 2x'": True,
        "src='https://someone.github.io/other/a.png'": False,
        f"srcset='{home}a.png, https://example.org/b.png 2x'": False,
        f"src='https://example.org/?{home}'": False,
    }.items():
        (tmp_path / "page.html").write_text(f"<html><head>{policy}</head><body><img {source}></body></html>", "utf-8")
        assert (not pages.faults(tmp_path, pages.parsed(tmp_path, pool, home))) == sound, source


HOSTILE = '<img src=x onerror="window.ran=1"><script>window.ran=2</script>&amp; javascript:alert(1)'


def test_hostile_text_in_the_data_is_shown_and_never_run(tiny: Path, browser: Browser) -> None:
    """In tables, charts, their pictures and tips, the JSON in the page, and the downloads."""
    shutil.copytree(ROOT / "_static", tiny / "_static")
    cell = HOSTILE.replace('"', '""')
    append("data/brief/levers.csv", f'L03,"{cell}",presence,"{cell}",,,,,both,P0.1,P0\n')(tiny)
    chart = 'mark_bar(color=charts.PALETTE["first"]).encode(x="count()", y="kind:N")'
    hostile = 'mark_bar().encode(x="count()", y="name:N", tooltip="name:N")'
    replace("chapter.md", 'data.load("actors")).' + chart, 'data.load("levers")).' + hostile)(tiny)
    result = build(tiny)
    assert result.returncode == 0, result.stdout[-2000:]
    context = browser.new_context()
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for name in ("index", "chapter"):
        page.goto((tiny / f"_build/html/{name}.html").as_uri())
        scroll_through(page)
        for mark in page.locator(".live svg path, .live svg text").all()[:40]:
            if mark.is_visible():
                mark.hover(force=True)
        page.wait_for_timeout(300)
        assert page.evaluate("window.ran") is None
        assert not page.locator('article img[src="x"]').count()
    assert HOSTILE in str(page.locator("#L03").text_content())
    assert HOSTILE in (tiny / "_build/html/data/brief/levers.csv").read_text("utf-8").replace('""', '"')
    assert not dialogs
    context.close()


# --- described -----------------------------------------------------------------------------------------


def head(page: BeautifulSoup, name: str) -> list[str]:
    """Return what a page says of itself under a name."""
    return [str(meta["content"]) for meta in page.select(f'meta[name="{name}"], meta[property="{name}"]')]


def test_each_page_says_what_it_is(parsed: dict[str, BeautifulSoup]) -> None:
    titles, descriptions = set(), set()
    for name in PAGES:
        page = parsed[f"{name}.html"]
        title = page.select_one("title").get_text()
        (description,) = head(page, "description")
        assert 60 <= len(description) <= 210, f"{name}: {description}"
        assert "<" not in description
        assert head(page, "og:description") == [description]
        assert head(page, "og:title") == head(page, "citation_title")
        assert head(page, "og:title")[0] in title or name == PAGES[0]
        (image,) = head(page, "og:image")
        assert image.endswith("_static/preview.png")
        assert head(page, "og:image:alt")
        assert re.fullmatch(r"\d{4}/\d\d/\d\d", head(page, "citation_publication_date")[0])
        assert head(page, "citation_author")
        assert "edition" in head(page, "DC.title")[0]
        assert page.select_one('link[rel="license"]')["href"] == page.select_one('a[rel="license"]')["href"]
        assert page.select_one('link[rel~="icon"]')["href"].endswith("favicon.svg")
        assert page.select_one("html")["lang"] == "en"
        titles.add(title)
        descriptions.add(description)
    assert len(titles) == len(descriptions) == len(PAGES)


def test_pages_claim_an_address_if_and_only_if_the_book_has_one(parsed: dict[str, BeautifulSoup], book: Path) -> None:
    """So that the tests also hold in a fork that is published: without an address none, with one all of them."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
    has_one = bool(config["book_repository"] or config.get("html_baseurl"))
    claims = {name for name, page in parsed.items() if page.select('link[rel="canonical"], [href*="mybinder"], base')}
    assert claims == (set(parsed) if has_one else set())
    assert (book / "sitemap.xml").exists() == has_one


def test_from_the_one_address_come_canonical_links_sitemap_and_binder(tiny: Path) -> None:
    for name in ("_templates", "_static"):
        shutil.copytree(ROOT / name, tiny / name)
    about = (ROOT / "CITATION.cff").read_text("utf-8")
    own, version = data.package()["version"], data.package(tiny)["version"]
    (tiny / "CITATION.cff").write_text(about.replace(f"version: {own}", f"version: {version}"), "utf-8")
    (tiny / "chapters").mkdir()
    (tiny / "chapters/method.md").write_text("# Method\n\n## Three voices\n\n## Contest\n", "utf-8")
    append("_toc.yml", "  - file: chapters/method\n")(tiny)
    config = tiny / "_config.yml"
    more = "    templates_path: [_templates]\n    html_additional_pages: {'404': 404.html}\n    book_repository: {}\n"
    config.write_text(
        config.read_text("utf-8").rstrip() + "\n" + more.replace("{}", "https://github.com/Someone/scenarios")
    )
    result = build(tiny)
    assert result.returncode == 0, result.stdout[-2000:]
    book = tiny / "_build/html"
    page = BeautifulSoup((book / "chapter.html").read_text("utf-8"), "lxml")
    home = "https://someone.github.io/scenarios/"
    assert page.select_one('link[rel="canonical"]')["href"] == f"{home}chapter.html"
    assert head(page, "og:image") == [f"{home}_static/preview.png"]
    assert page.select_one('a[href^="https://mybinder.org"]')["href"] == (
        "https://mybinder.org/v2/gh/Someone/scenarios/HEAD?urlpath=lab/tree/_build/html/chapter.ipynb"
    )
    lost = BeautifulSoup((book / "404.html").read_text("utf-8"), "lxml")
    assert {link["href"] for link in lost.select("article a")} == {f"{home}index.html", f"{home}search.html"}
    assert lost.select_one("a.skip-to-content")["href"] == "#furo-main-content"
    listed = [url.text for url in ElementTree.parse(book / "sitemap.xml").iter() if url.tag.endswith("loc")]
    assert listed == [f"{home}{name}.html" for name in ("chapter", "chapters/method", "index")]


@pytest.mark.parametrize(
    ("line", "said"),
    [("book_repository: github.com/x", "allowed: https://github.com/OWNER/NAME"), ("html_baseurl: x", "ends in /")],
)
def test_an_address_that_is_none_ends_the_build(line: str, said: str, tiny: Path) -> None:
    replace("_config.yml", "    nitpicky: true", f"    nitpicky: true\n    {line}")(tiny)
    result = build(tiny)
    assert result.returncode != 0
    assert said in result.stdout


# --- notebooks -----------------------------------------------------------------------------------------


def test_each_page_with_cells_offers_its_notebook(parsed: dict[str, BeautifulSoup], book: Path) -> None:
    offered = 0
    for name in PAGES:
        links = parsed[f"{name}.html"].select("p.page-tools a[download]")
        source = next(path for path in (ROOT / f"{name}.md", ROOT / f"{name}.ipynb") if path.exists())
        assert len(links) == ("code-cell" in source.read_text("utf-8") or source.suffix == ".ipynb"), name
        for link in links:
            offered += 1
            notebook = nbformat.read((book / name).with_name(link["href"]), as_version=4)
            nbformat.validate(notebook)
            first = notebook.cells[0]
            assert first.cell_type == "markdown"
            assert "clone" in first.source, f"{name} does not say what it needs"
            prose = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
            assert not re.findall(r"\{[a-z:]+\}`|:::", prose), f"{name} holds what only the book's builder reads"
            code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
            assert all(compile(cell, name, "exec") for cell in code)
    assert offered > 20


def test_a_downloaded_notebook_runs_within_a_clone_and_says_when_it_is_not(book: Path, tmp_path: Path) -> None:
    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        notebook = nbformat.read(book / "chapters/levers.ipynb", as_version=4)
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        return subprocess.run(
            [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, env={"PATH": ""}, check=False
        )

    inside = run(book)
    assert inside.returncode == 0, inside.stderr[-1000:]
    outside = run(tmp_path)
    assert outside.returncode != 0
    assert "not inside a clone" in outside.stderr


# --- by keyboard, on a phone ------------------------------------------------------------------------------


def test_the_first_key_leads_to_the_text_and_each_stop_can_be_seen(page: Page, book: Path) -> None:
    page.goto((book / "chapters/levers.html").as_uri())
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => {
                    const at = document.activeElement, style = getComputedStyle(at);
                    const sign = at.matches(".sidebar-toggle")
                        && document.querySelector(`label[for="${at.id}"] .icon:not([style])`).closest("label");
                    const shown = sign ? getComputedStyle(document.querySelector(
                        at.id === "__toc" ? ".toc-header-icon" : ".nav-overlay-icon")) : style;
                    return [at.textContent.trim().slice(0, 30) || at.name || at.className, shown.outlineStyle];
                }"""
            )
        )
    assert "Skip to content" in [text for text, _ in seen[:3]]
    assert not [text for text, outline in seen if outline == "none"], seen


def test_on_a_phone_the_contents_opens_by_key_or_tap_above_the_text(book: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto((book / "chapters/levers.html").as_uri())
    contents, text = page.locator(".sidebar-drawer"), page.locator("article h1")
    assert not contents.is_visible()
    page.evaluate("window.scrollTo(0, 2000)")
    page.touchscreen.tap(20, 20)
    assert contents.is_visible()
    box, title = contents.bounding_box(), text.bounding_box()
    assert box
    assert title
    assert box["y"] + box["height"] <= title["y"], "the contents covers the text"
    page.get_by_role("checkbox", name="Contents and search").press("Space")
    assert not contents.is_visible()
    assert abs(page.evaluate("window.scrollY") - 2000) < 2, "the place is lost"
    page.get_by_role("checkbox", name="On this page").press("Space")
    page.get_by_role("link", name="How they work").tap()
    assert not page.locator(".toc-drawer").is_visible()
    place = page.locator("#how-they-work h2").bounding_box()
    assert place
    assert 0 <= place["y"] < 400
    context.close()


def test_arabic_names_carry_their_language_and_direction(parsed: dict[str, BeautifulSoup]) -> None:
    found = 0
    for name, page in parsed.items():
        for text in page.select("article")[0].find_all(string=re.compile("[\u0600-\u06ff]")):
            if text.find_parent("script"):
                continue
            marked = text.find_parent(attrs={"lang": "ar"})
            assert marked, f"{name}: {text[:60]}"
            assert marked.name == "bdi" or marked.get("dir") == "rtl", f"{name}: {text[:60]}"
            found += 1
    assert found > 5


def test_no_chart_tells_its_data_twice(parsed: dict[str, BeautifulSoup]) -> None:
    for name, page in parsed.items():
        specs = [script.get_text() for script in page.select('script[type="application/json"]')]
        assert len(specs) == len(set(specs)) == len(page.select("[data-chart]")), name
        for spec in specs:
            sets = [json.dumps(rows) for rows in json.loads(spec).get("datasets", {}).values()]
            assert len(sets) == len(set(sets)), f"{name}: a chart holds the same rows twice"


# Runs the cells of all chapters over data in which every free text holds markup, and prints what they show.
SHOW_ALL = """
import ast, json, sys
from contextlib import redirect_stdout
from pathlib import Path
import altair
from myst_nb.core.read import read_myst_markdown_notebook
from book import data

plain, hostile, shown = data._read, sys.argv[1], []

def read(table, root, state):
    frame = plain(table, root, state).copy()
    for name, field in data.fields(table, root).items():
        if table == "series" and name in ("entity", "name", "unit") or name == "counted_by":
            continue  # chapters choose series by them
        if field.get("constraints", {}).get("pattern") == r"^\\S(.*\\S)?$":
            frame[name] = [text and f"{text} {hostile}" for text in frame[name]]
    return frame

data._read = read  # on which every way to the rows rests
for chapter in sys.argv[2:]:
    names = {}
    for cell in read_myst_markdown_notebook(Path(chapter).read_text("utf-8")).cells:
        if cell.cell_type != "code":
            continue
        *body, last = ast.parse(cell.source).body
        if not isinstance(last, ast.Expr):
            body, last = [*body, last], None
        with redirect_stdout(sys.stderr):
            exec(compile(ast.Module(body, []), chapter, "exec"), names)
            value = last and eval(compile(ast.Expression(last.value), chapter, "eval"), names)
        if isinstance(value, altair.TopLevelMixin):
            value = value._repr_mimebundle_()["text/html"]
        if isinstance(value, str):
            shown.append([chapter, value])
print(json.dumps(shown))
"""


def test_no_view_or_chart_of_any_chapter_lets_text_of_the_data_become_markup() -> None:
    chapters = [
        str(path) for path in sorted((ROOT / "chapters").glob("*.md")) if "code-cell" in path.read_text("utf-8")
    ]
    result = subprocess.run(
        [sys.executable, "-c", SHOW_ALL, HOSTILE, *chapters],
        cwd=ROOT,
        env=os.environ | {"BOOK_BUILD": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    shown = json.loads(result.stdout)
    assert len(shown) > 100
    told = 0
    for chapter, html in shown:
        page = BeautifulSoup(html, "lxml")
        for script in page.select("script"):
            assert script["type"] == "application/json"
            told += "onerror" in json.dumps(json.loads(script.get_text()))
            script.decompose()
        told += HOSTILE in page.get_text()
        for tag in page.find_all(True):
            assert tag.name not in ("img", "script", "iframe"), f"{chapter}: {str(tag)[:200]}"
            assert not [name for name in tag.attrs if name.startswith("on")], f"{chapter}: {str(tag)[:200]}"
            assert not str(tag.get("href", "")).startswith("javascript:"), f"{chapter}: {str(tag)[:200]}"
    assert told > 100, "the text did not reach the pages"
