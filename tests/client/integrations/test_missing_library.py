"""A hook without its library says what to install."""

import sys
from importlib import import_module

import pytest

PACKAGES = {
    "keras": "keras",
    "lightgbm": "lightgbm",
    "lightning": "lightning",
    "optuna": "optuna",
    "sklearn": "scikit-learn",
    "tqdm": "tqdm",
    "transformers": "transformers",
    "xgboost": "xgboost",
}


@pytest.mark.parametrize(("name", "package"), PACKAGES.items())
def test_it_says_what_to_install(name, package, monkeypatch):
    hook = f"stickyboard.integrations.{name}"
    for module in [each for each in sys.modules if each == hook or each.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=rf"^{package} is not installed; type: pip install {package}$"):
        import_module(hook)


def test_a_package_that_the_library_lacks_is_named(tmp_path, monkeypatch):
    (tmp_path / "tqdm").mkdir()
    (tmp_path / "tqdm/__init__.py").write_text("import does_not_exist")
    monkeypatch.syspath_prepend(tmp_path)
    for module in [each for each in sys.modules if each.partition(".")[0] == "tqdm" or each.endswith(".tqdm")]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ModuleNotFoundError, match="does_not_exist"):
        import_module("stickyboard.integrations.tqdm")
