package monitor

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

func TestTheKeyListIsGivenLineByLine(t *testing.T) {
	m := New(Config{Keys: func() []mailbox.KeyLine { return []mailbox.KeyLine{{Present: true, Key: 7}, {Present: true, Key: 9}} }})
	for index, want := range map[uint8]mailbox.KeyLine{0: {Present: true, Key: 7}, 1: {Present: true, Key: 9}, 2: {}, 255: {}} {
		if got := m.keyLine(mailbox.Keys{Index: index}); got.kind != mailbox.KindKeyLine || got.message != want {
			t.Errorf("%d: %+v", index, got)
		}
	}
}
