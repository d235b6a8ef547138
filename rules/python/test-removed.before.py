# ruleid: test-removed
def test_gone():
    assert f(1) == 2


class TestOrders:
    # ruleid: test-removed
    def test_refund(self):
        assert refund() == 3

    # ruleid: test-removed
    async def test_invoice(self):
        assert await invoice() == 4

    # ok: test-removed
    def test_kept(self):
        assert total() == 1


# ok: test-removed
def test_old_name():
    assert name() == "a"


# ok: test-removed
def helper():
    return 1
