package till

import (
	"context"
	"encoding/hex"
)

// Attest asks for evidence of what the device is, over a nonce.
func (t *Till) Attest(ctx context.Context, nonce [32]byte) ([]byte, error) {
	var v struct {
		Evidence []byte `json:"evidence"`
	}
	err := t.Get(ctx, "/v1/terminal/attestation?nonce="+hex.EncodeToString(nonce[:]), &v)
	return v.Evidence, err
}
