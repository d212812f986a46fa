"""``make translations``: collect the program's texts, update the ``.ts`` files, compile them to ``.qm``.

Qt's lupdate does not understand a module's own ``tr()``, so the texts are collected from the syntax tree: ``self.tr``
(context: the class), a module's ``tr`` (context: as its definition says), ``translate`` and ``QT_TRANSLATE_NOOP``
with a context. Sentences that Qt-free rooms hand to the window are collected too, as templates with ``{0}``, ``{1}``
for what is filled in (context ``Sentences``, see ``app/ui/sentences.py``).
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = ("zh_CN",)
SENTENCES = "Sentences"
TEMPLATES = FOLDER / "sentences.txt"
QT_FREE_ROOMS = ("app/session", "app/case", "app/slides", "app/exchange", "app/analysis", "kd/bundle.py")
_MIN_WORDS = 3
_NOT_FOR_USERS = ("execute", "executemany", "executescript", "add_argument", "ArgumentParser", "compile")
_PLACEHOLDER = re.compile(r"\{(\d*|[a-z_]+)(:[^}]*)?\}")


@dataclass(frozen=True, order=True, slots=True)
class Text:
    """One text to translate, and where it stands."""

    context: str
    source: str
    place: str


def ui_texts(root: Path = ROOT) -> tuple[list[Text], list[str]]:
    """All texts of the window; and where a ``tr()`` cannot be collected, each as a sentence."""
    found: list[Text] = []
    problems: list[str] = []
    for path in sorted((root / "app" / "ui").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        visitor = _Texts(path.relative_to(root).as_posix(), _module_context(tree))
        visitor.visit(tree)
        found += visitor.found
        problems += visitor.problems
    return found, problems


def sentence_templates(root: Path = ROOT) -> list[str]:
    """The sentences of the rooms without Qt, sorted; what is filled in is ``{0}``, ``{1}``, ..."""
    found: set[str] = set()
    for room in QT_FREE_ROOMS:
        place = root / room
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if path.is_file():
                found.update(_sentences(ast.parse(path.read_text(encoding="utf-8"))))
    return sorted(found)


def placeholders(text: str) -> list[str]:
    """``{0}``, ``{name}`` and the like, sorted, to compare a text with its translation."""
    return sorted(match.group(0) for match in _PLACEHOLDER.finditer(text))


def read_ts(path: Path) -> dict[tuple[str, str], str]:
    """(context, source) to translation; empty where there is none yet."""
    translations = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            entry = message.find("translation")
            text = "" if entry is None or entry.get("type") == "unfinished" else entry.text or ""
            translations[name, message.findtext("source", "")] = text
    return translations


def write_ts(path: Path, language: str, texts: list[Text], translations: dict[tuple[str, str], str]) -> None:
    """All texts by context; those without a translation are marked unfinished."""
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    places = {(text.context, text.source): text.place for text in reversed(texts)}
    for name in sorted({context for context, _ in places}):
        context = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(context, "name").text = name
        for source in sorted(source for other, source in places if other == name):
            message = ElementTree.SubElement(context, "message")
            ElementTree.SubElement(message, "location", filename=places[name, source])
            ElementTree.SubElement(message, "source").text = source
            entry = ElementTree.SubElement(message, "translation")
            entry.text = translations.get((name, source)) or None
            if not entry.text:
                entry.set("type", "unfinished")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8")


def main() -> int:
    """Update and compile all languages; tells how many texts still wait for a translation."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    templates = sentence_templates()
    TEMPLATES.write_text("".join(f"{line}\n" for line in templates), encoding="utf-8")
    texts, problems = ui_texts()
    for problem in problems:
        print(problem, file=sys.stderr)
    texts += [Text(SENTENCES, template, "Qt-free rooms") for template in templates]
    for language in LANGUAGES:
        path = FOLDER / f"fnascope_{language}.ts"
        known = read_ts(path) if path.is_file() else {}
        write_ts(path, language, texts, known)
        waiting = sum(not text for text in read_ts(path).values())
        print(f"{path.name}: {len(read_ts(path))} texts, {waiting} without a translation")
        _compile(path)
    return 1 if problems else 0


