package till

import "context"

// Key is what is known of one key of the terminal's life.
type Key struct {
	Number     uint8  `json:"key"`
	Name       string `json:"name"`
	Algorithm  string `json:"algorithm"`
	Usage      string `json:"usage"`
	Custodian  string `json:"custodian"`
	State      string `json:"state"`
	CheckValue string `json:"check_value"`
	Since      string `json:"since"`
	Ended      string `json:"ended"`
	Reason     string `json:"reason"`
	Counted    bool   `json:"counted"`
	Left       uint32 `json:"left"`
	Low        bool   `json:"low"`
}

// Keys lists them.
func (t *Till) Keys(ctx context.Context) ([]Key, error) {
	var v struct {
		Keys []Key `json:"keys"`
	}
	err := t.Get(ctx, "/v1/terminal/keys", &v)
	return v.Keys, err
}
