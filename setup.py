"""Adds the bundled scripts of the page to a wheel, if esbuild is installed (`npm ci`)."""

import importlib.util
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


class BuildWithScripts(build_py):
    """Copies the packages, and then bundles the copied scripts."""

    def run(self) -> None:
        """Build; without esbuild, the page loads its modules separately."""
        super().run()
        # Loaded by its path, because what the package imports is not installed here.
        spec = importlib.util.spec_from_file_location("bundle", HERE / "broadcast" / "page" / "bundle.py")
        bundle = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(bundle)
        esbuild = bundle.find_esbuild(HERE)
        if esbuild and not self.editable_mode:
            bundle.build(Path(self.build_lib) / "broadcast" / "static", esbuild)


setup(cmdclass={"build_py": BuildWithScripts})
