# ruleid: assertion-removed
def test_total():
    order = make()
    assert order.total == 3


class TestCart:
    # ruleid: assertion-removed
    def test_items(self):
        self.assertEqual(cart.items, [1])


# ruleid: assertion-removed
def test_refused():
    make(-1)


# ok: assertion-removed
def test_moved():
    check_name(order)


def check_name(order):
    assert order.name == "a"


# ok: assertion-removed
def test_reworded():
    assert 2 == f(1)


# ok: assertion-removed
def test_folded():
    for given, expected in [(1, 2), (2, 3)]:
        assert f(given) == expected


# ok: assertion-removed
def test_untouched():
    assert g() == 1
