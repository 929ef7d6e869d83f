package host

// Refusal is why a message got no answer. The connection that brought it is to
// be closed.
type Refusal uint8

// Refusals, as the counters name them.
const (
	RefusalMalformed Refusal = iota
	RefusalMessageType
	RefusalTerminal
	RefusalKey
	RefusalMAC
	RefusalKSN
	RefusalElement
	RefusalDatabase
	refusals
)

// Error implements error.
func (r Refusal) Error() string { return "host: refused: " + r.String() }

func (r Refusal) String() string {
	switch r {
	case RefusalMalformed:
		return "malformed"
	case RefusalMessageType:
		return "message_type"
	case RefusalTerminal:
		return "terminal"
	case RefusalKey:
		return "key"
	case RefusalMAC:
		return "mac"
	case RefusalKSN:
		return "ksn_used"
	case RefusalElement:
		return "element"
	case RefusalDatabase:
		return "database"
	}
	return "unknown"
}
