package handover

import "testing"

func TestEveryFaultOfAStorageHasATextOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for f := range storageFaults {
		text, ok := Log{EventStorage, uint32(f)}.Meaning().(string)
		if !ok || text == "" || seen[text] {
			t.Errorf("%d: %q", f, text)
		}
		seen[text] = true
	}
	if got := (Log{EventStorage, 1000}).Meaning(); got != "fault 1000" {
		t.Errorf("%v", got)
	}
	if got := (Log{EventStarted, 7}).Meaning(); got != uint32(7) {
		t.Errorf("%v", got)
	}
}
