"""When a fault of an InferenceService is decided upon."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj


class Occasions:
    """One occasion is one generation of one service, however often it is reconciled."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._decided: dict[tuple[str, str], tuple[int, bool]] = {}

    def fires(self, knob: str, isvc: Obj) -> bool:
        meta = isvc["metadata"]
        asked = (knob, str(meta["uid"]))
        generation, fires = self._decided.get(asked, (0, False))
        if generation != meta["generation"]:
            fires = self._faults.fires(knob, meta["namespace"])
            self._decided[asked] = (meta["generation"], fires)
        return fires

    def forget(self, isvc: Obj) -> None:
        for asked in [each for each in self._decided if each[1] == isvc["metadata"]["uid"]]:
            del self._decided[asked]
