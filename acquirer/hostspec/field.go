package hostspec

// Kind is how a field is written.
type Kind uint8

// Kinds of field.
const (
	Numeric Kind = iota // BCD digits
	Text                // ASCII, padded with spaces on the right
	Binary              // bytes
)

// Field describes one data element.
type Field struct {
	Number  int
	Name    string
	Kind    Kind
	Length  int  // digits, characters or bytes; the most where Varying
	Varying bool // preceded by its length: three BCD digits in two bytes (LLL)
}

// Fields are all that this link knows, rising.
func Fields() []Field {
	return []Field{
		{3, "processing code", Numeric, 6, false},
		{4, "amount, transaction", Numeric, 12, false},
		{7, "transmission date and time, GMT", Numeric, 10, false},
		{11, "system trace audit number", Numeric, 6, false},
		{12, "time, local", Numeric, 6, false},
		{13, "date, local", Numeric, 4, false},
		{22, "POS entry mode", Numeric, 3, false},
		{23, "card sequence number", Numeric, 3, false},
		{25, "POS condition code", Numeric, 2, false},
		{37, "retrieval reference number", Text, 12, false},
		{38, "approval code", Text, 6, false},
		{39, "response code", Text, 2, false},
		{41, "terminal id", Text, 8, false},
		{42, "card acceptor id", Text, 15, false},
		{48, "private composite", Binary, 512, true},
		{49, "currency code, transaction", Numeric, 3, false},
		{52, "PIN block, format 4", Binary, 16, false},
		{54, "additional amounts", Text, 60, true},
		{55, "ICC data", Binary, 255, true},
		{60, "batch number", Numeric, 6, false},
		{64, "message authentication code", Binary, MACSize, false},
		{66, "settlement code", Numeric, 1, false},
		{70, "network management code", Numeric, 3, false},
		{74, "credits, number", Numeric, 10, false},
		{75, "credits, reversal number", Numeric, 10, false},
		{76, "debits, number", Numeric, 10, false},
		{77, "debits, reversal number", Numeric, 10, false},
		{86, "credits, amount", Numeric, 16, false},
		{87, "credits, reversal amount", Numeric, 16, false},
		{88, "debits, amount", Numeric, 16, false},
		{89, "debits, reversal amount", Numeric, 16, false},
		{90, "original data elements", Numeric, 42, false},
		{97, "net settlement amount", Text, 17, false},
		{120, "evidence of what the terminal is", Binary, evidencePart, true},
		{121, "evidence, continued", Binary, evidencePart, true},
		{122, "evidence, continued", Binary, evidencePart, true},
		{128, "message authentication code", Binary, MACSize, false},
	}
}

// Size is the number of bytes that a fixed field takes on the wire.
func (f Field) Size() int {
	if f.Kind == Numeric {
		return (f.Length + 1) / 2
	}
	return f.Length
}

// MACSize is the length of DE 64 and DE 128.
const MACSize = 8

// Message types of this link (ISO 8583:1987).
const (
	MTIAuthorisation       = "0100" // money is held, or asked after
	MTIAuthorisationAnswer = "0110"
	MTIRequest             = "0200" // financial transaction request
	MTIRequestAnswer       = "0210"
	MTIAdvice              = "0220" // what a card did with its issuer's scripts
	MTIAdviceRepeat        = "0221"
	MTIAdviceAnswer        = "0230"
	MTIReversal            = "0420" // reversal advice
	MTIReversalRepeat      = "0421"
	MTIReversalAnswer      = "0430"
	MTISettlement          = "0500" // both sides' totals of a batch
	MTISettlementAnswer    = "0510"
	MTIItems               = "0600" // what the host has in a batch, one by one
	MTIItemsAnswer         = "0610"
	MTINetwork             = "0800"
	MTINetworkAnswer       = "0810"
	ProcessingSale         = "000000"
	ProcessingCashback     = "090000" // goods and cash; DE 54 says how much is cash
	ProcessingRefund       = "200000"
	ProcessingBalance      = "310000"
	NetworkSignOn          = "001"
	NetworkEcho            = "301"
	EntryModeChip          = "051"  // DE 22: EntryChip.Field(PINCapable)
	ConditionNormal        = "00"   // DE 25: card and cardholder are there
	ConditionRemote        = "08"   // DE 25: mail or telephone order, or a card on file
	BalanceIn              = "1"    // DE 66: both sides have the same totals
	BalanceOut             = "2"    // DE 66: they differ
	ReasonCustomer         = "4000" // the merchant takes back what was complete
	ReasonUnknown          = "4021" // no answer, or the outcome is unknown
	ReasonCardIncomplete   = "4020" // no TC from the card
)
