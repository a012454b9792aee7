"""Screenshots of every page, two widths, two themes, into ``_build/look``: for people to look at."""

from conftest import PAGES, WIDTHS, scroll_through
from playwright.sync_api import sync_playwright

from book.data import ROOT
from book.editions.pdf import launch


def main() -> None:
    """Photograph the book that is in ``_build/html``."""
    folder = ROOT / "_build" / "look"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        for width in WIDTHS:
            for theme in ("light", "dark"):
                page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
                for name in PAGES:
                    page.goto((ROOT / "_build" / "html" / f"{name}.html").as_uri())
                    scroll_through(page)
                    page.evaluate("window.scrollTo(0, 0)")
                    shot = folder / f"{name.replace('/', '-')}-{width}-{theme}.png"
                    page.screenshot(path=shot, full_page=True)
                    print(shot.relative_to(ROOT))


if __name__ == "__main__":
    main()
