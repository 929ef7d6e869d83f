package virtualcard

import "math/rand/v2"

func decimal(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func luhnValid(pan string) bool {
	sum := 0
	for i := range len(pan) {
		d := int(pan[len(pan)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

// RandomPAN draws a Luhn-valid PAN of 16 digits that begins with a published
// test BIN (digits, at most 15). It is for tests: the source need not be secret.
func RandomPAN(bin string, r *rand.Rand) string {
	pan := []byte(bin)
	for len(pan) < 15 {
		pan = append(pan, '0'+byte(r.IntN(10)))
	}
	for d := byte('0'); d <= '9'; d++ {
		if whole := string(append(pan[:15:15], d)); luhnValid(whole) {
			return whole
		}
	}
	panic("virtualcard: internal error: no check digit")
}
