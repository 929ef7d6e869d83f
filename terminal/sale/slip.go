package sale

import (
	"encoding"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Slip is what a receipt prints beside the payment: the secure world's words in
// text form. Empty text means that there is none.
type Slip struct {
	TerminalID   string `json:"terminal_id"`
	MerchantID   string `json:"merchant_id"`
	Batch        uint32 `json:"batch"`
	STAN         string `json:"stan"`
	RRN          string `json:"rrn"`
	Date         string `json:"date"` // local, YYYY-MM-DD
	Time         string `json:"time"` // local, HH:MM:SS
	ApprovalCode string `json:"approval_code"`
	ResponseCode string `json:"response_code"`
	AID          string `json:"aid"`
	Label        string `json:"label"`
	Cryptogram   string `json:"cryptogram"`
	Completed    bool   `json:"completed"` // the cryptogram is the card's TC; only a chip in its slot gives one
	TVR          string `json:"tvr"`
	TSI          string `json:"tsi"`
	CVM          string `json:"cvm"`
}

func slipOf(r mailbox.Receipt) *Slip {
	if r == (mailbox.Receipt{}) {
		return nil
	}
	s := &Slip{TerminalID: r.TerminalID.String(), MerchantID: r.MerchantID.String(),
		Batch: uint32(r.Batch), Completed: r.Completed, CVM: r.CVM.String(),
		ApprovalCode: r.ApprovalCode.String(), ResponseCode: r.ResponseCode.String(),
		AID: r.AID.String(), Label: r.Label.String()}
	if r.STAN != 0 {
		s.STAN, s.RRN = r.STAN.String(), r.RRN.String()
	}
	if r.Date.Month != 0 {
		s.Date = fmt.Sprintf("20%02d-%02d-%02d", r.Date.Year, r.Date.Month, r.Date.Day)
		s.Time = fmt.Sprintf("%02d:%02d:%02d", r.Time.Hour, r.Time.Minute, r.Time.Second)
	}
	if r.AID.Length != 0 {
		s.chip(r)
	}
	return s
}

// chip takes over what a chip's application said. One that is not inserted sets
// no TSI, and a card that was lost leaves no cryptogram.
func (s *Slip) chip(r mailbox.Receipt) {
	s.TVR = text(r.TVR)
	if r.Cryptogram != (payment.Cryptogram{}) {
		s.Cryptogram = text(r.Cryptogram)
	}
	if r.TSI != (payment.TSI{}) {
		s.TSI = text(r.TSI)
	}
}

func text(m encoding.TextMarshaler) string {
	b, err := m.MarshalText()
	if err != nil {
		return ""
	}
	return string(b)
}
