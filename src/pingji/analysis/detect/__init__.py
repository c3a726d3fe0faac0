from pingji.analysis.detect.ears import ears_c1 as ears_c1
from pingji.analysis.detect.ears import ears_c2 as ears_c2
from pingji.analysis.detect.ears import ears_c3 as ears_c3
from pingji.analysis.detect.moving_percentile import moving_percentile as moving_percentile
