package gateway

import (
	"encoding/hex"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// Drawn are the kinds of fault of n requests in a row.
func Drawn(m provisioning.Misbehaviour, n int) (out []string) {
	b := newMisbehaviour(m)
	for range n {
		out = append(out, string(b.draw(hostspec.MTIRequest).Kind))
	}
	return out
}

// Hex is for messages of the control socket.
func Hex(b []byte) string { return hex.EncodeToString(b) }
