package boot

import (
	"encoding/json"
	"errors"
	"slices"
)

// mostHosts bounds the gateways of one acquirer; each gets its share of a dial's time.
const mostHosts = 8

// Hosts are the addresses of an acquirer's gateways, each host:port or unix:/path. They
// keep the same books, so any of them may be asked. In JSON one address may stand as
// text.
type Hosts []string

// UnmarshalJSON takes a text or a list of texts.
func (h *Hosts) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*h = nil
		if one != "" {
			*h = Hosts{one}
		}
		return nil
	}
	var all []string
	if err := json.Unmarshal(b, &all); err != nil {
		return errors.New("host must be an address or a list of addresses")
	}
	*h = all
	return nil
}

func (h Hosts) check() error {
	switch {
	case len(h) > mostHosts:
		return errors.New("configuration: host has more than 8 addresses")
	case slices.Contains(h, ""):
		return errors.New("configuration: host has an empty address")
	}
	return nil
}

// from are all of them, beginning with the one of this number.
func (h Hosts) from(first int) (at []int) {
	for i := range h {
		at = append(at, (first+i)%len(h))
	}
	return at
}