def _compile(path: Path) -> None:
    lrelease = shutil.which("pyside6-lrelease", path=str(Path(sys.executable).parent)) or "pyside6-lrelease"
    subprocess.run([lrelease, "-silent", str(path), "-qm", str(path.with_suffix(".qm"))], check=True)


class _Texts(ast.NodeVisitor):
    def __init__(self, place: str, module_context: str | None) -> None:
        self.found: list[Text] = []
        self.problems: list[str] = []
        self._place = place
        self._module_context = module_context
        self._classes: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name != "tr":
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in ("translate", "QT_TRANSLATE_NOOP", "tr") and len(node.args) >= 2:
            self._add(node, name, _constant(node.args[0]), node.args[1])
        elif name == "tr" and len(node.args) == 1:
            owner = function.value if isinstance(function, ast.Attribute) else None
            if owner is None:
                context = self._module_context or (self._classes[-1] if self._classes else None)
            elif isinstance(owner, ast.Name) and owner.id == "self" and self._classes:
                context = self._classes[-1]
            else:
                self.problems.append(f"{self._place}:{node.lineno}: tr() of another object; use translate()")
                return
            self._add(node, name, context, node.args[0])

    def _add(self, node: ast.Call, name: str, context: str | None, text: ast.expr) -> None:
        source = _constant(text)
        if source is None and name in ("translate", "QT_TRANSLATE_NOOP"):
            return  # its texts stand in a table for the translators
        if context is None or source is None:
            self.problems.append(f"{self._place}:{node.lineno}: context or text is no plain string")
        else:
            self.found.append(Text(context, source, self._place))


def _module_context(tree: ast.Module) -> str | None:
    """The context of the module's own ``tr``."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "tr":
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and call.args and _constant(call.args[0]):
                    return _constant(call.args[0])
        if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == "tr" for alias in node.names):
            path = ROOT / f"{node.module.replace('.', '/')}.py"
            return _module_context(ast.parse(path.read_text(encoding="utf-8")))
    return None


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _sentences(tree: ast.Module) -> Iterator[str]:
    passed_over = set(_docstrings_and_logs(tree))
    for node in ast.walk(tree):
        if isinstance(node, (ast.JoinedStr, ast.Constant)) and id(node) not in passed_over:
            template = _template(node)
            if template is not None and _is_sentence(template):
                yield template


def _docstrings_and_logs(tree: ast.Module) -> Iterator[int]:
    """Nodes whose text no user reads in the window, and the parts of f-strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr):
            for part in ast.walk(node):
                if part is not node:
                    yield id(part)
        elif isinstance(node, ast.Call):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            quiet = isinstance(owner, ast.Name) and owner.id in ("log", "logging")
            if quiet or name in _NOT_FOR_USERS:
                for part in ast.walk(node):
                    yield id(part)
        elif isinstance(node, (ast.Raise, ast.Assert)) and _is_internal(node):
            for part in ast.walk(node):
                yield id(part)


def _is_internal(node: ast.Raise | ast.Assert) -> bool:
    """Errors of the programmer, which reach no window."""
    if isinstance(node, ast.Assert):
        return True
    function = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return getattr(function, "id", "") in ("ValueError", "TypeError", "KeyError", "RuntimeError", "AssertionError")


def _template(node: ast.JoinedStr | ast.Constant) -> str | None:
    if isinstance(node, ast.Constant):
        return _numbered(node.value) if isinstance(node.value, str) else None
    text, count = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("{", "{{").replace("}", "}}")
        else:
            text += f"{{{count}}}"
            count += 1
    return text


def _numbered(text: str) -> str:
    """A text that is filled in by ``format`` later: its ``{}`` get their numbers."""
    numbers = iter(range(len(text)))
    return re.sub(r"\{\}", lambda _match: f"{{{next(numbers)}}}", text)


def _is_sentence(template: str) -> bool:
    words = re.findall(r"[A-Za-z]{2,}", _PLACEHOLDER.sub("", template))
    plain = template.strip()
    if len(words) < _MIN_WORDS or re.search(r"[\n<\\%=]|\.ttf$", plain) or plain.isupper() or " " not in plain:
        return False
    return not re.match(r"\(?(SELECT|INSERT|CREATE|DELETE|UPDATE|PRAGMA|BEGIN|DROP|ALTER)\b", plain)


if __name__ == "__main__":
    sys.exit(main())
