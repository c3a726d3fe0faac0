"""Dispersions, standard errors and trend tests of single baselines against the reference."""

from pathlib import Path

import numpy as np

from pingji.analysis.detect.farrington.explain import Explanation
from tests.goldens.agreement import difference, read_series
from tests.goldens.csv_rows import golden_rows
from tests.goldens.farrington_flexible_trace import dated_series, explained
from tests.goldens.rows import Row

FILE = "farringtonFlexible_trace_scalars"


def compare(data: Path) -> list[Row]:
    """Compare every quantity, one line per baseline."""
    series, dated = read_series(data), dated_series(data)
    groups: dict[tuple[str, str], dict[str, float]] = {}
    for row in golden_rows(data, FILE):
        group = groups.setdefault((row["config"], row["series"]), {})
        group[row["quantity"]] = float(row["value"])
    lines = []
    for (config, name), theirs in groups.items():
        corrected, compat = (
            explained(series[name], config, dated=name in dated, standard_errors=errors)
            for errors in ("corrected", "compat")
        )
        time = int(config.rsplit("_t", 1)[1])
        # The reference counts time from the first baseline row, or by index from 1.
        ahead = time - 1 - int(corrected.rows[0]) if name in dated else time
        ours = quantities(corrected, compat, ahead)
        known = [q for q in theirs if q in ours]
        gap = difference(np.array([ours[q] for q in known]), np.array([theirs[q] for q in known]))
        lines.append(
            Row(
                FILE,
                f"{config} {name}",
                len(theirs),
                int((gap <= 1e-6).sum()),
                len(theirs) - len(known),
                ", ".join(sorted(set(theirs) - set(known))),
                float(gap.max()),
            )
        )
    return lines


def quantities(corrected: Explanation, compat: Explanation, ahead: int) -> dict[str, float]:
    """Our figures under the file's names; `ahead` is the time of the point predicted."""
    own_season = float(corrected.season_effects[-1])
    intercept = corrected.linear_predictor - own_season - corrected.slope * ahead
    effects = {
        f"coef_seasgroups{g + 1}": float(effect)
        for g, effect in enumerate(corrected.season_effects)
        if g
    }
    return effects | {
        "phi1_raw": corrected.dispersion_first,
        "phi1": max(1.0, corrected.dispersion_first),
        "phi2_raw": corrected.dispersion,
        "phi2": max(1.0, corrected.dispersion),
        "eta0": corrected.linear_predictor,
        "se_eta_textbook": corrected.se,
        "se_eta_reference": compat.se,
        "dispersion_reference_for_se": compat.dispersion_for_se,
        "trend_p_textbook": corrected.trend_pvalue,
        "trend_p_reference": compat.trend_pvalue,
        "wtime_pred": ahead,
        "coef_(Intercept)": intercept,
        "coef_wtime": corrected.slope,
    }
