"""The normal random numbers that R gives after `set.seed`, for references that draw them."""

import numpy as np
from scipy.special import ndtri

STATE_WORDS = 624
# R makes a normal number from two uniform ones: 27 bits of the first, then the second.
BITS_27 = 134217728


def normal_numbers(seed: int, number: int) -> np.ndarray:
    """What `set.seed(seed); rnorm(number)` gives: Mersenne Twister and inversion."""
    words = np.empty(STATE_WORDS + 1, np.uint32)
    word = seed
    for _ in range(50):
        word = (69069 * word + 1) % 2**32
    for i in range(STATE_WORDS + 1):
        word = (69069 * word + 1) % 2**32
        words[i] = word
    generator = np.random.RandomState()
    # The first word of the seeding is R's place for the position, which starts at the end.
    generator.set_state(("MT19937", words[1:], STATE_WORDS))
    raw = generator.randint(0, 2**32, size=2 * number, dtype=np.uint32)
    uniform = raw.astype(np.float64) * 2.3283064365386963e-10
    uniform = np.clip(uniform, 0.5 * 2.328306437080797e-10, 1 - 0.5 * 2.328306437080797e-10)
    whole = np.floor(BITS_27 * uniform[0::2]) + uniform[1::2]
    return ndtri(whole / BITS_27)
