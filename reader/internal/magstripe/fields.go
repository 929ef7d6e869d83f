package magstripe

import "bytes"

// fieldsOfTrack1 finds the fields between the sentinels of track 1.
func fieldsOfTrack1(text []byte, in span) (t track, err error) {
	if in.len() == 0 || text[in.from] != formatB {
		return t, ErrFormat
	}
	in.from++
	if bytes.IndexByte(in.of(text), startTrack1) >= 0 { // a second track, glued
		return t, ErrTrack1
	}
	var ok1, ok2 bool
	t.pan, in, ok1 = cut(text, in, separatorTrack1)
	t.name, in, ok2 = cut(text, in, separatorTrack1)
	_, _, more := cut(text, in, separatorTrack1)
	if !ok1 || !ok2 || more || t.name.len() < minName || t.name.len() > maxName || !t.takeRest(text, in) {
		return track{}, ErrTrack1
	}
	if !panValid(t.pan.of(text)) {
		return track{}, ErrPAN
	}
	return t, nil
}

// fieldsOfTrack2 finds the fields between the sentinels of track 2.
func fieldsOfTrack2(text []byte, in span) (t track, err error) {
	var ok bool
	t.pan, in, ok = cut(text, in, separatorTrack2)
	if !ok || !t.takeRest(text, in) || !decimal(t.discretionary.of(text)) {
		return track{}, ErrTrack2
	}
	if !panValid(t.pan.of(text)) {
		return track{}, ErrPAN
	}
	return t, nil
}

// cut splits at the first separator.
func cut(text []byte, in span, separator byte) (before, after span, ok bool) {
	i := bytes.IndexByte(in.of(text), separator)
	if i < 0 {
		return span{}, in, false
	}
	return span{in.from, in.from + i}, span{in.from + i + 1, in.to}, true
}

// takeRest takes expiry, service code and discretionary data.
func (t *track) takeRest(text []byte, in span) bool {
	if in.len() < 7 {
		return false
	}
	t.expiry, t.service = span{in.from, in.from + 4}, span{in.from + 4, in.from + 7}
	t.discretionary = span{in.from + 7, in.to}
	month := text[in.from+2 : in.from+4]
	return decimal(text[in.from:in.from+7]) && (month[0] == '0' && month[1] > '0' || month[0] == '1' && month[1] <= '2')
}

func decimal(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// panValid: length and Luhn digit (ISO/IEC 7812-1).
func panValid(pan []byte) bool {
	if len(pan) < minPAN || len(pan) > maxPAN || !decimal(pan) {
		return false
	}
	sum := 0
	for i := range pan {
		d := int(pan[len(pan)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}
