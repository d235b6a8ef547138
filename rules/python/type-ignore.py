# ruleid: type-ignore
# mypy: ignore-errors
# ok: type-ignore
import yaml  # type: ignore[import-untyped]


# ruleid: type-ignore
def load(path=None) -> str:  # type: ignore
    # ruleid: type-ignore
    path = path + 1  # type: ignore[operator]
    # ruleid: type-ignore
    size = path.size  # noqa: B009  # type: ignore[attr-defined,union-attr]
    # ruleid: type-ignore
    name = path.name  # pyright: ignore[reportAttributeAccessIssue]
    # ruleid: type-ignore
    return size + name  # type: ignore # the stubs are wrong


def clean(path: str) -> str:
    # ok: type-ignore
    # we avoid "type: ignore" here
    # ok: type-ignore
    # type: ignore comments are collected by the release script
    # ok: type-ignore
    text = "x = 1  # type: ignore"
    # ok: type-ignore
    count = 0  # type: int
    # ok: type-ignore
    # pyright: strict
    return text + yaml.dump(count)
