package bench

import (
	"slices"
	"testing"
)

func TestSummarize(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   summary
	}{
		{nil, summary{}},
		{[]float64{7}, summary{1, 7, 7, 7, 7}},
		{[]float64{9, 1}, summary{2, 1, 5, 9, 9}},
		{[]float64{3, 1, 2}, summary{3, 1, 2, 3, 3}},
		{[]float64{40, 10, 20, 90}, summary{4, 10, 30, 90, 90}},
		{slices.Concat(slices.Repeat([]float64{1}, 99), []float64{500}), summary{100, 1, 1, 1, 500}},
		{slices.Concat(slices.Repeat([]float64{1}, 98), []float64{400, 500}), summary{100, 1, 1, 400, 500}},
		{[]float64{-1, 0, 0}, summary{3, -1, 0, 0, 0}},
	} {
		before := append([]float64(nil), c.values...)
		if got := summarize(c.values); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.values, got, c.want)
		}
		for i := range before {
			if c.values[i] != before[i] {
				t.Errorf("%v was changed to %v", before, c.values)
			}
		}
	}
}

func TestGoals(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Figure
		met  bool
	}{
		{"nothing measured", Figure{Goal: 5}, false},
		{"nothing measured and nothing allowed", Figure{Worst: true}, false},
		{"median at the goal", Figure{Goal: 5, Values: []float64{1, 5, 900}}, true},
		{"median over it", Figure{Goal: 5, Values: []float64{1, 5.1, 900}}, false},
		{"tail at its goal", Figure{Goal: 5, Tail: 50, Values: []float64{1, 5, 50}}, true},
		{"tail over it", Figure{Goal: 5, Tail: 50, Values: []float64{1, 5, 51}}, false},
		{"largest at the goal", Figure{Goal: 0, Worst: true, Values: []float64{0, 0}}, true},
		{"largest over it", Figure{Goal: 0, Worst: true, Values: []float64{0, 0, 0, 1}}, false},
	} {
		if got := c.f.Met(); got != c.met {
			t.Errorf("%s: met is %t", c.name, got)
		}
	}
}

func TestOver(t *testing.T) {
	b := &book{figures: figures()}
	b.add(figMove, 10)
	if b.over() {
		t.Error("a value at the goal is over it")
	}
	b.add(figMove, 11)
	b.add(figSplit, 0)
	if !b.over() {
		t.Error("a value over the goal was not seen")
	}
	if b.over() {
		t.Error("it was seen twice")
	}
}
