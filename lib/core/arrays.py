"""Names for the array types that every part uses."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
