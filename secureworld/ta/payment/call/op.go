package call

// Operations of the payment application.
const (
	OpPreparePIN    uint32 = 1
	OpAuthorise     uint32 = 2
	OpCheckAnswer   uint32 = 3
	OpCheckReversal uint32 = 4
	OpNetwork       uint32 = 5
	OpCheckNetwork  uint32 = 6
	OpVerifyChain   uint32 = 7
	OpAuthoriseKey  uint32 = 8 // a card that was keyed in
	OpAdvice        uint32 = 9 // what a card did with its issuer's scripts
	OpCheckAdvice   uint32 = 10
	OpFollow        uint32 = 11 // what continues a payment, or charges a stored card
	OpSettle        uint32 = 12
	OpCheckSettle   uint32 = 13
	OpItems         uint32 = 14
	OpCheckItems    uint32 = 15
	OpComplete      uint32 = 16 // what the card approved while the host is away
)

// Host functions of the kernel.
const (
	HostOpenVerify  uint32 = 1
	HostOpenOnline  uint32 = 2
	HostSealPAN     uint32 = 3
	HostSealAccount uint32 = 4
	HostTokenKey    uint32 = 5
	HostMACRequest  uint32 = 6
	HostMACReversal uint32 = 7
	HostMACRepeat   uint32 = 8
	HostCheck       uint32 = 9
	HostOpenChain   uint32 = 10
	HostCAKey       uint32 = 11
	HostOpenKeyed   uint32 = 12
	HostCardNames   uint32 = 13
	HostCardNamed   uint32 = 14
	HostSealRepeat  uint32 = 15
)

// Code is a negative answer, of the application or of a host function.
type Code int32

// Codes. They tell classes of error apart and nothing about the data.
const (
	CodeMalformed    Code = -1 // the request does not fit its layout
	CodeUnknownOp    Code = -2
	CodeNotPermitted Code = -3 // host function not allowed now
	CodeEnvelope     Code = -4 // envelope does not open
	CodeCardData     Code = -5 // account data missing, malformed or contradictory
	CodeOrder        Code = -6 // the card's data answer another order
	CodeMAC          Code = -7 // the host's message does not verify
	CodeAnswer       Code = -8 // the host's message answers another question, or is malformed
	CodeKey          Code = -9 // a key is missing or used up
	CodeInternal     Code = -10
)

// String names the code.
func (c Code) String() string {
	names := [...]string{"", "malformed", "unknown_op", "not_permitted", "envelope", "card_data",
		"order", "mac", "answer", "key", "internal"}
	if i := int(-c); i > 0 && i < len(names) {
		return names[i]
	}
	return "unknown"
}

// Error makes a code an error within a world.
func (c Code) Error() string { return "payment application: " + c.String() }
