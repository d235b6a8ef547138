"""Pieces of files, as agents write them in prose and patches: judged where what matters can be read, else unparsed."""

import pytest

from replay import check, rules
from replay.engines.completing import completed
from replay.records import Change, Checked


def judged(language: str, text: str, *, first_line: int = 1) -> Checked:
    """What the piece alone introduces by our own queries and predicates."""
    book = [rule for rule in rules.load() if rule.engine != "semgrep"]
    change = Change("f", "applied", "t", language, None, text, basis="fragment", first_line=first_line)
    (checked,) = check.introduced([[change]], book)
    return checked


@pytest.mark.parametrize(
    ("language", "text", "line"),
    [
        pytest.param(
            "python",
            "        try:\n            a()\n        except Exception:\n            pass\n",
            3,
            id="a body, indented",
        ),
        pytest.param(
            "python",
            "try:\n            a()\n        except Exception:\n            pass\n",
            3,
            id="cut from its indent",
        ),
        pytest.param("python", "except Exception:\n    pass\n", 1, id="a lone except"),
        pytest.param(
            "python", "\n    except Exception:\n        pass\n    return 1\n", 2, id="an except, and what follows"
        ),
        pytest.param(
            "python", "except Exception:\n    pass\n\ndef other():\n    return 1\n", 1, id="an except, and a function"
        ),
        pytest.param(
            "python",
            "        x = a()\n    except Exception:\n        pass\n    finally:\n        b()\n",
            2,
            id="no try",
        ),
        pytest.param(
            "python",
            "class A:\n    # ... existing code ...\n    def a(self):\n        try:\n            b()\n"
            "        except Exception:\n            pass\n    # ... existing code ...\n",
            6,
            id="a class with code left out",
        ),
        pytest.param("javascript", "} catch (e) {\n}\n", 1, id="a lone catch"),
        pytest.param("javascript", "  } catch (e) {\n  }\n  return 1;\n}\n", 1, id="the end of a function"),
        pytest.param(
            "javascript", "  async a() {\n    try {\n      b();\n    } catch (e) {\n    }\n  }\n", 4, id="a method"
        ),
        pytest.param(
            "typescript",
            "  async a(): Promise<void> {\n    try {\n      b();\n    } catch (e) {\n    }\n  }\n",
            4,
            id="a typed method",
        ),
        pytest.param(
            "javascript",
            "class A {\n  // ... existing code ...\n  a() {\n    try { b(); } catch (e) {}\n  }\n  // ...\n}\n",
            4,
            id="a script's class with code left out",
        ),
        pytest.param(
            "java", "    void a() {\n        try { b(); } catch (Exception e) {\n        }\n    }\n", 2, id="Java"
        ),
        pytest.param("java", "        } catch (Exception e) {\n        }\n", 1, id="a catch in Java"),
        pytest.param("csharp", "        catch (Exception) { }\n", 1, id="a catch in C#"),
        pytest.param("kotlin", "    } catch (e: Exception) {\n    }\n", 1, id="a catch in Kotlin"),
        pytest.param("ruby", "rescue => e\n  # ignore\nend\n", 1, id="a rescue"),
        pytest.param("ruby", "  rescue StandardError\n    nil\n  end\n", 1, id="a rescue, indented"),
        pytest.param("php", "    try { a(); } catch (\\Exception $e) {\n    }\n", 1, id="PHP without its tag"),
        pytest.param("php", "} catch (\\Exception $e) {\n}\n", 1, id="a catch in PHP"),
        pytest.param(
            "php",
            "  public function a() {\n    try { b(); } catch (\\Exception $e) {\n    }\n  }\n",
            2,
            id="a PHP method",
        ),
    ],
)
def test_a_fault_in_a_piece_is_found_on_its_line(language: str, text: str, line: int) -> None:
    """The one fault is found where it stands in the piece, all of which could be read."""
    checked = judged(language, text, first_line=11)
    assert {finding.line for finding in checked.findings if "swallowed" in finding.rule} == {line + 10}
    assert not checked.unparsed


@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("python", "    except ValueError as error:\n        raise Missing from error\n", id="a clause"),
        pytest.param("python", "    else:\n        a()\n", id="an else"),
        pytest.param("javascript", "  } catch (e) {\n    report(e);\n    throw e;\n  }\n", id="a catch"),
        pytest.param("typescript", "  private a(b: string): string {\n    return b;\n  }\n", id="a method"),
        pytest.param("php", "  private function a() {\n    return 1;\n  }\n", id="a PHP method"),
        pytest.param("ruby", "rescue KeyError => e\n  raise Missing, e\nend\n", id="a rescue"),
    ],
)
def test_a_clean_piece_is_clean(language: str, text: str) -> None:
    """Nothing is found in it, and nothing that was put around it is told as the model's."""
    checked = judged(language, text)
    assert not checked.findings
    assert not checked.unparsed


@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("python", "def a():\n    [rest as before]: etc\n    b(\n", id="Python"),
        pytest.param("javascript", "function a() {\n  ... rest ...\n}\n", id="dots that are no comment"),
        pytest.param("rust", "            Err(_) => {}\n        }\n", id="an arm of a match"),
        pytest.param("java", "else { a(\n", id="cut in the middle"),
    ],
)
def test_a_piece_that_cannot_be_read_is_unparsed(language: str, text: str) -> None:
    """It is not clean by accident."""
    assert judged(language, text).unparsed


@pytest.mark.parametrize(
    ("language", "text"),
    [("python", "x = 1\n"), ("javascript", "a();\n"), ("php", "<p>Hello</p>\n<?= $name ?>\n"), ("python", "def (\n")],
)
def test_what_needs_nothing_or_cannot_be_helped_stays_as_it_is(language: str, text: str) -> None:
    """The text that is judged is then the text itself."""
    assert completed(language, text) == (text, 0)
