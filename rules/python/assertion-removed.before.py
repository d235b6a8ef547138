def test_total():
    order = make()
    assert order.total == 3
    assert order.tax == 1


class TestCart:
    def test_items(self):
        self.assertEqual(cart.items, [1])
        self.assertEqual(cart.size, 1)


def test_refused():
    with pytest.raises(ValueError):
        make(-1)


def test_moved():
    assert order.name == "a"


def test_reworded():
    assert f(1) == 2


def test_folded():
    assert f(1) == 2
    assert f(2) == 3


def test_untouched():
    # assert nothing()
    assert g() == 1
