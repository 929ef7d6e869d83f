//go:build linux

package estate

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestACardComesNoSoonerToANewReaderThanAHandIsFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h slotHand
		waits := func(reader int) time.Duration {
			began := time.Now()
			if err := h.ready(t.Context(), reader); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		if got := waits(7); got != 0 {
			t.Errorf("the first card waits %v", got)
		}
		h.emptied()
		if got := waits(7); got != 0 {
			t.Errorf("a card for the same reader waits %v", got)
		}
		h.emptied()
		time.Sleep(swapWithin / 4)
		if got := waits(8); got != swapWithin*3/4 {
			t.Errorf("a card for the next reader waits %v", got)
		}
		h.emptied()
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if h.ready(over, 9) == nil {
			t.Error("who gave up waited")
		}
	})
}
