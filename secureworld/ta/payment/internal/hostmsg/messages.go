package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Numbers of the data elements (ISO 8583:1987; formats in hostspec).
const (
	deProcessing   = 3
	deAmount       = 4
	deTransmission = 7
	deSTAN         = 11
	deTime         = 12
	deDate         = 13
	deEntryMode    = 22
	deSequence     = 23
	deCondition    = 25
	deRRN          = 37
	deApproval     = 38
	deResponse     = 39
	deTerminal     = 41
	deMerchant     = 42
	dePrivate      = 48
	deCurrency     = 49
	dePIN          = 52
	deAdditional   = 54
	deICC          = 55
	deBatch        = 60
	deNetwork      = 70
	deOriginal     = 90
)

// Messages builds and reads messages. Any number of goroutines may use it.
type Messages struct{ codec *codec.Codec }

// New builds the specification of the link.
func New() *Messages { return &Messages{codec.New()} }

// start makes a message with what all of this link's messages have.
func start(mti string, t *call.Terms) *codec.Message {
	m := codec.NewMessage(mti)
	m.Set(deTransmission, unpacked(t.Transmission[:]))
	m.Set(deSTAN, decimal(uint64(t.STAN), 6))
	m.Set(deTime, unpacked(t.Time[:]))
	m.Set(deDate, unpacked(t.Date[1:])) // MMDD
	m.Set(deRRN, decimal(uint64(t.RRN), 12))
	m.Set(deTerminal, t.TerminalID[:])
	m.Set(deMerchant, t.MerchantID[:])
	return m
}

// startFinancial adds what requests and their reversals share.
func startFinancial(mti string, t *call.Terms, card Card) *codec.Message {
	m := start(mti, t)
	k, _ := kindOf(t)
	m.SetString(deProcessing, k.processing)
	m.Set(deAmount, decimal(uint64(t.Amount), 12))
	if card.Entry != "" {
		m.SetString(deEntryMode, card.Entry.Field(hostspec.PINCapable))
		m.SetString(deCondition, card.Entry.Content().Condition)
	}
	if card.HasSequence {
		m.Set(deSequence, decimal(uint64(card.Sequence), 3))
	}
	m.Set(deCurrency, decimal(uint64(t.Currency), 3))
	m.Set(deBatch, decimal(uint64(t.Batch), 6))
	return m
}

// pack encodes m without its MAC, with room for it behind.
func (ms *Messages) pack(m *codec.Message) ([]byte, error) {
	b, err := ms.codec.Pack(m)
	if err != nil {
		return nil, call.CodeMalformed
	}
	if len(b) > call.MaxFrame && m.MTI != hostspec.MTINetwork || len(b) > call.MaxNetworkFrame {
		return nil, call.CodeInternal
	}
	return b[:len(b)-hostspec.MACSize], nil
}

// CheckTerms refuses what no message can be made of.
func CheckTerms(t *call.Terms) error {
	k, known := kindOf(t)
	if !known || t.TransactionType != k.transaction || !t.Currency.Known() || (t.Amount < 1) != (t.Type == payment.TypeBalance) {
		return call.CodeMalformed
	}
	if t.Amount < 0 || t.Tip < 0 || t.Cashback < 0 || t.Tip > t.Amount || t.Cashback > t.Amount-t.Tip {
		return call.CodeMalformed
	}
	return checkTrace(t)
}

// checkTrace is CheckTerms for messages without money.
func checkTrace(t *call.Terms) error {
	if t.STAN < 1 || t.RRN < 1 || t.TerminalID == (payment.TerminalID{}) || t.MerchantID == (payment.MerchantID{}) {
		return call.CodeMalformed
	}
	return nil
}
