"""A call as Cursor keeps it (``toolFormerData``): its arguments, its result, and the client's record of both.

``rawArgs`` is what the model wrote, ``params`` the client's form of it. Newer tools keep the second alone, and the file
before and after an edit elsewhere: both are put into the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from replay.importers.cursor import folders
from replay.importers.loose import mapping, text, unpacked
from replay.records import JSON

_SHOWN = ("resultForModel", "output", "contents")
_ERRORS = ("modelVisibleErrorMessage", "clientVisibleErrorMessage", "message")
_WAITING = ("loading", "pending", "running")
_FAILED = ("error", "failed")
_TOOLS = 1000
_CANCELLED = ("cancelled", "canceled")


@dataclass(frozen=True)
class Result:
    """What came back; ``text`` is None where it is not told. ``detail`` is the client's record.

    In it ``rejected`` says that nothing was done, ``interrupted`` that a command was stopped, and ``before`` and
    ``after`` are the texts of the file.
    """

    text: str | None
    failed: bool
    detail: dict[str, JSON]


@dataclass(frozen=True)
class Use:
    """A call; ``rebuilt`` where the arguments are the client's. ``group`` is what the calls of an answer share.

    ``folder`` is that of the conversation, where the client's form of a path tells it.
    """

    id: str | None
    name: str
    arguments: dict[str, JSON] | str
    rebuilt: bool
    group: str | None
    folder: str | None
    result: Result | None


def read(value: JSON, contents: Callable[[JSON], str | None]) -> Use | None:
    """The call in a message; None where there is none. ``contents`` gives the texts that a result names."""
    former = mapping(value)
    name, identity = text(former.get("name")), text(former.get("toolCallId"))
    if name is None and identity is None:
        return None
    raw, params = unpacked(former.get("rawArgs")), unpacked(former.get("params"))
    arguments = raw if isinstance(raw, dict | str) and raw and str(raw).strip() else mapping(params)
    rebuilt = arguments is not raw
    if name is None:
        number = former.get("tool")
        name = f"tool_{number}" if isinstance(number, int) and 0 <= number < _TOOLS else "tool"
    return Use(
        id=identity and identity.split("\n")[0],
        name=name,
        arguments=arguments,
        rebuilt=rebuilt,
        group=text(former.get("modelCallId")),
        folder=_folder(mapping(params)),
        result=_result(former, name, {} if rebuilt else mapping(params), contents),
    )


def _folder(params: dict[str, JSON]) -> str | None:
    """The folder that a relative path is taken against, by the URI of the same file."""
    file, name = folders.path(params.get("effectiveUri")), text(params.get("targetFile"))
    if file is None or name is None:
        return None
    end = (f"\\{name}" if "\\" in file else f"/{name}").replace("/./", "/")
    return file.removesuffix(end) if file.endswith(end) and not name.startswith(("/", ".")) else None


def _result(
    former: dict[str, JSON], name: str, params: dict[str, JSON], contents: Callable[[JSON], str | None]
) -> Result | None:
    told = former.get("result")
    record = unpacked(told)
    known = mapping(record)
    status = text(former.get("status"))
    refused = former.get("userDecision") == "rejected" or known.get("rejected") is True
    if (status is None or status in _WAITING) and not told and not refused:
        return None
    failed, cancelled = status in _FAILED or known.get("applyFailed") is True, status in _CANCELLED
    runs = name.startswith("run_terminal")
    detail: dict[str, JSON] = {"status": status} if status else {}
    if refused or (cancelled and not (runs and told)) or known.get("isApplied") is False:
        detail["rejected"] = True
    elif runs and (cancelled or known.get("notInterrupted") is False):
        detail["interrupted"] = True
    shown = next((key for key in _SHOWN if isinstance(known.get(key), str)), None)
    words = _error(former.get("error")) if failed else None
    if words is None:
        words = str(known[shown]) if shown else told if isinstance(told, str) else None
    if rest := {key: item for key, item in known.items() if key != shown}:
        detail["result"] = rest
    if params:
        detail["params"] = params
    if not failed and "rejected" not in detail:
        for key in ("before", "after"):
            if (found := contents(known.get(f"{key}ContentId"))) is not None:
                detail[key] = found
    return Result(words, failed or cancelled or "rejected" in detail, detail)


def _error(value: JSON) -> str | None:
    error = unpacked(value)
    if isinstance(error, dict):
        return next((found for key in _ERRORS if (found := text(error.get(key)))), None)
    return text(error)
