"""Static pictures of the charts, drawn once in the builder, and the charts' own library."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from html import escape
from importlib.metadata import version
from pathlib import Path

import altair
import vl_convert

from book.charts import PALETTE

WIDTHS = {"narrow": 328, "wide": 720}  # pixels for which the static pictures are drawn

TALL = 2.2  # times its width: on one page of paper it could not be read, so it may run over two


def draw(specs: Iterable[str], store: Path) -> dict[str, str]:
    """Return the static pictures of charts by specification (JSON), drawn on all cores and kept in ``store``."""
    wanted = list(dict.fromkeys(specs))
    store.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        return dict(zip(wanted, pool.map(partial(_picture, store=store), wanted), strict=True))


def _picture(spec: str, store: Path) -> str:
    """Return the pictures of a chart, one a width, in the style sheet's colours; kept for this code and chart."""
    key = hashlib.sha256(
        f"{version('vl-convert-python')} {sorted(PALETTE.items())} {spec}".encode() + Path(__file__).read_bytes()
    ).hexdigest()[:16]
    kept = store / f"{key}.html"
    if not kept.exists():
        parts = []
        for size, width in WIDTHS.items():
            chart = json.loads(spec) | {"width": width}
            svg = vl_convert.vegalite_to_svg(json.dumps(chart), vl_version=_vega_lite())
            parts.append(_plain_svg(themed(svg), f"c{key[:8]}{size[0]}", chart["description"], size))
        fresh = kept.with_suffix(".new")
        fresh.write_text("".join(parts), "utf-8")
        fresh.replace(kept)
    return kept.read_text("utf-8")


def _vega_lite() -> str:
    """Return the version of Vega-Lite that Altair writes, as vl-convert names it."""
    return ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def themed(text: str) -> str:
    """Replace the palette's colours by the names that the style sheet gives a colour in each theme."""
    for name, colour in PALETTE.items():
        text = text.replace(colour, f"var(--chart-{name})")
    return text


def light(text: str) -> str:
    """Undo :func:`themed`: the colors of the light theme, for a picture that no style sheet reaches."""
    for name, color in PALETTE.items():
        text = text.replace(f"var(--chart-{name})", color)
    return text


def _plain_svg(svg: str, prefix: str, description: str, size: str) -> str:
    """Give a picture stable ids, a role and a description, and let it scale."""
    for number, old in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf'(id="|url\(#|href="#){re.escape(old)}(?=["\)])', rf"\g<1>{prefix}{number}", svg)
    svg = re.sub(r'\s(aria-[a-z]+|role)="[^"]*"', "", svg)
    head, rest = svg.split(">", 1)
    head = re.sub(r'\sclass="[^"]*"', "", head)
    width, height = (float(re.search(rf'\s{side}="([\d.]+)"', head)[1]) for side in ("width", "height"))  # type: ignore[index]
    tall = " data-tall" if height > TALL * width else ""
    label = escape(description)
    return head.replace("<svg", f'<svg class="picture {size}"{tall} role="img" aria-label="{label}"', 1) + ">" + rest


def write_library(target: Path, store: Path) -> None:
    """Write Vega, Vega-Lite and Vega-Embed as one local script that leaves one global name behind."""
    kept = store / f"vega-{version('vl-convert-python')}-{_vega_lite()}.js"
    if not kept.exists():
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=_vega_lite())
        fresh = kept.with_suffix(".new")
        fresh.write_text("(function () {\n" + bundle + "\n})();\n", "utf-8")
        fresh.replace(kept)
    shutil.copyfile(kept, target)
