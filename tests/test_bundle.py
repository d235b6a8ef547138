"""Languages without a pinned wheel come from the bundle of old grammars, where it is installed."""

import pytest
from tree_sitter import Parser

from replay import grammars
from replay.errors import AnalyserError


def test_a_language_without_a_wheel_is_read_from_the_bundle() -> None:
    """Haskell has no pinned wheel: the bundle's grammar parses it, and the version says where it is from."""
    pytest.importorskip("tree_sitter_languages", reason="the extra [more-languages] is not installed")
    tree = Parser(grammars.grammar("haskell")).parse(b"main = print 1\n")
    assert not tree.root_node.has_error
    assert grammars.grammar_version("haskell").startswith("tree-sitter-languages 1.10.2 abi")


def test_a_missing_grammar_says_what_to_install() -> None:
    """Without wheel and bundle the error names both ways to get the grammar."""
    try:
        import tree_sitter_languages  # noqa: F401 - only to see whether it is there
    except ImportError:
        with pytest.raises(AnalyserError, match=r"tree-sitter-erlang.*more-languages"):
            grammars.grammar("erlang")
    else:
        pytest.skip("the extra [more-languages] is installed")
