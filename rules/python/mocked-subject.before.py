from unittest.mock import patch

from shop import pay


# ok: mocked-subject
def test_old():
    assert pay.charge(5) == 5


def test_kept():
    with patch("shop.pay.charge", return_value=3):
        assert pay.charge(5) == 3
