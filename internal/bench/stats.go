package bench

import "slices"

// summary is what a page tells of a sample.
type summary struct {
	n                int
	low, median, top float64
}

// summarize is the zero summary for no values. The median of an even number of
// values is the mean of the two in the middle.
func summarize(values []float64) summary {
	n := len(values)
	if n == 0 {
		return summary{}
	}
	sorted := slices.Sorted(slices.Values(values))
	return summary{n: n, low: sorted[0], median: (sorted[(n-1)/2] + sorted[n/2]) / 2, top: sorted[n-1]}
}
