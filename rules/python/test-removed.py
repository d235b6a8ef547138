class TestOrders:
    def test_kept(self):
        assert total() == 1


def test_new_name():
    assert name() == "a"
