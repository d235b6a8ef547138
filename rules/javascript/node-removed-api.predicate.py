"""An API that Node removed or deprecates, called on what was imported from Node, or a package that is given up."""

import re

from replay.engines import touched

GONE = re.compile(r"(?:node:)?(?:sys|domain|punycode)|request(?:-promise(?:-native)?)?|node-sass")
REMOVED = {
    "util": frozenset(
        "isArray isBoolean isBuffer isDate isError isFunction isNull isNullOrUndefined isNumber isObject isPrimitive isRegExp "
        "isString isSymbol isUndefined print puts pump _extend log".split()
    ),
    "url": frozenset({"parse", "resolve"}),
    "crypto": frozenset({"createCipher", "createDecipher", "createCredentials"}),
    "fs": frozenset({"exists"}),
    "os": frozenset({"tmpDir", "getNetworkInterfaces"}),
    "tls": frozenset({"createSecurePair", "parseCertString"}),
}
IMPORTS = frozenset({"import_statement", "variable_declarator"})
CALLS = frozenset({"import_statement", "call_expression", "new_expression"})
WORD = re.compile(
    rf"""["'](?:{GONE.pattern}|(?:node:)?(?:{"|".join(REMOVED)}))["']|Buffer\s*\(|\bbinding\b|\brmdir""".encode()
)
"""What stands in every text with a finding."""


def introduced(before, after):
    """Nodes of the text after."""
    found = list(_found(after))
    return touched.added(_found(before) if before is not None and found else (), found)


def _found(tree):
    if WORD.search(touched.text(tree)):
        names = dict(pair for node in touched.nodes(tree, IMPORTS) for pair in _names(node))
        for node in touched.nodes(tree, CALLS):
            if _is_removed(node, names):
                yield _text(node), node


def _names(node):
    """The names that an import gives, each with its module of Node, and with what of it where that is one function."""
    module = _module(node).removeprefix("node:")
    if module not in REMOVED:
        return
    if node.type == "import_statement":
        for part in node.named_children:
            for child in part.named_children if part.type == "import_clause" else ():
                if child.type == "named_imports":
                    for one in child.named_children:
                        name, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
                        yield _text(alias or name), (module, _text(name))
                else:
                    yield _text(child.named_children[0] if child.named_children else child), (module, None)
    else:
        name = node.child_by_field_name("name")
        if name is not None and name.type == "identifier":
            yield _text(name), (module, None)
        for one in name.named_children if name is not None and name.type == "object_pattern" else ():
            key, value = one.child_by_field_name("key"), one.child_by_field_name("value")
            yield _text(value or one), (module, _text(key or one))


def _module(node):
    """What an import or a call of ``require`` names; nothing for others."""
    source = node.child_by_field_name("source")
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        return _module(value) if value is not None and value.type == "call_expression" else ""
    if node.type == "call_expression" and _text(node.child_by_field_name("function")) == "require":
        source = next(iter(_arguments(node)), None)
    return _text(source)[1:-1] if source is not None and source.type == "string" else ""


def _is_removed(node, names):
    if GONE.fullmatch(_module(node)):
        return True
    if node.type == "new_expression":
        return _text(node.child_by_field_name("constructor")) in {"Buffer", "SlowBuffer"}
    if node.type == "import_statement":
        return False
    function = node.child_by_field_name("function")
    if function is None or function.type != "member_expression":
        module, name = names.get(_text(function), ("", None))
        return name in REMOVED.get(module, ())
    owner, name = _text(function.child_by_field_name("object")), _text(function.child_by_field_name("property"))
    if name in {"rmdir", "rmdirSync"}:
        return any(re.search(r"\brecursive\s*:\s*true\b", _text(one)) for one in _arguments(node)[1:2])
    module, part = names.get(owner, ("", None))
    return (owner, name) == ("process", "binding") or (part is None and name in REMOVED.get(module, ()))


def _arguments(node):
    arguments = node.child_by_field_name("arguments")
    return [] if arguments is None else [one for one in arguments.named_children if "comment" not in one.type]


def _text(node):
    return "" if node is None else (node.text or b"").decode("utf-8", "replace")
