package magstripe

import (
	"bytes"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

func TestACardThatIsSwipedSaysWhatItsChipSays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stripe.sock")
	swipes := make(chan Swipe)
	go func() { _ = Head{}.Watch(t.Context(), path, func(s Swipe) { swipes <- s }) }()
	_ = dialHead(t, path).Close() // it listens
	for _, pan := range []string{"4761739001010010", "371449635398431", "6011000000000000001"} {
		card := virtualcard.Profile{PAN: pan, PSN: 1, Expiry: "3112", ServiceCode: "601", IssuerMasterKey: bytes.Repeat([]byte{0x11}, 16)}
		if err := virtualcard.Swipe(t.Context(), path, card); err != nil {
			t.Fatal(err)
		}
		s := <-swipes
		if s.Bad {
			t.Errorf("%d digits: a bad read", len(pan))
			continue
		}
		text := card.Track2()
		want, err := hex.DecodeString(text + strings.Repeat("F", len(text)%2))
		if err != nil || !bytes.Equal(s.Stripe.Track2Equivalent(nil), want) || !s.Stripe.HasTrack1() || !s.Stripe.Chip() {
			t.Errorf("%d digits: the stripe differs from the chip, %v", len(pan), err)
		}
		s.Stripe.Wipe()
	}
	if err := virtualcard.SwipeText(t.Context(), path, virtualcard.Unreadable); err != nil || !(<-swipes).Bad {
		t.Error("an unreadable stripe was read", err)
	}
}
