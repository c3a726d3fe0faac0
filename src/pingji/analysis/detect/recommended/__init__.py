from pingji.analysis.detect.recommended.detector import recommended as recommended
