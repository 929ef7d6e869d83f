package auditor

import "math"

// Exposure is how many wrong answers a group can give before one is found with some
// probability, if such a share of them is compared: the least m for which
// (1-share)^m <= 1-probability. Both are between 0 and 1.
func Exposure(share, probability float64) int {
	switch {
	case share >= 1:
		return 1
	case share <= 0 || probability >= 1:
		return math.MaxInt
	}
	return max(1, int(math.Ceil(math.Log1p(-probability)/math.Log1p(-share))))
}

// Unseen is the probability that so many wrong answers go unseen if such a share of
// them is compared: (1-share)^wrong.
func Unseen(share float64, wrong uint64) float64 { return math.Pow(1-share, float64(wrong)) }
