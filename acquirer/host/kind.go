package host

import (
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// kind is what a message asks to be done with money.
type kind uint8

const (
	kindNone      kind = iota // a reversal, a settlement, a network message
	kindSale                  // with a card
	kindCashback              // a sale with cash
	kindStored                // a sale to a card on file
	kindRefund                // that no payment is named for
	kindReturn                // a refund of a payment
	kindHold                  // pre-authorisation
	kindIncrement             // of one
	kindCapture               // of one
	kindBalance
	kindOffline // a sale that the card approved
	kindScripts // a card's word on scripts
	kindVoice   // a capture of a sale that the issuer referred to a call
	kinds
)

func (k kind) String() string {
	return [kinds]string{"", "sale", "cashback", "stored", "refund", "return", "hold", "increment", "capture", "balance", "offline", "scripts", "voice"}[k]
}

func kindNamed(name string) kind {
	for k := range kinds {
		if k.String() == name {
			return k
		}
	}
	return kindNone
}

// reads reports whether the message brings a card.
func (k kind) reads() bool {
	return slices.Contains([]kind{kindSale, kindCashback, kindRefund, kindHold, kindBalance, kindOffline}, k)
}

// pays reports whether an approval is money that the merchant gets.
func (k kind) pays() bool {
	return slices.Contains([]kind{kindSale, kindCashback, kindStored, kindCapture, kindOffline, kindVoice}, k)
}

// gives reports whether an approval is money that the cardholder gets.
func (k kind) gives() bool { return k == kindRefund || k == kindReturn }

// continues reports whether the message is about another payment.
func (k kind) continues() bool { return k == kindReturn || k == kindIncrement || k == kindCapture }

// rule is how one kind is known and what it has, of the fields and elements of DE 48
// that not all have.
type rule struct {
	kind            kind
	mti, processing string // of the request; no processing: any
	names           bool   // has DE 90
	tag55           int8   // 1: has DE 55; -1: has none; 0: as its entry mode wants
	stored          int8   // 1: DE 22 is 10x; -1: another; 0: whatever
	needs, may      []int
	elements        []byte // that it has
	mayElements     []byte
}

func rules() []rule {
	const (
		token, last, partial, original = hostspec.PrivateToken, hostspec.PrivateLast, hostspec.PrivatePartial, hostspec.PrivateOriginal
		request, hold, advice          = hostspec.MTIRequest, hostspec.MTIAuthorisation, hostspec.MTIAdvice
		sale, cash, refund, balance    = hostspec.ProcessingSale, hostspec.ProcessingCashback, hostspec.ProcessingRefund, hostspec.ProcessingBalance
	)
	return []rule{
		{kindSale, request, sale, false, 0, -1, nil, []int{23, 52, 54, 55}, nil, []byte{token, partial}},
		{kindCashback, request, cash, false, 0, -1, []int{54}, []int{23, 52, 55}, nil, []byte{token}},
		{kindStored, request, sale, false, 0, 1, nil, []int{54}, []byte{token}, []byte{partial}},
		{kindRefund, request, refund, false, 0, -1, nil, []int{23, 52, 55}, nil, []byte{token}},
		{kindReturn, request, refund, true, 0, 1, []int{90}, nil, []byte{original}, nil},
		{kindHold, hold, sale, false, 0, -1, nil, []int{23, 52, 54, 55}, nil, []byte{token, partial}},
		{kindIncrement, hold, sale, true, 0, 1, []int{38, 90}, []int{54}, []byte{original}, nil},
		{kindBalance, hold, balance, false, 0, -1, nil, []int{23, 52, 55}, nil, nil},
		{kindCapture, advice, sale, true, -1, 0, []int{38, 60, 90}, []int{22, 25, 54}, []byte{last, original}, nil},
		{kindOffline, advice, sale, false, 1, -1, []int{22, 25, 55, 60}, []int{23, 38, 54}, nil, []byte{token}},
		{kindScripts, advice, "", true, 1, 0, []int{55, 90}, []int{22, 23, 25, 38, 54, 60}, nil, []byte{original}},
	}
}

// classify finds the kind of a message, or DE 39 where it is none.
func (q *request) classify() (kind, string) {
	mti := requestOf(q.message.MTI)
	if !slices.Contains([]string{hostspec.MTIRequest, hostspec.MTIAuthorisation, hostspec.MTIAdvice}, mti) {
		return kindNone, ""
	}
	for _, r := range rules() {
		if r.mti == mti && r.knows(q) {
			if !r.fits(q) {
				break
			}
			return r.kind, ""
		}
	}
	return kindNone, hostspec.ResponseFormatError
}

// requestOf is the type of the message of which mti is a repeat.
func requestOf(mti string) string {
	if strings.HasSuffix(mti, "1") {
		return mti[:3] + "0"
	}
	return mti
}

func (r rule) knows(q *request) bool {
	m := q.message
	return (r.processing == "" || m.String(3) == r.processing) && m.Has(90) == r.names && sides(r.tag55, m.Has(55)) &&
		sides(r.stored, strings.HasPrefix(m.String(22), string(hostspec.EntryStored)))
}

// sides: 1 wants it, -1 wants it not, 0 does not care.
func sides(want int8, is bool) bool { return want == 0 || (want > 0) == is }

// fits holds a message to its kind's fields and elements; those that every message of
// its type has are its permit's.
func (r rule) fits(q *request) bool {
	for _, n := range []int{22, 23, 25, 38, 52, 54, 55, 60, 90} {
		has := q.message.Has(n)
		always := q.message.MTI != hostspec.MTIAdvice && q.message.MTI != hostspec.MTIAdviceRepeat && (n == 22 || n == 25 || n == 60)
		if !has && slices.Contains(r.needs, n) || has && !always && !slices.Contains(r.needs, n) && !slices.Contains(r.may, n) {
			return false
		}
	}
	for tag, size := range kindElements() {
		value := hostspec.FindPrivate(q.private, tag)
		has, needed := value != nil, slices.Contains(r.elements, tag)
		if !has && needed || has && (len(value) != size || !needed && !slices.Contains(r.mayElements, tag)) {
			return false
		}
	}
	return r.stored != 1 || q.message.String(25) == hostspec.ConditionRemote
}

// kindElements are those of DE 48 that some kinds have, with their sizes.
func kindElements() map[byte]int {
	return map[byte]int{hostspec.PrivateToken: tokenSize, hostspec.PrivateLast: 1, hostspec.PrivatePartial: 1, hostspec.PrivateOriginal: 12}
}
