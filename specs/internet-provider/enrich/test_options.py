import unittest

from options import offers


class Offers(unittest.TestCase):
    def test_what_is_enough(self):
        self.assertEqual(offers("berlin", 80), [100, 250, 1000])

    def test_the_largest_where_nothing_is_enough(self):
        self.assertEqual(offers("lisbon", 900), [500])

    def test_no_offer_where_nothing_is_known(self):
        with self.assertRaises(KeyError):
            offers("atlantis", 1)
