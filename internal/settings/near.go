package settings

import (
	"errors"
	"fmt"
)

// errUnknown refuses a key that there is not.
var errUnknown = errors.New("there is no such key")

// unknown names the key that was probably meant. It does not repeat what was written.
func unknown(written string, keys []string) error {
	best, least := "", len(written)/3+2
	for _, k := range keys {
		if d := distance(written, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return errUnknown
	}
	return fmt.Errorf("%w; was %s meant?", errUnknown, best)
}

// distance is how many letters are to be put in, taken out or changed (Levenshtein).
func distance(a, b string) int {
	if len(a) > maxLine || len(b) > maxLine {
		return maxLine
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
