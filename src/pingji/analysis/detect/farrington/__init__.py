"""Outbreak detection after Farrington: fits to past seasons, and thresholds from them."""

from pingji.analysis.detect.farrington.flexible import farrington_flexible as farrington_flexible
from pingji.analysis.detect.farrington.flexible import fit_flexible as fit_flexible
from pingji.analysis.detect.farrington.many import BaselineFit as BaselineFit
from pingji.analysis.detect.farrington.original import farrington as farrington
from pingji.analysis.detect.farrington.thresholds import count_quantile as count_quantile
from pingji.analysis.detect.farrington.thresholds import count_tail as count_tail
