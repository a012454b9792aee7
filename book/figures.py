"""Static pictures of the charts, drawn once in the builder, the charts' own library, and the preview for links."""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from html import escape
from importlib.metadata import version
from pathlib import Path
from textwrap import wrap
from xml.etree import ElementTree

import altair
import vl_convert
from PIL import Image

from book.charts import FONT, PALETTE
from book.data import package, scenarios
from book.tables import place_of

SHARPNESS = 1.5  # pixels of a PNG for one of the picture
HIGHEST = 8000  # pixels, the most that a PNG is high
WIDTHS = {"narrow": 328, "wide": 720}  # pixels for which the static pictures are drawn
PREVIEW = (1200, 630)  # pixels of the picture for links
SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
# What a still picture has no use for, and what stands in it as it would without being said.
NEEDLESS = {"class", "role", "pointer-events", "cursor", "stroke-miterlimit"}
GIVEN = {"opacity": "1", "fill-opacity": "1", "stroke-opacity": "1", "text-anchor": "start", "stroke-width": "1"}
GIVEN |= {"transform": "translate(0,0)", "y2": "0", "x2": "0"}
COMMON = {"font-family": FONT, "font-size": "13px"}  # said once, at the root
PLACES = {"d", "transform", "x", "y", "x1", "y1", "x2", "y2", "width", "height"}

TALL = 2.2  # times its width: on one page of paper it could not be read, so it may run over two


def draw(specs: Iterable[str], store: Path, pool: Executor) -> Iterator[tuple[str, str]]:
    """Give charts by specification (JSON), each with its static pictures, drawn by ``pool`` and kept in ``store``."""
    wanted = list(dict.fromkeys(specs))
    store.mkdir(parents=True, exist_ok=True)
    return zip(wanted, pool.map(partial(_picture, store=store), wanted), strict=True)


def _picture(spec: str, store: Path) -> str:
    """Return the pictures of a chart, one a width, in the style sheet's colours; kept for this code and chart."""
    key = key_of(f"{sorted(PALETTE.items())} {spec}")

    def fresh() -> bytes:
        parts = []
        for size, width in WIDTHS.items():
            chart = json.loads(spec) | {"width": width}
            svg = vl_convert.vegalite_to_svg(json.dumps(chart), vl_version=_vega_lite())
            parts.append(_plain_svg(themed(_slim(svg)), f"c{key[:8]}{size[0]}", chart["description"], size))
        return "".join(parts).encode()

    return kept(store / f"{key}.html", fresh).decode()


def key_of(text: str) -> str:
    """Return the key under which a drawing of this text by this code is kept."""
    own = version("vl-convert-python").encode() + Path(__file__).read_bytes()
    return hashlib.sha256(own + text.encode()).hexdigest()[:16]


