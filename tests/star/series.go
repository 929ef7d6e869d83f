package main

import (
	"math"
	"slices"
)

// series is one figure, measured several times.
type series []float64

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func (s series) mean() (m float64) {
	for _, v := range s {
		m += v / float64(len(s))
	}
	return m
}

// error is the standard error of the mean.
func (s series) error() float64 {
	if len(s) < 2 {
		return 0
	}
	mean, sum := s.mean(), 0.0
	for _, v := range s {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(s)-1) / float64(len(s)))
}
