"""The tree-sitter grammar of each of our languages, and its version."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
from functools import cache
from importlib import metadata
from pathlib import Path

from tree_sitter import Language

from replay.errors import AnalyserError
from replay.languages import BY_NAME

BUNDLE = "tree-sitter-languages"


@cache
def grammar(language: str) -> Language:
    """The tree-sitter grammar of one of our languages: from its own wheel, else from the bundle of old grammars.

    Raises AnalyserError where neither is installed.
    """
    module, _, function = BY_NAME[language].grammar.partition(":")
    try:
        return Language(getattr(importlib.import_module(module), function or "language")())
    except ImportError as error:
        if (bundled := _bundled(module)) is not None:
            return bundled
        wheel = module.replace("_", "-")
        raise AnalyserError(
            f"no grammar for {language}: install it with `pip install {wheel}`, or with `pip install "
            f"'transcript-replay[more-languages]'` on Python 3.12 or older"
        ) from error


def _bundled(symbol: str) -> Language | None:
    """A grammar from the wheel ``tree-sitter-languages`` 1.10.2, None where the wheel or the language is not there.

    Its own loader fails with every tree-sitter from 0.22 on, but its library holds plain grammars (ABI 13 and 14),
    which tree-sitter takes as a capsule.
    """
    found = importlib.util.find_spec(BUNDLE.replace("-", "_"))
    if found is None or found.origin is None:
        return None
    try:
        make = ctypes.CDLL(str(Path(found.origin).with_name("languages.so")))[symbol]
    except (OSError, AttributeError):
        return None
    make.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype, capsule.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return Language(capsule(make(), b"tree_sitter.Language", None))


@cache
def grammar_version(language: str) -> str:
    """Version of the wheel and ABI of the grammar: ``0.25.0 abi 15``. Queries are not portable between versions."""
    wheel = BY_NAME[language].grammar.partition(":")[0].replace("_", "-")
    abi = grammar(language).abi_version
    try:
        return f"{metadata.version(wheel)} abi {abi}"
    except metadata.PackageNotFoundError:
        return f"{BUNDLE} {metadata.version(BUNDLE)} abi {abi}"
