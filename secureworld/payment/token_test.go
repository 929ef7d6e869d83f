package payment

import (
	"errors"
	"strings"
	"testing"
)

func TestATokenHasOneWrittenForm(t *testing.T) {
	token := Token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	if back, err := ParseToken(token.String()); err != nil || back != token {
		t.Errorf("got %v, %v", back, err)
	}
	for _, s := range []string{"", "tok_", token.String()[1:], token.String() + "a", strings.ToUpper(token.String()),
		"pay_" + token.String()[4:], token.String()[:29] + "b", "tok_4111111111111111aaaaaaaaaa", "tok_" + strings.Repeat("a", 26)} {
		if back, err := ParseToken(s); !errors.Is(err, ErrToken) || !back.Zero() {
			t.Errorf("%d characters: %v, %v", len(s), back, err)
		}
	}
}
