package gateway

import (
	"encoding/hex"
	"net/http"

	"github.com/strongroom-pos/strongroom/acquirer/host"
)

// Exported are reversals, captures and offline approvals that a terminal had prepared
// and could not send any more: its messages, hexadecimal, in the terminal's order.
type Exported struct {
	Messages []string `json:"messages"`
}

// settleReversals takes them from a person. Each stands for itself.
func (g *Gateway) settleReversals(w http.ResponseWriter, r *http.Request) {
	list, err := decode[Exported](w, r)
	if err != nil || len(list.Messages) > maxExported {
		http.Error(w, `{"error":"refused"}`, http.StatusBadRequest)
		return
	}
	out := []host.Settled{}
	for _, text := range list.Messages {
		frame, err := hex.DecodeString(text)
		if err != nil {
			frame = nil // is refused as no message
		}
		out = append(out, g.host.SettleByHand(r.Context(), frame))
	}
	write(w, out, nil)
}
