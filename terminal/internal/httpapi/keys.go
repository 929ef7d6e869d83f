package httpapi

import (
	"net/http"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// keyView is what the secure world tells of one key. It has no room for one.
type keyView struct {
	Number     uint8  `json:"key"`
	Name       string `json:"name"`
	Algorithm  string `json:"algorithm"`
	Usage      string `json:"usage"`
	Custodian  string `json:"custodian"`
	State      string `json:"state"`
	CheckValue string `json:"check_value"` // ten hexadecimal digits, or nothing
	Since      string `json:"since"`       // RFC 3339, or nothing
	Ended      string `json:"ended"`       // RFC 3339, or nothing
	Reason     string `json:"reason"`      // why it ended
	Counted    bool   `json:"counted"`
	Left       uint32 `json:"left"`
	Low        bool   `json:"low"`
}

type keysView struct {
	Keys []keyView `json:"keys"`
}

func (a *api) keys(w http.ResponseWriter, r *http.Request) {
	lines, err := a.cfg.Lane.Keys()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v := keysView{Keys: []keyView{}}
	for _, l := range lines {
		v.Keys = append(v.Keys, keyViewOf(l))
	}
	answer(w, http.StatusOK, v)
}

func keyViewOf(l mailbox.KeyLine) keyView {
	k, _ := keyregistry.Find(l.Key) // a newer secure world's key has a number alone
	v := keyView{Number: l.Key, Name: k.Name, Algorithm: k.Algorithm, Usage: k.Usage, Custodian: string(k.Custodian), State: l.State.String(),
		Since: moment(l.Born), Ended: moment(l.Ended), Reason: l.End.String(), Counted: l.Limited, Left: l.Left, Low: l.Low}
	if l.Checked {
		v.CheckValue = l.Check.String()
	}
	return v
}

func moment(c payment.Count) string {
	if c == 0 {
		return ""
	}
	return time.Unix(int64(c), 0).UTC().Format(time.RFC3339)
}
