package evidence

import "strings"

// Totals takes the lines of a simulation's summary: a name, two spaces or more, a value.
// What is none is left out.
func Totals(out []byte) (all []Total) {
	for _, line := range strings.Split(string(out), "\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "  ")
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
