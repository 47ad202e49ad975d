"""Bundles the page's modules into a few scripts, because a slow line pays for each request. Standard library only.

    core.js       what every scene needs, each module as one export. It places the board's scenes while main.js loads
    main.js       the widgets, the first paint and the connection
    controls.js   keys, menus and exports, which load later
    embed.js      scenes in pages of a project, with the widgets
    api/          for each module in core.js, a module of the same name that re-exports it from core.js

Each script contains the modules that core.js does not have and that it imports.

A module of another app imports the page's modules under their own names. The page's import map sends these imports to
`api/`, so that there is one instance of each. `sources.json` has the hashes of the bundled files: a page with other
files, for example in a checkout, does not use the bundle.
"""

import hashlib
import json
import os
import posixpath
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = "stickyboard/bundle"
SOURCES = f"{FOLDER}/sources.json"
MAIN, CONTROLS, EMBED, CORE = (f"{FOLDER}/{name}.js" for name in ("main", "controls", "embed", "core"))
# Own scripts of pages, and what no module imports.
ENTRIES = {  # and what is imported before each
    "page/main.js": ["widgets.js"],
    "page/controls.js": [],
    "page/embed.js": ["widgets.js"],
}
SEPARATE = ("page/theme.js", "page/events.js", "page/gallery.js")
BOARD, API, LOADER, WIDGETS = "page/board.js", "page/api.js", "page/scene_loader.js", "page/widgets/"
APART = ("bundle/", "gallery/")  # folders of modules that are never part of it
CORE_NAME = "stickyboard-core"  # stands for core.js until its place is known
OPTIONS = ("--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=warning", "--charset=utf8")


def find_esbuild(folder: Path) -> str | None:
    """Return the path of esbuild: `$ESBUILD`, the one that npm installed in a folder, or the one on the path."""
    installed = folder.absolute() / "node_modules" / ".bin" / "esbuild"
    return os.environ.get("ESBUILD") or (str(installed) if installed.exists() else shutil.which("esbuild"))


def build(static: Path, esbuild: str) -> list[str]:
    """Write the bundle below a folder of static files, replacing an older one.

    Returns:
        The names of the files.

    Raises:
        OSError, subprocess.CalledProcessError: esbuild cannot be run, or reports a faulty module on stderr.
    """
    static = static.absolute()
    source, target = static / "stickyboard", static / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        facts = _facts(esbuild, source, _modules(source), Path(scratch) / "each")
        core = _core_of(facts)
        _run(esbuild, source, [f"--outfile={target / 'core.js'}"], _core(core))
        folder = Path(scratch) / "entries"
        for name in facts:
            # The entries import core.js instead of its modules.
            number = core.index(name) if name in core else None
            own = (source / name).read_text()
            _write(folder / name, own if number is None else _reexport(facts[name].exports, number, CORE_NAME))
        _write(folder / "widgets.js", _registered(_widgets(facts)))
        for name, first in ENTRIES.items():
            script = target / Path(name).name
            text = "\n".join(f'import "./{each}";' for each in (*first, name))
            _run(esbuild, folder, [f"--outfile={script}", f"--external:{CORE_NAME}"], text)
            _write(script, script.read_text().replace(f'"{CORE_NAME}"', '"./core.js"'))
    for number, name in enumerate(core):
        up = "../" * (name.count("/") + 1)
        _write(target / "api" / name, _reexport(facts[name].exports, number, f"{up}core.js"))
    parts = {"core": core, "others": [name for name in facts if name not in core]}
    hashes = {part: {f"stickyboard/{each}": hash_of(source / each) for each in names} for part, names in parts.items()}
    _write(static / SOURCES, json.dumps(hashes, indent=1))
    return sorted(str(path.relative_to(static)) for path in target.rglob("*") if path.is_file())


def bundled_modules(sources: bytes) -> dict[str, frozenset[str]]:
    """Return the names of the modules in `core.js` and in `others`, from the text of `sources.json`."""
    return {part: frozenset(names) for part, names in json.loads(sources).items()}


def api_name(module: str) -> str:
    """Return the name of the module that re-exports a bundled one."""
    return f"{FOLDER}/api/{module.removeprefix('stickyboard/')}"


def is_current(sources: Path, find: Callable[[str], Path | None]) -> bool:
    """Return whether the files that a page would load without a bundle are those that were bundled.

    Args:
        sources: the bundle's `sources.json`.
        find: returns the path of a static file.
    """
    try:
        parts: dict[str, dict[str, str]] = json.loads(sources.read_text())
        hashes = [each for part in parts.values() for each in part.items()]
        return all((path := find(name)) is not None and hash_of(path) == digest for name, digest in hashes)
    except (OSError, ValueError):
        return False


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _modules(source: Path) -> list[str]:
    names = sorted(str(path.relative_to(source)) for path in source.rglob("*.js"))
    return [name for name in names if name not in SEPARATE and not name.startswith(APART)]


class _Module(NamedTuple):
    exports: list[str]
    imports: list[str]  # names of modules


def _facts(esbuild: str, source: Path, names: Sequence[str], scratch: Path) -> dict[str, _Module]:
    facts = scratch / "facts.json"
    options = ["--format=esm", "--log-level=warning", f"--outdir={scratch}", "--outbase=.", f"--metafile={facts}"]
    subprocess.run([esbuild, *options, *names], cwd=source, check=True)
    outputs = json.loads(facts.read_text())["outputs"].values()
    return {output["entryPoint"]: _Module(output["exports"], _imports_of(output)) for output in outputs}


def _imports_of(output: dict[str, Any]) -> list[str]:
    folder = posixpath.dirname(output["entryPoint"])
    return [posixpath.normpath(posixpath.join(folder, each["path"])) for each in output["imports"]]


def _core_of(facts: dict[str, _Module]) -> list[str]:
    """Return the modules that place the board, those for other apps, and those that two scripts of a page share."""
    main = _imported(facts, ["page/main.js", *_widgets(facts)])
    controls = _imported(facts, ["page/controls.js"])
    return sorted((_imported(facts, [BOARD, API]) | main & controls) - {*ENTRIES})


def _widgets(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(WIDGETS)]


def _imported(facts: dict[str, _Module], names: Iterable[str]) -> set[str]:
    """Return modules with all that they import."""
    found: set[str] = set()
    pending = [*names]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += facts[name].imports
    return found


def _core(modules: Sequence[str]) -> str:
    lines = [f'import * as m{number} from "./{name}"; export {{ m{number} }};' for number, name in enumerate(modules)]
    return "\n".join([*lines, f"if (globalThis.document) m{modules.index(BOARD)}.placeEarly();"])


def _registered(widgets: Iterable[str]) -> str:
    """Return a module that registers widgets. Imported before a script, so that the script waits for none of them."""
    numbered = list(enumerate(widgets))
    imports = [f'import * as w{number} from "./{name}";' for number, name in numbered]
    registered = [f'modules.set("stickyboard/{name}", w{number});' for number, name in numbered]
    return "\n".join([f'import {{ modules }} from "./{LOADER}";', *imports, *registered])


def _reexport(names: Sequence[str], number: int, core: str) -> str:
    named = ", ".join(name for name in names if name != "default")
    default = f"export default m{number}.default;\n" if "default" in names else ""
    return f'import {{ m{number} }} from "{core}";\nexport const {{ {named} }} = m{number};\n{default}'


def _run(esbuild: str, folder: Path, words: Sequence[str], text: str | None = None) -> None:
    subprocess.run([esbuild, *OPTIONS, *words], cwd=folder, input=text, text=True, check=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
