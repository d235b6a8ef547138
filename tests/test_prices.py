"""What tokens cost: the list, whom it is about, and the arithmetic, against sums done by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import prices
from replay.errors import UserError
from replay.records import Usage

MILLION = Usage(input=1_000_000)


@pytest.fixture(scope="module")
def book():
    return prices.load()


def test_each_listed_model_has_rates_and_a_date(book):
    """No entry is free, none costs less for output than for input, a cache read is never dearer than a fresh token."""
    assert len(book.entries) > 50
    for entry in book.entries.values():
        rates = entry.listed
        assert 0 < rates.input <= rates.output
        assert rates.cache_read is None or rates.cache_read < rates.input
        assert date.fromisoformat(entry.as_of) <= date.today()
        assert "platform.claude.com" in entry.source


def test_cache_rates_are_the_multiples_that_anthropic_publishes(book):
    """5-minute writes cost 1.25 times the input, one-hour writes twice, batches half (Anthropic's pricing page)."""
    for name, entry in book.entries.items():
        if name.startswith("anthropic/") and name != "anthropic/claude-3-haiku":  # 0.30 in its table, not 0.3125
            rates = entry.listed
            assert rates.cache_write == pytest.approx(1.25 * rates.input), name
            assert rates.cache_write_1h == pytest.approx(2 * rates.input), name
            assert rates.batch == 0.5


@pytest.mark.parametrize(
    ("model", "entry"),
    [
        ("anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4-20250514", "anthropic/claude-sonnet-4"),
        ("anthropic/claude-3-5-haiku-latest", "anthropic/claude-3-5-haiku"),
        ("openai/gpt-4.1-mini-2025-04-14", "openai/gpt-4.1-mini"),
        ("openai-responses/gpt-5-codex", "openai/gpt-5"),
        ("openai/gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13"),
    ],
)
def test_a_dated_name_has_the_price_of_its_model(book, model, entry):
    """Dates and aliases do not change the price; the longest entry wins."""
    found = book.price(model)
    assert (found.model, found.entry) == (model, entry)


@pytest.mark.parametrize(
    "model",
    [
        "anthropic/claude-sonnet-4-9",
        "openai/gpt-5-ultra",
        "openai/gpt-5.9",
        "openai/gpt-4.1x",
        "openai/qwen3",
        "anthropic/claude",
        "other/gpt-5",
    ],
)
def test_another_model_is_not_priced_by_the_beginning_of_its_name(book, model):
    """A later or larger sibling of a listed model has no price until somebody writes one down."""
    assert book.price(model) is None


def test_what_is_played_back_is_free(book):
    """No model takes part in a scripted or recorded arm."""
    for model in ("recorded", "scripted/plays.yaml"):
        assert prices.usd(book.price(model), Usage(input=10**9, output=10**9)) == 0


def test_a_request_costs_its_tokens_at_their_rates(book):
    """claude-sonnet-4-5: 3 fresh, 3.75 written, 6 written for an hour, 0.30 read, 15 put out, for a million each."""
    price = book.price("anthropic/claude-sonnet-4-5")
    usage = Usage(input=10_000, cache_write=30_000, cache_read=50_000, output=2_000)
    # 10k·3 + 30k·3.75 + 50k·0.3 + 2k·15 = 30,000 + 112,500 + 15,000 + 30,000
    assert prices.usd(price, usage) == pytest.approx(0.1875)
    # 20k of the written ones for an hour: + 20k·(6 − 3.75)
    assert prices.usd(price, usage, hour=20_000) == pytest.approx(0.2325)
    assert prices.usd(price, usage, batch=True) == pytest.approx(0.09375)
    assert prices.usd(price, usage, tier="batch") == pytest.approx(0.09375)
    # without a cache: 90k·3 + 2k·15
    assert prices.uncached(price, usage) == pytest.approx(0.3)


def test_a_long_prompt_has_the_rates_of_long_prompts(book):
    """claude-haiku-5-5 costs five times as much above 100,000 prompt tokens, cached ones counted, output included."""
    price = book.price("anthropic/claude-haiku-5-5")
    assert prices.usd(price, Usage(input=50_000, cache_read=50_000, output=1_000)) == pytest.approx(0.006)
    assert prices.usd(price, Usage(input=50_001, cache_read=50_000, output=1_000)) == pytest.approx(0.0300005)


def test_what_has_no_price_is_none_not_zero(book):
    """A batch of a model without batch rates and a tier that costs more have no price here."""
    assert prices.usd(book.price("openai/gpt-5.3-codex"), MILLION, batch=True) is None
    assert prices.usd(book.price("openai/gpt-5"), MILLION, tier="priority") is None


@given(
    model=st.sampled_from(sorted(prices.load().entries)),
    tokens=st.tuples(*[st.integers(0, 400_000)] * 4),
    hour=st.integers(0, 400_000),
    batch=st.booleans(),
)
def test_no_request_costs_more_than_the_most_it_can(book, model, tokens, hour, batch):
    """Whatever is fresh, read or written, the bound for the prompt's length and the output holds."""
    usage = Usage(*tokens)
    price = book.price(model)
    paid = prices.usd(price, usage, hour=min(hour, usage.cache_write), batch=batch)
    prompt = usage.input + usage.cache_read + usage.cache_write
    assert paid is None or paid <= prices.most(price, prompt, usage.output) * (1 + 1e-12)


def test_the_hour_and_the_tier_are_read_from_the_response():
    """Anthropic tells both in `usage`, OpenAI the tier beside it; nonsense is neither."""
    told = {"usage": {"service_tier": "batch", "cache_creation": {"ephemeral_1h_input_tokens": 7}}}
    assert (prices.written_for_an_hour(told), prices.tier(told)) == (7, "batch")
    assert prices.tier({"service_tier": "flex", "usage": {}}) == "flex"
    for odd in (None, [], {"usage": []}, {"usage": {"cache_creation": {"ephemeral_1h_input_tokens": -1}}}):
        assert (prices.written_for_an_hour(odd), prices.tier(odd)) == (0, None)


def test_own_prices_go_over_those_that_ship(tmp_path):
    """A model of one's own is added, a listed one replaced; each says as of when and from where."""
    file = tmp_path / "prices.yaml"
    file.write_text(
        "version: 1\nas_of: 2026-11-20\nsource: our contract\nmodels:\n"
        "  openai/house: {input: 1, output: 2}\n  anthropic/claude-opus-5: {input: 4, output: 20}\n"
    )
    book = prices.load(file)
    assert prices.usd(book.price("openai/house"), MILLION) == 1
    ours = book.price("anthropic/claude-opus-5")
    assert (ours.listed.input, ours.as_of, ours.source) == (4, "2026-11-20", "our contract")
    assert book.price("anthropic/claude-opus-4-8").source != "our contract"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version: 1\nas_of: 2026-11-20\nmodels: {openai/x: {input: -1, output: 2}}\n", r"\$.models\[...\].input"),
        ("version: 1\nas_of: 2026-11-20\nmodels: {openai/x: {inptu: 1, output: 2}}\n", "inptu"),
        ("version: 1\nmodels: {}\n", "as_of"),
        ("{[", "no price file"),
        (None, "cannot be read"),
    ],
    ids=["a negative rate", "a misspelt key", "no date", "no YAML", "no file"],
)
def test_a_bad_price_file_is_told_in_a_sentence(tmp_path, text, why):
    """What is wrong is named, with the file."""
    file = tmp_path / "prices.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UserError, match=f"prices.yaml: .*{why}"):
        prices.load(file)
