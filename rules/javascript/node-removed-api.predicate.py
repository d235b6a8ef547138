"""An API that Node removed or deprecates, called on what was imported from Node, or a package that is given up."""

import re

from replay.engines import touched, treesitter
from replay.nodes import text_of

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
BLOCKS = frozenset({"statement_block", "program"})
IMPORTS = frozenset({"import_statement", "variable_declarator"})
CALLS = frozenset({"import_statement", "call_expression", "new_expression"})
NAMED = (
    re.compile(rf"""["'](?:{GONE.pattern}|(?:node:)?(?:{"|".join(REMOVED)}))["']""".encode()),
    re.compile(rb"new[\s\x80-\xff]*(?:/|(?:Slow)?Buffer\b)"),
    re.compile(rb"binding"),
    re.compile(rb"rmdir"),
)
"""One is found in every text with a finding. `re` looks for what begins all alike much faster than for all of them."""


def introduced(before, after):
    """Nodes of the text after."""
    found = list(_found(after))
    return touched.added(_found(before) if before is not None and found else (), found)


def _found(tree):
    data = touched.text(tree)
    if any(named.search(data) for named in NAMED):
        names = {}
        for node in touched.nodes(tree, IMPORTS):
            for name, what in _names(node):
                names.setdefault(name, []).append((_block(node), *what))
        for node in touched.nodes(tree, CALLS):
            if _is_removed(node, names):
                yield treesitter.key(node, data, node.start_byte, node.end_byte), node


def _block(node):
    """The bytes in which the names of an import hold."""
    while node.parent is not None and node.type not in BLOCKS:
        node = node.parent
    return range(node.start_byte, node.end_byte)


def _meant(name, call, names):
    """What a name may stand for at a call: modules, each with what of it; nothing where a function around has another."""
    above = call.parent
    while above is not None and name in names:
        own = above.child_by_field_name("parameters") or above.child_by_field_name("parameter")
        if own is not None and re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text_of(own)):
            return []
        above = above.parent
    return [(module, part) for block, module, part in names.get(name, ()) if call.start_byte in block]


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
                        plain = text_of(name).strip("'\"")
                        yield text_of(alias or name), (module, None if plain == "default" else plain)
                else:
                    yield text_of(child.named_children[0] if child.named_children else child), (module, None)
    else:
        name = node.child_by_field_name("name")
        if name is not None and name.type == "identifier":
            yield text_of(name), (module, None)
        for one in name.named_children if name is not None and name.type == "object_pattern" else ():
            key, value = one.child_by_field_name("key"), one.child_by_field_name("value")
            inner = value or one
            inner = inner.child_by_field_name("left") or inner
            yield text_of(inner), (module, text_of(key or inner))


def _module(node):
    """What an import or a call of ``require`` names; nothing for others."""
    source = node.child_by_field_name("source")
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        return _module(value) if value is not None and value.type == "call_expression" else ""
    if node.type == "call_expression" and text_of(node.child_by_field_name("function")) == "require":
        source = next(iter(_arguments(node)), None)
    return text_of(source)[1:-1] if source is not None and source.type == "string" else ""


def _is_removed(node, names):
    if GONE.fullmatch(_module(node)):
        return not text_of(node).startswith("import type ")
    if node.type == "new_expression":
        return text_of(node.child_by_field_name("constructor")) in {"Buffer", "SlowBuffer"}
    if node.type == "import_statement":
        return False
    function = node.child_by_field_name("function")
    if function is None or function.type != "member_expression":
        return any(part in REMOVED[module] for module, part in _meant(text_of(function), node, names))
    owner, name = text_of(function.child_by_field_name("object")), text_of(function.child_by_field_name("property"))
    if name in {"rmdir", "rmdirSync"}:
        return any(re.search(r"\brecursive\s*:\s*true\b", text_of(one)) for one in _arguments(node)[1:2])
    if (owner, name) == ("process", "binding"):
        return True
    return any(part is None and name in REMOVED[module] for module, part in _meant(owner, node, names))


def _arguments(node):
    arguments = node.child_by_field_name("arguments")
    return [] if arguments is None else [one for one in arguments.named_children if "comment" not in one.type]
