package hostspec

// Permit is one message type of this link, with the fields that it has. The MAC
// is in every one and not listed.
type Permit struct {
	MTI       string
	Answer    string // MTI of its answer
	Mandatory []int
	Optional  []int
}

// Permits are the messages that a terminal may send. A message with a field
// that is not listed, or without one that is mandatory, is answered 30; another
// message type is not answered.
//
// A sale whose DE 22 says chip has DE 55 with at least 82, 95, 9A, 9C, 5F2A,
// 9F02, 9F10, 9F1A, 9F26, 9F27, 9F36 and 9F37; 9F02 and 5F2A are DE 4 and DE 49.
func Permits() []Permit {
	reversal := Permit{
		MTI: MTIReversal, Answer: MTIReversalAnswer,
		Mandatory: []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 48, 49, 90},
		Optional:  []int{22, 23, 25, 38, 60},
	}
	repeat := reversal
	repeat.MTI = MTIReversalRepeat
	return []Permit{
		{
			MTI: MTIRequest, Answer: MTIRequestAnswer,
			Mandatory: []int{3, 4, 7, 11, 12, 13, 22, 25, 37, 41, 42, 48, 49, 60},
			Optional:  []int{23, 52, 55},
		},
		reversal, repeat,
		{
			MTI: MTINetwork, Answer: MTINetworkAnswer,
			Mandatory: []int{7, 11, 41, 48, 70},
			Optional:  []int{12, 13, 37, 42, 60},
		},
	}
}

// PermitOf finds the permit of a message type.
func PermitOf(mti string) (Permit, bool) {
	for _, p := range Permits() {
		if p.MTI == mti {
			return p, true
		}
	}
	return Permit{}, false
}

// Allows reports whether a message with the fields that has names fits.
func (p Permit) Allows(has func(number int) bool) bool {
	listed := map[int]bool{64: true, 128: true}
	for _, n := range p.Mandatory {
		listed[n] = true
		if !has(n) {
			return false
		}
	}
	for _, n := range p.Optional {
		listed[n] = true
	}
	for _, f := range Fields() {
		if has(f.Number) && !listed[f.Number] {
			return false
		}
	}
	return true
}

// Echoed are the fields that an answer repeats where the question has them.
func Echoed() []int { return []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 49, 70} }
