"""Bundles the page's modules into a few scripts, because a slow line pays for each request. Standard library only.

    core.js       every module that the first paint may need, each as one export
    main.js       the page's start, which the first paint waits for
    controls.js   keys, menus and exports, which load later, with the modules that only they import
    embed.js      scenes in pages of a project, with the modules that only they import
    api/          for each module in core.js, a module of the same name that re-exports it from core.js

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

FOLDER = "stickyboard/bundle"
SOURCES = f"{FOLDER}/sources.json"
MAIN, CONTROLS, EMBED, CORE = (f"{FOLDER}/{name}.js" for name in ("main", "controls", "embed", "core"))
# Own scripts of pages, and what no module imports.
ENTRIES = ("page/main.js", "page/controls.js", "page/embed.js")
SEPARATE = ("page/theme.js", "page/theme_button.js", "page/events.js", "page/gallery.js")
LATER = ("page/controls.js", "page/embed.js")  # what only these import is part of them
LOADER, WIDGETS = "page/scene_loader.js", "page/widgets/"
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
    every = [name for name in _modules(source) if name not in ENTRIES]
    with tempfile.TemporaryDirectory() as scratch:
        facts = _facts(esbuild, source, [*every, *ENTRIES], Path(scratch) / "each")
        exports = {name: fact["exports"] for name, fact in facts.items()}
        later = _later(facts)
        modules = [name for name in every if name not in later]
        _run(esbuild, source, [f"--outfile={target / 'core.js'}"], _core(modules))
        # The entries import core.js instead of modules, and controls.js imports main.js.
        folder = Path(scratch) / "entries"
        for number, name in enumerate(modules):
            _write(folder / name, _reexport(exports[name], f"m{number}", CORE_NAME))
        for name in later:
            _write(folder / name, (source / name).read_text())
        for name in ENTRIES:
            script = target / Path(name).name
            _write(folder / name, (source / name).read_text())
            _run(esbuild, folder, [f"--outfile={script}", f"--external:{CORE_NAME}", "--external:./main.js", name])
            _write(script, script.read_text().replace(f'"{CORE_NAME}"', '"./core.js"'))
    for number, name in enumerate(modules):
        up = "../" * (name.count("/") + 1)
        _write(target / "api" / name, _reexport(exports[name], f"m{number}", f"{up}core.js"))
    parts = {"core": modules, "entries": (*ENTRIES, *sorted(later))}
    hashes = {part: {f"stickyboard/{each}": hash_of(source / each) for each in names} for part, names in parts.items()}
    _write(static / SOURCES, json.dumps(hashes, indent=1))
    return sorted(str(path.relative_to(static)) for path in target.rglob("*") if path.is_file())


def core_modules(sources: bytes) -> frozenset[str]:
    """Return the names of the modules that `core.js` has, from the text of `sources.json`."""
    return frozenset(json.loads(sources)["core"])


def api_name(module: str) -> str:
    """Return the name of the module that re-exports a bundled one."""
    return f"{FOLDER}/api/{module.removeprefix('stickyboard/')}"


def is_current(sources: Path, find: Callable[[str], str | Path | None]) -> bool:
    """Return whether the files that a page would load without a bundle are those that were bundled.

    Args:
        sources: the bundle's `sources.json`.
        find: returns the path of a static file.
    """
    try:
        parts: dict[str, dict[str, str]] = json.loads(sources.read_text())
        hashes = [each for part in parts.values() for each in part.items()]
        return all((path := find(name)) is not None and hash_of(Path(path)) == digest for name, digest in hashes)
    except (OSError, ValueError):
        return False


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _modules(source: Path) -> list[str]:
    names = sorted(str(path.relative_to(source)) for path in source.rglob("*.js"))
    return [name for name in names if name not in SEPARATE and not name.startswith(APART)]


def _facts(esbuild: str, source: Path, names: Sequence[str], scratch: Path) -> dict[str, dict[str, list[str]]]:
    """Return for each module the names that it exports, and the modules that it imports."""
    facts = scratch / "facts.json"
    options = ["--format=esm", "--log-level=warning", f"--outdir={scratch}", "--outbase=.", f"--metafile={facts}"]
    subprocess.run([esbuild, *options, *names], cwd=source, check=True)
    outputs = json.loads(facts.read_text())["outputs"].values()
    return {
        output["entryPoint"]: {
            "exports": output["exports"],
            "imports": [
                posixpath.normpath(posixpath.join(posixpath.dirname(output["entryPoint"]), each["path"]))
                for each in output["imports"]
            ],
        }
        for output in outputs
    }


def _later(facts: dict[str, dict[str, list[str]]]) -> set[str]:
    """Return the modules that only scripts which load later import."""
    later: set[str] = set()
    while True:
        kept = [name for name in facts if name not in later and name not in LATER]
        used = {each for name in kept for each in facts[name]["imports"]}
        found = {each for name in (*later, *LATER) for each in facts[name]["imports"]} - used - later - {*ENTRIES}
        if not found:
            return later
        later |= found


def _core(modules: Iterable[str]) -> str:
    numbered = list(enumerate(modules))
    lines = [f'import * as m{number} from "./{name}"; export {{ m{number} }};' for number, name in numbered]
    widgets = [
        f'modules.set("stickyboard/{name}", m{number});' for number, name in numbered if name.startswith(WIDGETS)
    ]
    return "\n".join([f'import {{ modules }} from "./{LOADER}";', *lines, *widgets])


def _reexport(names: Sequence[str], member: str, core: str) -> str:
    named = ", ".join(name for name in names if name != "default")
    default = f"export default {member}.default;\n" if "default" in names else ""
    return f'import {{ {member} }} from "{core}";\nexport const {{ {named} }} = {member};\n{default}'


def _run(esbuild: str, folder: Path, words: Sequence[str], text: str | None = None) -> None:
    subprocess.run([esbuild, *OPTIONS, *words], cwd=folder, input=text, text=True, check=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
