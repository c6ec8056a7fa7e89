"""Random numbers that depend on nothing but the seed, a topic and an id.

Every draw is a hash (SplitMix64) in integer arithmetic, so a person is the same in every chunk, on every machine and
with any number of threads. What follows uses only operations that IEEE 754 rounds exactly: no logarithm, no power.

Belongs here: drawing. Does not belong here: any knowledge of the retailer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Draws:
    """A source of draws. Equal seeds give equal draws for equal topics and ids."""

    seed: int

    def uniform(self, topic: str, ids: Ints) -> Floats:
        """Return one number in [0, 1) per id."""
        digest = hashlib.sha256(f"{self.seed}:{topic}".encode()).digest()
        key = np.uint64(int.from_bytes(digest[:8], "little"))
        mixed: npt.NDArray[np.uint64] = (ids.astype(np.uint64) + np.uint64(1)) * _GOLDEN + key
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        mixed = mixed ^ (mixed >> np.uint64(31))
        return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, topic: str, ids: Ints, limit: int | Ints) -> Ints:
        """Return one integer in [0, limit) per id."""
        return np.asarray((self.uniform(topic, ids) * limit).astype(np.int64))

    def chance(self, topic: str, ids: Ints, probability: float | Floats) -> Bools:
        """Return True for a share `probability` of the ids."""
        return np.asarray(self.uniform(topic, ids) < probability)

    def choice(self, topic: str, ids: Ints, weights: Sequence[int] | Ints) -> Ints:
        """Return the index of one weight per id, each as likely as its whole-numbered weight."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.asarray(np.searchsorted(edges, self.below(topic, ids, int(edges[-1])), side="right"))
