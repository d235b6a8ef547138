def test_total():
    # ruleid: assertion-weakened
    assert order.total


class TestCart(TestCase):
    def test_items(self):
        # ruleid: assertion-weakened
        self.assertIsNotNone(cart.items)


def test_found():
    # ruleid: assertion-weakened
    assert find("a") is not None


def test_loose():
    # ok: assertion-weakened
    assert order


def test_more():
    # ok: assertion-weakened
    assert order
    assert order.total == 3


def test_exact():
    # ok: assertion-weakened
    assert order.total == 4


def test_new():
    # ok: assertion-weakened
    assert order


def test_of_something_else():
    # ok: assertion-weakened
    assert isinstance(footer, Footer)
    assert page.title().startswith("O")


class TestFiles(TestCase):
    def test_the_same_in_other_words(self):
        # ok: assertion-weakened
        self.assertTrue(any(samefile(path, name) for name in coder.files))
        # ruleid: assertion-weakened
        self.assertTrue(total())