def kept(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """Return what is kept in a file, made first where it is not there yet."""
    if not path.exists():
        new = path.with_suffix(".new")
        new.write_bytes(fresh())
        new.replace(path)
    return path.read_bytes()


def _vega_lite() -> str:
    """Return the version of Vega-Lite that Altair writes, as vl-convert names it."""
    return ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def themed(text: str) -> str:
    """Replace the palette's colours by the names that the style sheet gives a colour in each theme."""
    for name, colour in PALETTE.items():
        text = text.replace(colour, f"var(--chart-{name})")
    return text


def in_light_colors(text: str) -> str:
    """Undo :func:`themed`: the colors of the light theme, for a picture that no style sheet reaches."""
    for name, color in PALETTE.items():
        text = text.replace(f"var(--chart-{name})", color)
    return text


def _slim(svg: str) -> str:
    """Return the same picture in fewer bytes: nothing empty or invisible, tenths of a pixel, fonts said once."""
    root = ElementTree.fromstring(svg)
    _thin(root)
    for name, value in COMMON.items():
        root.set(name, value)
    return ElementTree.tostring(root, "unicode").replace(" />", "/>")


def _thin(parent: ElementTree.Element) -> None:
    """Lighten what stands within an element, from the innermost outward."""
    for child in list(parent):
        kind = child.get("class", "").split(" ")[0]
        invisible = kind == "foreground" or (kind == "background" and not {"fill", "stroke"} & set(child.attrib))
        _thin(child)
        for name, value in list(child.attrib.items()):
            if name in NEEDLESS or name.startswith("aria-") or value == (GIVEN | COMMON).get(name):
                del child.attrib[name]
            elif name in PLACES and "scale" not in value:
                child.set(name, _relative(_rounded(value)) if name == "d" else _rounded(value))
        painted = [name for name in ("fill", "stroke") if child.get(name, "none") not in ("none", "transparent")]
        if "opacity" in child.attrib and len(painted) == 1 and f"{painted[0]}-opacity" not in child.attrib:
            # Alike to the eye, and far quicker to turn into pixels.
            child.set(f"{painted[0]}-opacity", child.attrib.pop("opacity"))
        place = list(parent).index(child)
        is_group = child.tag == f"{{{SVG}}}g"
        if invisible or (is_group and not len(child)):
            parent.remove(child)
        elif is_group and not child.attrib:
            parent.remove(child)
            for offset, inner in enumerate(list(child)):
                parent.insert(place + offset, inner)


def _rounded(text: str) -> str:
    """Return a text with its numbers to a tenth."""
    return re.sub(r"-?\d*\.\d+(?:e-?\d+)?", lambda found: f"{round(float(found[0]), 1) + 0.0:g}", text)


def _relative(path: str) -> str:
    """Return a path of lines and curves with each step told from the one before, which takes fewer digits."""
    if not re.fullmatch(r"[MLCZ\d.,\s-]+", path):
        return path
    at, start, parts = (0, 0), (0, 0), []
    for letter, given in re.findall(r"([MLCZ])([^MLCZ]*)", path):
        tenths = [round(float(number) * 10) for number in re.findall(r"-?[\d.]+", given)]
        pairs = list(zip(tenths[::2], tenths[1::2], strict=True))
        steps = [f"{(number - origin) / 10:g}" for pair in pairs for number, origin in zip(pair, at, strict=True)]
        parts.append(letter.lower() + re.sub(r"(?<!\d)0\.", ".", " ".join(steps)).replace(" -", "-"))
        at = pairs[-1] if pairs else start
        start = at if letter == "M" else start
    return "".join(parts)


def _plain_svg(svg: str, prefix: str, description: str, size: str) -> str:
    """Give a picture stable ids, a role and a description, and the place from which it may shrink."""
    for number, old in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf'(id="|url\(#|href="#){re.escape(old)}(?=["\)])', rf"\g<1>{prefix}{number}", svg)
    width, height = (float(re.search(rf'\s{side}="([\d.]+)"', svg)[1]) for side in ("width", "height"))  # type: ignore[index]
    tall = " data-tall" if height > TALL * width else ""
    label = escape(description)
    head = f'<svg class="picture {size}"{tall} role="img" aria-label="{label}" preserveAspectRatio="xMinYMin"'
    return svg.replace("<svg", head, 1)


def as_png(svg: str) -> bytes:
    """Return a picture as PNG in at most 64 colors, which takes an eighth of the bytes."""
    height = re.search(r'<svg[^>]* height="([\d.]+)"', svg)
    sharpness = min(SHARPNESS, HIGHEST / float(height[1])) if height else SHARPNESS
    drawn = Image.open(io.BytesIO(vl_convert.svg_to_png(svg, sharpness))).convert("RGB")
    out = io.BytesIO()
    drawn.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def write_library(target: Path, store: Path) -> None:
    """Write Vega, Vega-Lite and Vega-Embed as one local script that leaves one global name behind."""

    def fresh() -> bytes:
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=_vega_lite())
        return f"(function () {{\n{bundle}\n}})();\n".encode()

    path = store / f"{key_of(_vega_lite())}.js"
    kept(path, fresh)
    shutil.copyfile(path, target)


def preview(target: Path, store: Path) -> None:
    """Write the picture that a link to the book shows elsewhere: its title, one line, the scenarios' colors."""
    own = package()
    title, _, rest = own["title"].partition(":")
    source = own["sources"][0]
    line = f"{source['author']}, {source['title']}, as a book that runs" if "author" in source else rest
    bands = "".join(
        f'<rect x="{80 + 540 * number}" y="430" width="500" height="16" fill="{PALETTE[place_of(name)]}"/>'
        f'<text x="{80 + 540 * number}" y="500" font-size="40" fill="{PALETTE[place_of(name)]}">{escape(name)}</text>'
        for number, name in enumerate(scenarios()[:2])
    )
    svg = (
        f'<svg xmlns="{SVG}" width="{PREVIEW[0]}" height="{PREVIEW[1]}" font-family="{FONT}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        + "".join(
            f'<text x="80" y="{180 + 84 * number}" font-size="74" font-weight="bold" fill="{PALETTE["ink"]}">'
            f"{escape(part)}</text>"
            for number, part in enumerate(wrap(title, 28)[:2])
        )
        + f'<text x="80" y="350" font-size="27" fill="{PALETTE["muted"]}">{escape(line)}</text>{bands}</svg>'
    )
    target.write_bytes(kept(store / f"{key_of(svg)}.png", lambda: vl_convert.svg_to_png(svg, 1)))
