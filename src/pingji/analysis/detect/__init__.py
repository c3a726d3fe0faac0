"""Detectors: which counts of many series are out of the ordinary, and what they give back."""

from pingji.analysis.detect.bayes import bayes, bayes_1, bayes_2, bayes_3
from pingji.analysis.detect.binomial_cusum import binomial_cusum
from pingji.analysis.detect.blocks import in_blocks
from pingji.analysis.detect.boda import boda, boda_delay
from pingji.analysis.detect.cdc import cdc
from pingji.analysis.detect.cusum import cusum
from pingji.analysis.detect.ears import ears_c1, ears_c2, ears_c3
from pingji.analysis.detect.ewma import ewma
from pingji.analysis.detect.farrington import (
    BaselineFit,
    farrington,
    farrington_flexible,
    fit_flexible,
)
from pingji.analysis.detect.glr import glr
from pingji.analysis.detect.moving_percentile import moving_percentile
from pingji.analysis.detect.outbreak_p import outbreak_p
from pingji.analysis.detect.recommended import recommended
from pingji.analysis.detect.regression_switch import regression_switch
from pingji.analysis.detect.result import Detection, Note
from pingji.analysis.detect.rki import rki, rki_1, rki_2, rki_3
from pingji.analysis.detect.rogerson import CusumDesign, find_h, find_k, poisson_cusum_arl, rogerson
from pingji.analysis.detect.scan import ScanCluster, ScanResult, scan, scan_points
from pingji.analysis.detect.shewhart import shewhart
from pingji.analysis.detect.stcd import PointCluster, PointDetection, stcd

__all__ = [
    "BaselineFit",
    "CusumDesign",
    "Detection",
    "Note",
    "PointCluster",
    "PointDetection",
    "ScanCluster",
    "ScanResult",
    "bayes",
    "bayes_1",
    "bayes_2",
    "bayes_3",
    "binomial_cusum",
    "boda",
    "boda_delay",
    "cdc",
    "cusum",
    "ears_c1",
    "ears_c2",
    "ears_c3",
    "ewma",
    "farrington",
    "farrington_flexible",
    "find_h",
    "find_k",
    "fit_flexible",
    "glr",
    "in_blocks",
    "moving_percentile",
    "outbreak_p",
    "poisson_cusum_arl",
    "recommended",
    "regression_switch",
    "rki",
    "rki_1",
    "rki_2",
    "rki_3",
    "rogerson",
    "scan",
    "scan_points",
    "shewhart",
    "stcd",
]
