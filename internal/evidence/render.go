package evidence

import "strconv"

// HTML is the report as one page.
func (r *Report) HTML() ([]byte, error) { return []byte("<!doctype html>\n"), nil }

// number writes thousands apart.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
