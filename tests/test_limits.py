"""Limits of a run hold on the wire: what the service was sent and would bill, over all commands on one run."""

import json
import sqlite3

import pytest
import staged
from counting import service
from test_plan import at, experiment

__all__ = ["at"]


@pytest.mark.parametrize("most", [0.005, 0.008])
def test_the_bill_never_passes_the_limit_and_a_higher_one_goes_on(at, tmp_path, most):
    """24 requests for a cent in all: some are sent, the result is partial, then the rest are."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url, sources=4, draws=3)
        code, out, err = at("run", folder, "--max-usd", most, "--json")
        assert code == 3
        assert json.loads(out)["partial"] is True
        assert f"stopped: ${most:g} is the limit" in err
        assert "A higher --max-usd and the same command go on from here" in err
        first = len(bill.bodies)
        assert 0 < first < 24
        assert bill.usd <= most
        # the same limit again sends nothing new
        assert at("run", folder, "--max-usd", most, "--json")[0] == 3
        assert bill.usd <= most
        planned = json.loads(at("plan", folder, "--json")[1])
        assert planned["spent_usd"] == pytest.approx(bill.usd)
        # the limit that a plan proposes is one of the whole run, and enough for the rest
        proposed = at("plan", folder)[1].split("--max-usd ")[-1].split()[0]
        assert at("run", folder, "--max-usd", proposed, "--json")[0] == 0
        assert len(bill.bodies) == 24
        assert len({json.dumps(body, sort_keys=True) for body in bill.bodies}) == 8


def test_no_more_requests_are_sent_than_allowed_retries_counted(at, tmp_path):
    """Two of seven are spent on an overloaded service; five draws are answered, the rest is for a higher limit."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url, sources=4, draws=3)
        bill.fail.extend([529, 503])
        code, out, err = at("run", folder, "--max-requests", "7", "--json")
        assert (code, len(bill.bodies)) == (3, 5)
        assert "its 7 requests are sent" in err
        assert json.loads(out)["partial"] is True
        assert at("run", folder, "--max-requests", "9", "--json")[0] == 3
        assert len(bill.bodies) == 7
        assert at("run", folder, "--json")[0] == 0
        assert len(bill.bodies) == 24


def test_a_limit_in_the_file_holds_and_the_command_line_goes_over_it(at, tmp_path):
    """`max_requests` of replay.yaml."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url, extra="max_requests: 4\n")
        assert at("run", folder)[0] == 3
        assert len(bill.bodies) == 4
        assert at("run", folder, "--max-requests", "100")[0] == 0
        assert len(bill.bodies) == 12


def test_a_limit_in_dollars_without_a_price_is_refused_before_the_first_request(at, tmp_path):
    """The model is named, nothing is sent; the same run without the limit is fine."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url)
        code, _, err = at("run", folder, "--model", "anthropic/house", "--max-usd", "5")
    assert (code, bill.bodies) == (2, [])
    assert "there is no price for anthropic/house, so --max-usd could not be kept" in err


def test_an_account_lost_with_its_process_is_made_from_the_trials(at, tmp_path):
    """After a kill no account is written; the next command counts what the trials say was spent."""
    with service() as bill:
        folder = experiment(tmp_path / "set", bill.url)
        assert at("run", folder, "--max-requests", "5")[0] == 3
        with sqlite3.connect(tmp_path / ".replay" / "runs" / "q" / "run.sqlite") as db:
            db.execute("DELETE FROM meta WHERE key = 'spent'")
        db.close()
        assert at("run", folder, "--max-requests", "5")[0] == 3
        assert len(bill.bodies) == 5


def test_what_is_played_back_has_no_limit_to_reach(at, tmp_path):
    """A scripted arm costs nothing, so that any budget is enough."""
    folder = staged.write(tmp_path / "plays", 3, lambda index: {"baseline": ["bad"], "edited": ["good"]}, draws=2)
    assert at("run", folder, "--max-usd", "0.000001")[0] == 0
