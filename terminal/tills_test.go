package main

import (
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
)

func TestTillsAreServedOnlyUnderNamesThatWereGiven(t *testing.T) {
	for _, c := range []struct {
		tls, names string
		want       error
		url        string
		hosts      []string
	}{
		{"", "", nil, "", nil},
		{"192.0.2.7:8443", "", nil, "https://192.0.2.7:8443", []string{"192.0.2.7:8443"}},
		{"192.0.2.7:443", "till.lan", nil, "https://192.0.2.7:443", []string{"192.0.2.7:443", "192.0.2.7", "till.lan:443", "till.lan"}},
		{"[fd00::7]:443", "", nil, "https://[fd00::7]:443", []string{"[fd00::7]:443", "[fd00::7]"}},
		{"0.0.0.0:8443", "till.lan,192.0.2.8", nil, "https://192.0.2.8:8443", []string{"192.0.2.8:8443", "till.lan:8443"}},
		{"[::]:8443", "till.lan", nil, "https://till.lan:8443", []string{"till.lan:8443"}},
		{"0.0.0.0:8443", "", errTLS, "", nil},
		{"till.lan:8443", "", errTLS, "", nil},
		{"192.0.2.7", "", errTLS, "", nil},
		{"[fe80::1%lo]:8443", "", errTLS, "", nil},
		{"224.0.0.1:8443", "", errTLS, "", nil},
		{"", "till.lan", errNames, "", nil},
		{"192.0.2.7:8443", "*.lan", errNames, "", nil},
	} {
		s, err := parse([]string{"-mailbox", "unix:/x", "-data", "/y", "-tls", c.tls, "-tls-name", c.names}, io.Discard)
		if !errors.Is(err, c.want) || err != nil && c.want == nil {
			t.Errorf("%q %q: %v", c.tls, c.names, err)
		}
		if c.url == "" || err != nil {
			continue
		}
		at := netip.AddrPortFrom(s.tls.Addr(), s.tls.Port())
		hosts := s.hosts(at.Port())
		slices.Sort(hosts)
		slices.Sort(c.hosts)
		if s.url(at) != c.url || !slices.Equal(hosts, c.hosts) {
			t.Errorf("%q %q: %s, %v", c.tls, c.names, s.url(at), hosts)
		}
	}
}
