package hostmsg

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func terms() *call.Terms {
	return &call.Terms{Type: payment.TypeSale, Amount: payment.MaxAmount, Currency: payment.JPY,
		STAN: 999_999, RRN: 999_999_999_999, Batch: 999_999,
		TerminalID: payment.TerminalID([]byte("TERM0001")), MerchantID: payment.MerchantID([]byte("MERCHANT0000001"))}
}

func TestTheLargestRequestFitsItsFrameAndHasRoomForTheMAC(t *testing.T) {
	icc, err := ICC(forms()["chip"].longest)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New().Request(terms(), &Request{Card: Card{Entry: hostspec.EntryChip, Sequence: 99, HasSequence: true},
		Account: make([]byte, hostspec.MaxSealedAccount), ICC: icc, PIN: &PIN{}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(b) + hostspec.MACSize; n > call.MaxFrame || cap(b) < n {
		t.Errorf("%d bytes with MAC, room for %d, limit %d", n, cap(b), call.MaxFrame)
	}
}

func TestValuesBeyondTheirFieldsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*call.Terms){
		"STAN":         func(t *call.Terms) { t.STAN = 1_000_000 },
		"RRN":          func(t *call.Terms) { t.RRN = 1_000_000_000_000 },
		"amount":       func(t *call.Terms) { t.Amount = payment.MaxAmount + 1 },
		"batch":        func(t *call.Terms) { t.Batch = 1_000_000 },
		"currency":     func(t *call.Terms) { t.Currency = 1 },
		"transmission": func(t *call.Terms) { t.Transmission[4] = 0xA0 },
		"date":         func(t *call.Terms) { t.Date[2] = 0x0F },
	} {
		changed := terms()
		change(changed)
		if _, err := New().Reversal(changed, Card{Entry: hostspec.EntryChip}, [12]byte{}); !errors.Is(err, call.CodeMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New().Reversal(terms(), Card{Entry: hostspec.EntryChip}, [12]byte{}); err != nil {
		t.Errorf("control: %v", err)
	}
}
