package handover

import "strconv"

// Verdict is what boot found when it measured a peer again.
type Verdict byte

// Verdicts.
const (
	VerdictUnchanged  Verdict = 1
	VerdictProgram    Verdict = 2 // it runs another program than it did
	VerdictDeleted    Verdict = 3 // its program's file was removed or replaced
	VerdictForeign    Verdict = 4 // code is mapped that is not the program's, and not licensed
	VerdictTraced     Verdict = 5 // another process traces it
	VerdictUnreadable Verdict = 6 // it cannot be measured any more
	VerdictEnded      Verdict = 7 // it has ended, and another holds its socket
)

// Valid reports whether v is known.
func (v Verdict) Valid() bool { return v >= VerdictUnchanged && v <= VerdictEnded }

func (v Verdict) String() string {
	switch v {
	case VerdictUnchanged:
		return "unchanged"
	case VerdictProgram:
		return "runs another program"
	case VerdictDeleted:
		return "its program was removed or replaced"
	case VerdictForeign:
		return "foreign code is mapped"
	case VerdictTraced:
		return "is traced"
	case VerdictUnreadable:
		return "cannot be measured"
	case VerdictEnded:
		return "has ended"
	}
	return "verdict " + strconv.Itoa(int(v))
}
