package pairing

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
)

// Forms of what is drawn.
const (
	requestPrefix = "pair_"
	clientPrefix  = "cli_"
	idBytes       = 16
	secretBytes   = 16 // in the QR code, once
	tokenBytes    = 32
	codes         = 100_000_000 // eight digits
)

func draw(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

func drawID(prefix string) string {
	return prefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(draw(idBytes)))
}

func drawSecret() string { return base64.RawURLEncoding.EncodeToString(draw(secretBytes)) }

// drawCode draws evenly from all codes.
func drawCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(codes))
	if err != nil {
		return "", fmt.Errorf("pairing: drawing a code: %w", err)
	}
	return fmt.Sprintf("%08d", n.Int64()), nil
}

// drawToken draws the token of a client, which begins with the client's name so
// that it is found without a comparison of secrets.
func drawToken(client string) string {
	return client + "." + base64.RawURLEncoding.EncodeToString(draw(tokenBytes))
}

// same compares in constant time, whatever the lengths.
func same(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
