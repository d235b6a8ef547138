def positives(self, value):
    # ruleid: trivial-assert
    assert True
    # ruleid: trivial-assert
    assert True, "reached"
    # ruleid: trivial-assert
    assert (value == 2, "should be two")
    # ruleid: trivial-assert
    assert value or True
    # ruleid: trivial-assert
    assert 1 == 1
    # ruleid: trivial-assert
    assert "value is two"
    # ruleid: trivial-assert
    self.assertTrue(True)
    # ruleid: trivial-assert
    self.assertEqual(1, 1)


def negatives(self, value):
    # ok: trivial-assert
    assert value is True
    # ok: trivial-assert
    assert (value == 2), "should be two"
    # ok: trivial-assert
    assert value == value
    # ok: trivial-assert
    assert "two" in value
    # ok: trivial-assert
    assert 1 == value
    # ok: trivial-assert
    assert False, "not reached"
    # ok: trivial-assert
    self.assertTrue(value, True)
    # ok: trivial-assert
    self.assertEqual(value, 1)
    # assert True
    # ok: trivial-assert
    print("assert True")
