"""A page read back as a tree of elements, strictly, and how easily its words read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """One element of a page: its name, attributes, and what is inside."""

    tag: str
    attrs: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words inside, spaces squeezed."""
        return " ".join(" ".join(child if isinstance(child, str) else child.text for child in self.children).split())

    def walk(self) -> Iterator["Element"]:
        """This element and all below it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str | None = None, **attrs: str) -> list["Element"]:
        """The elements with this name and these attributes; `_` in an attribute's name stands for `-`."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [one for one in self.walk() if one.tag == (tag or one.tag) and wanted.items() <= one.attrs.items()]

    def one(self, tag: str | None = None, **attrs: str) -> "Element":
        """The only element with this name and these attributes."""
        (found,) = self.all(tag, **attrs)
        return found


class _Reader(HTMLParser):
    VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Element:
    """The tree of a page; an element that is closed out of turn is an error."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is never closed"
    return reader.root


def gulpease(text: str) -> float:
    """Readability of Italian, 0 to 100: below 60 is hard for who left school at fourteen."""
    words = re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)*|\d[\d.,]*", text)
    sentences = max(1, len(re.findall(r"[.!?:;](?:\s|$)", text)))
    letters = sum(len(word) for word in words)
    return min(100.0, 89 + (300 * sentences - 10 * letters) / len(words))
