package hostspec

import "errors"

// Original names a payment in DE 90 (ISO 8583:1987, n 42): its MTI, DE 11 and DE 7;
// the acquirer and the forwarder are zeros. With the RRN of PrivateOriginal, or DE 37
// where that is the original's own, it is unique.
type Original struct {
	MTI          string // four digits
	STAN         string // six
	Transmission string // ten, MMDDhhmmss
}

// ErrOriginal reports a malformed DE 90.
var ErrOriginal = errors.New("hostspec: malformed original data")

const noInstitutions = "0000000000000000000000"

// Field is DE 90.
func (o Original) Field() string { return o.MTI + o.STAN + o.Transmission + noInstitutions }

// ParseOriginal reads DE 90.
func ParseOriginal(field string) (Original, error) {
	if _, ok := digits([]byte(field)); !ok || len(field) != 42 || field[20:] != noInstitutions {
		return Original{}, ErrOriginal
	}
	return Original{field[:4], field[4:10], field[10:20]}, nil
}
