import unittest


class Tests(unittest.TestCase):
    def test_positives(self):
        # ruleid: unittest-alias
        self.assertEquals(1 + 1, 2)
        # ruleid: unittest-alias
        self.assert_([1])
        # ruleid: unittest-alias
        self.assertItemsEqual([1, 2], [2, 1])
        # ruleid: unittest-alias
        with self.assertRaisesRegexp(ValueError, "no"):
            raise ValueError("no")

    def test_negatives(self, other=None):
        # ok: unittest-alias
        self.assertEqual(1 + 1, 2)
        # ok: unittest-alias
        self.assertCountEqual([1, 2], [2, 1])
        # ok: unittest-alias
        other.assertEquals(1, 2)
        # ok: unittest-alias
        with self.assertRaisesRegex(ValueError, "no"):
            raise ValueError("no")
        # self.assertEquals(1, 2)
        # ok: unittest-alias
        self.assertIn("assertEquals", "self.assertEquals(1, 2)")
