package bench

import "slices"

// summary is what a page tells of a sample.
type summary struct {
	n                      int
	low, median, tail, top float64
}

// summarize is the zero summary for no values. The median of an even number of
// values is the mean of the two in the middle. The tail is the 99th percentile:
// the smallest value that at least 99 of 100 do not exceed.
func summarize(values []float64) summary {
	n := len(values)
	if n == 0 {
		return summary{}
	}
	sorted := slices.Sorted(slices.Values(values))
	return summary{n: n, low: sorted[0], median: (sorted[(n-1)/2] + sorted[n/2]) / 2, tail: sorted[(n*99+99)/100-1], top: sorted[n-1]}
}
