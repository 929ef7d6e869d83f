package httpapi_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

func TestTheKeyListIsToldInWords(t *testing.T) {
	r := newRig(t, fast)
	r.world.Keys(mailbox.KeyLine{Present: true, Key: 24, Born: 1_700_000_000, Checked: true, Check: [5]byte{0xab, 1, 2, 3, 4}},
		mailbox.KeyLine{Present: true, Key: 28, Limited: true, Left: 9, Low: true},
		mailbox.KeyLine{Present: true, Key: 27, State: mailbox.KeyDestroyed, End: mailbox.KeyLoaded, Ended: 1_700_000_001})
	var got struct {
		Keys []struct {
			Name, State, Reason, Since, Ended string
			Check                             string `json:"check_value"`
			Left                              uint32
			Low                               bool
		}
	}
	check(t, json.Unmarshal(r.call("GET", "/v1/terminal/keys", "").body, &got))
	if len(got.Keys) != 3 {
		t.Fatalf("%+v", got)
	}
	pan, host, initial := got.Keys[0], got.Keys[1], got.Keys[2]
	if pan.Name != "pan" || pan.State != "active" || pan.Check != "ab01020304" || pan.Since != "2023-11-14T22:13:20Z" {
		t.Errorf("%+v", pan)
	}
	if host.Left != 9 || !host.Low || host.Check != "" || host.Since != "" {
		t.Errorf("%+v", host)
	}
	if initial.State != "destroyed" || initial.Reason != "loaded" || initial.Ended == "" {
		t.Errorf("%+v", initial)
	}
}

func TestTheSecurityReportWarnsOfAHostKeyThatIsNearlyUsedUp(t *testing.T) {
	for left, warns := range map[uint32]bool{mailbox.LowKeys: false, mailbox.LowKeys - 1: true, 0: true} {
		r := newRig(t, fast)
		r.world.Set(func(d *mailbox.Description) { d.HostKeysLeft = left })
		var got struct {
			Left  uint32 `json:"host_keys_left"`
			Notes []string
		}
		check(t, json.Unmarshal(r.call("GET", "/v1/terminal/security", "").body, &got))
		if got.Left != left || slices.Contains(got.Notes, "host_keys_low") != warns {
			t.Errorf("%d left: %+v", left, got)
		}
	}
}
