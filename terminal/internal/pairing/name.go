package pairing

import "strings"

// ValidName reports whether a client may be called so: letters, digits, space,
// dot, dash and underscore of ASCII, beginning and ending like a word, at most
// eight digits. What the merchant is asked about must look like what it is: no
// sign that turns the line around, no letter that is another's twin, no markup.
func ValidName(name string) bool {
	if name == "" || len(name) > maxName || !alphanumeric(name[0]) {
		return false
	}
	if last := name[len(name)-1]; !alphanumeric(last) && last != '.' {
		return false
	}
	digits := 0
	for i := range len(name) {
		if !alphanumeric(name[i]) && !strings.ContainsRune(" ._-", rune(name[i])) {
			return false
		}
		if name[i] >= '0' && name[i] <= '9' {
			digits++
		}
	}
	return digits <= maxDigits
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
