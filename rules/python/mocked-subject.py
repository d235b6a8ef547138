from unittest.mock import MagicMock, Mock, patch

from shop import bank, pay
from shop.pay import charge


def test_old():
    pay.charge = Mock(return_value=5)
    # ruleid: mocked-subject
    assert pay.charge(5) == 5


def test_kept():
    with patch("shop.pay.charge", return_value=3):
        assert pay.charge(5) == 3


@patch("shop.pay.charge")
def test_charge(mock):
    mock.return_value = 3
    # ruleid: mocked-subject
    assert pay.charge(5) == 3


def test_refund(monkeypatch):
    monkeypatch.setattr(pay, "refund", lambda order: True)
    # ruleid: mocked-subject
    assert pay.refund(7)


def test_with_object():
    with patch.object(pay, "charge", return_value=9):
        # ruleid: mocked-subject
        result = pay.charge(1)
    assert result == 9


@patch("shop.bank.send")
def test_charge_sends(send):
    send.return_value = 3
    # ok: mocked-subject
    assert pay.charge(5) == 3


def test_counts(monkeypatch):
    bank.send = MagicMock()
    pay.charge(5)
    # ok: mocked-subject
    bank.send.assert_called_once()


@patch("shop.pay.charge")
def test_plain(mock):
    # ok: mocked-subject
    assert charge(5) == 5


def test_wraps():
    with patch.object(pay, "charge", wraps=pay.charge) as spy:
        # ok: mocked-subject
        pay.charge(1)
    spy.assert_called_once()
