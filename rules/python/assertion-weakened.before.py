def test_total():
    assert order.total == 3


class TestCart(TestCase):
    def test_items(self):
        self.assertEqual(cart.items, [1])


def test_found():
    assert find("a") == "b"


def test_loose():
    assert order


def test_more():
    assert order.total == 3


def test_exact():
    assert order.total == 3
