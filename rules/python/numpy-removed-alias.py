import numpy
import numpy as np
from numpy import float_ as real
import numba

# ruleid: numpy-removed-alias
a = np.zeros(3, dtype=np.float)
# ruleid: numpy-removed-alias
b = numpy.array([1, 2]).astype(numpy.int)
# ruleid: numpy-removed-alias
c = np.array(["x"], dtype=np.object)
# ruleid: numpy-removed-alias
d = [np.NaN]
# ruleid: numpy-removed-alias
e = np.product(a)
# ruleid: numpy-removed-alias
f = real(1.5)
# ruleid: numpy-removed-alias
area = np.trapz(a)
# ruleid: numpy-removed-alias
common = np.in1d(a, b)

# ok: numpy-removed-alias
area = np.trapezoid(a)
# ok: numpy-removed-alias
common = np.isin(a, b)

# ok: numpy-removed-alias
g = np.zeros(3, dtype=np.float64)
# ok: numpy-removed-alias
h = np.zeros(3, dtype=float)
# ok: numpy-removed-alias
i = np.zeros(3, dtype=np.bool)
# ok: numpy-removed-alias
j = np.array([1], dtype=np.int_)
# ok: numpy-removed-alias
k = np.nan, np.inf, np.prod(a), np.round(a)
# ok: numpy-removed-alias
m = np.random.float
# ok: numpy-removed-alias
n = numba.float_
# np.float was removed
# ok: numpy-removed-alias
o = "dtype=np.float"
