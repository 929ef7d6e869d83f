package oda

// Date is the day of the transaction (9A), YYMMDD in BCD. Years from 50 on are
// of the last century.
type Date [3]byte

const pivot = 50

func (d Date) valid() bool {
	year, okY := bcd(d[0])
	month, okM := bcd(d[1])
	day, okD := bcd(d[2])
	return okY && okM && okD && month >= 1 && month <= 12 && day >= 1 && day <= lastDay(year, month)
}

// lastDay is right for every year from 1950 to 2049: 2000 was a leap year.
func lastDay(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// after compares two valid dates.
func (d Date) after(o Date) bool {
	if d[0] == o[0] {
		return d[1] > o[1] || d[1] == o[1] && d[2] > o[2]
	}
	return year(d[0]) > year(o[0])
}

// expired reports whether a certificate, valid to the end of its month (MMYY),
// is so no more. What is no date has expired.
func expired(mmyy []byte, today Date) bool {
	month, okM := bcd(mmyy[0])
	_, okY := bcd(mmyy[1])
	if !okM || !okY || month < 1 || month > 12 || !today.valid() {
		return true
	}
	return today.after(Date{mmyy[1], mmyy[0], 0x31})
}

func year(b byte) int {
	y, _ := bcd(b)
	if y < pivot {
		return 2000 + y
	}
	return 1900 + y
}

func bcd(b byte) (int, bool) {
	high, low := int(b>>4), int(b&15)
	return high*10 + low, high <= 9 && low <= 9
}
