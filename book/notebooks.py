"""Each chapter as a notebook to download: its prose in plain Markdown, its cells as they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook

from book import data
from book.tables import VOICES, reached

GLUED = re.compile(r"\{glue:text\}`[^`]+`")
EXCERPT = re.compile(r"```\{excerpt\} (\w+)\n```")
BLOCK = re.compile(r"^:::\{voice\} (\w+)([^\n]*)\n(.*?)^:::$", re.DOTALL | re.MULTILINE)
PLAIN = {  # what only this book's builder understands, and what stands for it
    r"\{(?:at|fact)\}`([^`]+)`": lambda found: f"[{', '.join(found[1].split())}]",
    r"\{row\}`([^`<]+?)(?:\s*<[^`]*>)?`": lambda found: found[1],
    r"\{download\}`([^`<]+?)(?:\s*<[^`]*>)?`": lambda found: f"*{found[1]}*",
    r"\{reach\}`[^`]+`": lambda found: reached(),
    r"\{voice\}`(\w+)`": lambda found: f"**{VOICES.get(found[1], found[1])}**",  # the page names one that is none
    r"\{numref\}`[^`]+`": lambda found: "The figure",
    r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)": lambda found: f"*{found[1]}*",
}
NEEDS = """*{title}*, from *{book}*{edition}.

This notebook needs a clone of the book's repository: its tables (`data/`) and its package (`book/`). Put the
notebook anywhere inside the clone, or open it on Binder; then run all cells, the first one first."""
FIND = """import sys
from pathlib import Path

folders = [Path.cwd(), *Path.cwd().parents]
clone = next((folder for folder in folders if (folder / "book" / "data.py").exists()), None)
if clone is None:
    raise FileNotFoundError("This notebook is not inside a clone of the book: its package book/ was not found.")
sys.path.insert(0, str(clone))"""


def of_chapter(source: Path, tree: nodes.document, title: str, book: str) -> str:
    """Return a chapter as a notebook (JSON).

    Args:
        source: the chapter's MyST Markdown.
        tree: the same chapter as built, which knows the values of its figures in prose.
        title: the chapter's title.
        book: the book's title.

    Raises:
        ValueError: the chapter has more figures in its prose than the built one, or fewer.
    """
    text = source.read_text("utf-8")
    values = [node.astext() for node in tree.findall(nodes.inline) if "pasted-text" in node.get("classes", [])]
    if len(values) != len(GLUED.findall(text)):
        raise ValueError(f"{len(GLUED.findall(text))} figures in prose, {len(values)} of them known to the cells")
    given = iter(values)
    text = GLUED.sub(lambda _: next(given), text)
    notebook = read_myst_markdown_notebook(text)
    version = data.package().get("version")
    head = NEEDS.format(title=title, book=book, edition=f", edition {version}" if version else "")
    new = nbformat.v4
    cells = [new.new_markdown_cell(head), new.new_code_cell(FIND), *notebook.cells]  # type: ignore[no-untyped-call]
    notebook.cells = list(_numbered(cells))
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.writes(notebook) + "\n"  # type: ignore[no-untyped-call]


def emptied(source: Path) -> str:
    """Return a notebook (JSON) without the outputs that were stored with it, which may be of other data."""
    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return nbformat.writes(notebook) + "\n"  # type: ignore[no-untyped-call]


def _numbered(cells: list[nbformat.NotebookNode]) -> Iterator[nbformat.NotebookNode]:
    """Give cells ids that are the same in each build, and make their prose plain."""
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "markdown":
            cell["source"] = plain(cell["source"])
        else:
            cell["source"] = re.sub(
                r"\A---\n.*?^---\n|\A(?::\w+:.*\n)+", "", cell["source"], flags=re.DOTALL | re.MULTILINE
            )
        yield cell


def plain(text: str) -> str:
    """Return a chapter's prose in Markdown that any notebook shows."""
    text = BLOCK.sub(lambda found: _quoted(_spoken(*found.groups())), text)
    text = EXCERPT.sub(lambda found: _excerpt(found[1]), text)
    for pattern, stands in PLAIN.items():
        text = re.sub(pattern, stands, text)
    return text


def _spoken(name: str, title: str, text: str) -> str:
    """Return a block of a voice with its head."""
    return f"**{VOICES.get(name, name)}:{title or ' '}**\n\n{text.strip()}"


def _quoted(text: str) -> str:
    """Return a text as a block quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _excerpt(key: str) -> str:
    """Return an excerpt as a quotation with its author and sentence."""
    excerpts = data.load("excerpts").set_index("id")
    if key not in excerpts.index:
        return ""  # a fault that the page itself has named
    row = excerpts.loc[key]
    source = data.the_brief()
    return f"{_quoted(f'“{row.text}”')}\n>\n> {source['author']}, [{source['title']}]({source['path']}), {row.locator}"
