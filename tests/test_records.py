"""Records: a round trip through disk is the identity, and bad data fails with the path to the field."""

import inspect as python_inspect

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from replay import records
from replay.records import Message, Record, Transcript, decode, encode

KINDS = sorted(
    (kind for _, kind in python_inspect.getmembers(records, python_inspect.isclass) if issubclass(kind, Record)),
    key=lambda kind: kind.__name__,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def values(kind: inspect.Type) -> st.SearchStrategy:
    """Values of a type as msgspec describes it."""
    match kind:
        case inspect.AnyType():
            return json_values
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=low):
            return st.integers(low or 0, 2**40)
        case inspect.FloatType(ge=low, le=high):
            return st.floats(low, high, allow_nan=False, allow_infinity=False)
        case inspect.StrType():
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
        case inspect.LiteralType(values=allowed):
            return st.sampled_from(allowed)
        case inspect.UnionType(types=types):
            return st.one_of(*map(values, types))
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=2).map(tuple)
        case inspect.TupleType(item_types=items):
            return st.tuples(*map(values, items))
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(values(key), values(value), max_size=2)
        case inspect.StructType(cls=cls):
            return record(cls)
    raise AssertionError(f"no values for {kind}")


def record(cls: type) -> st.SearchStrategy:
    """Records of one class, every field drawn."""
    return st.deferred(
        lambda: st.builds(cls, **{field.name: values(field.type) for field in inspect.type_info(cls).fields})
    )


def test_every_record_is_covered() -> None:
    """The nouns that the design names are all among the records that are tried below."""
    names = {kind.__name__ for kind in KINDS}
    assert names >= {
        "Transcript",
        "Message",
        "Case",
        "Arm",
        "Trial",
        "Change",
        "Rule",
        "Finding",
        "Score",
        "Comparison",
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not Record], ids=lambda kind: kind.__name__)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_round_trip_through_disk_is_the_identity(kind: type, data: st.DataObject) -> None:
    """What is written is read back equal, whatever the fields hold."""
    made = data.draw(record(kind))
    assert decode(encode(made), kind) == made


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ('{"role": "user", "parts": [{"kind": "text", "text": 5}]}', Message, r"\$\.parts\[0\]\.text"),
        ('{"role": "boss"}', Message, r"\$\.role"),
        ('{"role": "user", "mood": 1}', Message, "unknown field `mood`"),
        ('{"id": "x"}', Transcript, "missing required field `source`"),
    ],
    ids=["a wrong type", "a word that is none", "an unknown field", "a missing field"],
)
def test_bad_data_names_the_field(text: str, kind: type, words: str) -> None:
    """Decoding says where the fault lies."""
    with pytest.raises(msgspec.ValidationError, match=words):
        decode(text, kind)


def test_records_are_frozen() -> None:
    """A record cannot be changed once made."""
    with pytest.raises(AttributeError):
        Message("user").role = "assistant"
