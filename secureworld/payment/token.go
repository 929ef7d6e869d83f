package payment

import "errors"

// Token stands for a card at one merchant: a keyed hash of the PAN, cut to 128
// bits, formed in the payment application alone. The same card gives the same
// token at one merchant and unlinkable ones at two (PCI DSS 3.5.1).
type Token [16]byte

// Valid is true of every value: the zero token means that no card was read.
func (t Token) Valid() bool { return true }

// Zero reports whether no card was read.
func (t Token) Zero() bool { return t == Token{} }

// String is "tok_" and 26 characters of lower-case base32, which can never look
// like a PAN; empty for the zero token.
func (t Token) String() string {
	if t.Zero() {
		return ""
	}
	return tokenPrefix + lower32.EncodeToString(t[:])
}

// MarshalText writes the text form.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// ErrToken reports a token that is not in its one written form.
var ErrToken = errors.New("malformed token")

const tokenPrefix = "tok_"

// ParseToken reads the text form; only the form that String writes is accepted, and
// none is no token.
func ParseToken(s string) (Token, error) {
	var t Token
	if len(s) != len(tokenPrefix)+26 || s[:len(tokenPrefix)] != tokenPrefix {
		return t, ErrToken
	}
	n, err := lower32.Decode(t[:], []byte(s[len(tokenPrefix):]))
	if err != nil || n != len(t) || t.String() != s {
		return Token{}, ErrToken
	}
	return t, nil
}
