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
// What a sale's DE 22 asks of DE 25, 52 and 55 and of the account data stands in
// EntryMode.Content. 9F02 and 5F2A of a chip are DE 4 and DE 49. A chip may add
// 9F03, 9F33, 9F34, 9F6E, 9F7C and what else is no account data.
//
// What each kind of 0100, 0200 and 0220 has of the optional ones stands in the package
// comment; another selection is answered 30.
//
// DE 55 of a reversal and of an advice is what became known since: 9F5B, and the
// card's last cryptogram with 95 and 9B.
func Permits() []Permit {
	request := Permit{
		MTI: MTIRequest, Answer: MTIRequestAnswer,
		Mandatory: []int{3, 4, 7, 11, 12, 13, 22, 25, 37, 41, 42, 48, 49, 60},
		Optional:  []int{23, 38, 52, 54, 55, 90},
	}
	authorisation := request
	authorisation.MTI, authorisation.Answer = MTIAuthorisation, MTIAuthorisationAnswer
	advice := Permit{
		MTI: MTIAdvice, Answer: MTIAdviceAnswer,
		Mandatory: []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 48, 49},
		Optional:  []int{22, 23, 25, 38, 54, 55, 60, 90},
	}
	adviceRepeat := advice
	adviceRepeat.MTI = MTIAdviceRepeat
	reversal := Permit{
		MTI: MTIReversal, Answer: MTIReversalAnswer,
		Mandatory: []int{3, 4, 7, 11, 12, 13, 37, 41, 42, 48, 49, 90},
		Optional:  []int{22, 23, 25, 38, 55, 60},
	}
	repeat := reversal
	repeat.MTI = MTIReversalRepeat
	batch := []int{7, 11, 12, 13, 37, 41, 42, 48, 60}
	return []Permit{
		authorisation, request, advice, adviceRepeat, reversal, repeat,
		{
			MTI: MTISettlement, Answer: MTISettlementAnswer,
			Mandatory: append([]int{49, 66, 74, 75, 76, 77, 86, 87, 88, 89, 97}, batch...),
		},
		{MTI: MTIItems, Answer: MTIItemsAnswer, Mandatory: batch},
		{
			MTI: MTINetwork, Answer: MTINetworkAnswer,
			Mandatory: []int{7, 11, 41, 48, 70},
			Optional:  append([]int{12, 13, 37, 42, 60}, EvidenceFields()...),
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
