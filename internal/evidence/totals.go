package evidence

import (
	"strings"
)

// Totals takes the lines of a simulation's summary, `| name | value |` or `name: value`.
// What is neither is left out.
func Totals(out []byte) (all []Total) {
	for _, line := range strings.Split(string(out), "\n") {
		line = strings.Trim(line, "| \t")
		name, value, ok := strings.Cut(line, " | ")
		if !ok {
			name, value, ok = strings.Cut(line, ": ")
		}
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); ok && name != "" && value != "" && len(all) < maxTotals && len(line) < maxTotalLine {
			all = append(all, Total{name, value})
		}
	}
	return all
}

const (
	// maxTotals and maxTotalLine: a summary has some dozen lines.
	maxTotals    = 100
	maxTotalLine = 400
)
