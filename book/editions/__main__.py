"""Make one edition of the built book: ``python -m book.editions pdf``, ``epub`` or ``handout``."""

import argparse
import sys

from book.data import ROOT
from book.editions import EDITIONS, epub, handout, pdf, write
from book.editions.articles import BookMissing

MAKERS = {"pdf": pdf.whole_book, "epub": epub.pack, "handout": handout.two_pages}


def main() -> None:
    """Make the edition that the command names."""
    parser = argparse.ArgumentParser(prog="python -m book.editions", description="Make one edition of the built book.")
    parser.add_argument("edition", choices=EDITIONS)
    kind = parser.parse_args().edition
    book = ROOT / "_build" / "html"
    try:
        target = write(kind, MAKERS[kind](book), book)
    except BookMissing as fault:
        sys.exit(str(fault))
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
