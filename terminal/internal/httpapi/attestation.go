package httpapi

import (
	"encoding/hex"
	"net/http"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// attestationView passes a report of the device on. Whoever asked verifies the
// evidence over the nonce that he chose; the decoded report is for reading alone.
type attestationView struct {
	Nonce    payment.Digest       `json:"nonce"`
	Evidence []byte               `json:"evidence"` // base64, package secureworld/attestation
	Report   attestation.Readable `json:"report"`
}

func (a *api) attestation(w http.ResponseWriter, r *http.Request) {
	nonce, ok := nonceOf(r)
	if !ok {
		a.fail(w, r, sale.Malformed.Refuse())
		return
	}
	b, err := a.cfg.Lane.Attest(nonce)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v := attestationView{Nonce: nonce, Evidence: b}
	if e, err := attestation.ParseEvidence(b); err == nil {
		if report, err := attestation.Parse(e.Body); err == nil {
			v.Report = report.Readable()
		}
	}
	answer(w, http.StatusOK, v)
}

// nonceOf reads the only query, 64 hexadecimal digits.
func nonceOf(r *http.Request) (nonce payment.Digest, ok bool) {
	query := r.URL.Query()
	values := query["nonce"]
	if len(query) != 1 || len(values) != 1 || len(values[0]) != hex.EncodedLen(len(nonce)) {
		return nonce, false
	}
	_, err := hex.Decode(nonce[:], []byte(values[0]))
	return nonce, err == nil
}
