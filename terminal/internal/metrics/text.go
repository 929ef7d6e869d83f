package metrics

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
)

// kind is a metric's type, in the format's own word.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// family is one metric with all its series. All times are in seconds, as Prometheus
// wants them.
type family struct {
	kind
	name, help string
	labels     []string
	bounds     []float64 // of a histogram, rising

	mu     sync.Mutex
	series map[string]*series
	order  []*series
}

type series struct {
	values  []string
	value   float64  // of a counter or gauge; the sum of a histogram
	buckets []uint64 // how many lay within each bound and not within a smaller one
	count   uint64
}

func newFamily(k kind, name, help string, labels ...string) *family {
	return &family{kind: k, name: prefix + name, help: help, labels: labels, series: map[string]*series{}}
}

// add adds to a counter's series.
func (f *family) add(n float64, values ...string) { f.with(values, func(s *series) { s.value += n }) }

// set sets a series; that of a counter whose count another world keeps, too.
func (f *family) set(v float64, values ...string) { f.with(values, func(s *series) { s.value = v }) }

// observe puts one value into a histogram.
func (f *family) observe(v float64, values ...string) {
	f.with(values, func(s *series) {
		s.count++
		s.value += v
		for i, bound := range f.bounds {
			if v <= bound {
				s.buckets[i]++
				return
			}
		}
	})
}

func (f *family) with(values []string, do func(*series)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do(f.find(values))
}

// find returns the series of these values, or the one that stands for all there is no
// room for. The caller holds mu.
func (f *family) find(values []string) *series {
	known := make([]string, len(values))
	for i, v := range values {
		known[i] = word(v)
	}
	if _, there := f.series[strings.Join(known, "\n")]; !there && len(f.order) >= maxSeries {
		for i := range known {
			known[i] = other
		}
	}
	key := strings.Join(known, "\n")
	s := f.series[key]
	if s == nil {
		s = &series{values: known, buckets: make([]uint64, len(f.bounds))}
		f.series[key], f.order = s, append(f.order, s)
	}
	return s
}

// word lets through what can be a word of ours: short, and with no more digits in all
// than a version has. A card number has 13 at the least.
func word(s string) string {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte("_-./{} ", c) >= 0:
		default:
			return other
		}
	}
	if digits > maxDigits || len(s) > maxWord {
		return other
	}
	return s
}

// write writes the family, its series in the order in which they came up.
func (f *family) write(w io.Writer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.order) == 0 {
		return
	}
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
	for _, s := range f.order {
		if f.kind != histogram {
			fmt.Fprintf(w, "%s%s %s\n", f.name, f.braces(s.values, ""), number(s.value))
			continue
		}
		f.writeHistogram(w, s)
	}
}

func (f *family) writeHistogram(w io.Writer, s *series) {
	below := uint64(0)
	for i, bound := range f.bounds {
		below += s.buckets[i]
		fmt.Fprintf(w, "%s_bucket%s %d\n", f.name, f.braces(s.values, number(bound)), below)
	}
	fmt.Fprintf(w, "%s_bucket%s %d\n", f.name, f.braces(s.values, "+Inf"), s.count)
	fmt.Fprintf(w, "%s_sum%s %s\n", f.name, f.braces(s.values, ""), number(s.value))
	fmt.Fprintf(w, "%s_count%s %d\n", f.name, f.braces(s.values, ""), s.count)
}

// braces writes the labels; le is a bucket's bound. A word needs no escaping.
func (f *family) braces(values []string, le string) string {
	var pairs []string
	for i, name := range f.labels {
		pairs = append(pairs, name+`="`+values[i]+`"`)
	}
	if le != "" {
		pairs = append(pairs, `le="`+le+`"`)
	}
	if len(pairs) == 0 {
		return ""
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
