"""One server for three frameworks (kserve python/predictiveserver): the option says which."""

from __future__ import annotations

from kserve_conformance.embedded.runtimes import kserve_server
from kserve_conformance.embedded.runtimes.lgbserver import LightgbmModel
from kserve_conformance.embedded.runtimes.sklearnserver import SklearnModel
from kserve_conformance.embedded.runtimes.xgbserver import XgboostModel

FRAMEWORKS = {"sklearn": SklearnModel, "xgboost": XgboostModel, "lightgbm": LightgbmModel}


def main(arguments: list[str]) -> None:
    parser = kserve_server.parser()
    parser.add_argument("--framework", default="sklearn", choices=list(FRAMEWORKS))
    options, _ = parser.parse_known_args(arguments)
    kserve_server.serve(FRAMEWORKS[options.framework], options)
