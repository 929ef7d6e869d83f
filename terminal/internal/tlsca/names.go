package tlsca

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"
)

// ErrName says that a name is none under which a terminal can be reached.
var ErrName = errors.New("tlsca: names are IP addresses or host names in lower case, at most sixteen")

// Names are those that a certificate is made for.
type Names struct {
	Addresses []netip.Addr
	Hosts     []string
}

// ParseNames reads names that are parted by commas. Each is an address without a
// zone or a host name: no wildcard, no dot at its end, no capital letters, since
// the Host that a client sends is compared with it letter by letter.
func ParseNames(list string) (Names, error) {
	var n Names
	if list == "" {
		return n, nil
	}
	for name := range strings.SplitSeq(list, ",") {
		if err := n.Add(name); err != nil {
			return Names{}, err
		}
	}
	return n, nil
}

// Add adds one name, if it is not there yet.
func (n *Names) Add(name string) error {
	for _, there := range n.All() {
		if there == name {
			return nil
		}
	}
	if len(n.All()) == maxNames {
		return ErrName
	}
	if a, err := netip.ParseAddr(name); err == nil {
		if a.Zone() != "" || a.Is4In6() || a.String() != name || a.IsUnspecified() || a.IsMulticast() {
			return ErrName
		}
		n.Addresses = append(n.Addresses, a)
		return nil
	}
	if len(name) > maxName || !hostForm().MatchString(name) {
		return ErrName
	}
	n.Hosts = append(n.Hosts, name)
	return nil
}

// hostForm is that of RFC 1123 in lower case. The last label begins with a letter,
// so that nothing which a client might read as an address is a name.
func hostForm() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
}

// All are the names as they were given, addresses first.
func (n Names) All() []string {
	all := make([]string, 0, len(n.Addresses)+len(n.Hosts))
	for _, a := range n.Addresses {
		all = append(all, a.String())
	}
	return append(all, n.Hosts...)
}
