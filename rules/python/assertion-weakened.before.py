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


def test_of_something_else():
    assert page.title() == "Orders"
    assert page.title().startswith("O")


class TestFiles(TestCase):
    def test_the_same_in_other_words(self):
        self.assertIn(path, coder.files)
        self.assertEqual(total(), 3)
