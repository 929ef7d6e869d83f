package main

import (
	"errors"
	"flag"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	configuration "github.com/strongroom-pos/strongroom/internal/settings"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/internal/tlsca"
)

// settings are what flags, environment and file say.
type settings struct {
	listen      netip.AddrPort
	mailbox     session.Config
	data        string
	shop        receipt.Shop
	environment string
	snapshot    string // copy the journal to this file and end
	addresses   string
	metrics     netip.AddrPort // zero: none
	tls         netip.AddrPort // for paired tills; zero: none
	names       tlsca.Names    // under which they reach it
	found       *configuration.Found
}

var (
	errListen      = errors.New("-listen must be a loopback address with a port, as in 127.0.0.1:0: tills elsewhere are served by -tls")
	errTLS         = errors.New("-tls must be an address with a port, as in 192.0.2.7:8443; with 0.0.0.0 or [::], or no certificate could name it, -tls-name says which names it has")
	errNames       = errors.New("-tls-name takes addresses and host names in lower case, parted by commas, and -tls with it")
	errMetrics     = errors.New("-metrics must be a loopback address with a port, as in 127.0.0.1:9420")
	errData        = errors.New("-data is required: the directory of the journal and of this start's secrets")
	errMailbox     = errors.New("-mailbox is required")
	errEnvironment = errors.New("-environment is demo or production")
	errArguments   = errors.New("there are no arguments, only flags")
)

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var listen, metrics, tls, names string
	f := flag.NewFlagSet("terminal", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&listen, "listen", "127.0.0.1:0", "loopback `address` of the HTTP interface")
	f.StringVar(&tls, "tls", "", "`address` for paired tills, over TLS 1.3; empty: none")
	f.StringVar(&names, "tls-name", "", "`names` and addresses of this terminal beside that of -tls, parted by commas")
	f.StringVar(&s.mailbox.Address, "mailbox", "", "the secure world's mailbox, `unix:/path` or tcp:host:port")
	f.StringVar(&s.mailbox.Cert, "mailbox-cert", "", "`file` of this terminal's certificate (tcp)")
	f.StringVar(&s.mailbox.Key, "mailbox-key", "", "`file` of its private key (tcp)")
	f.StringVar(&s.mailbox.CA, "mailbox-ca", "", "`file` of the authority for the secure world's certificate (tcp)")
	f.StringVar(&s.data, "data", "", "`directory` of journal.db, access.token and page.url")
	f.StringVar(&s.shop.Name, "merchant", "Demo Shop", "merchant's `name` on receipts")
	f.StringVar(&s.shop.Address, "merchant-address", "", "merchant's `address` on receipts, lines parted by commas")
	f.StringVar(&s.environment, "environment", "demo", "demo (test keys) or production")
	f.StringVar(&metrics, "metrics", "", "loopback `address` of the metrics, for Prometheus; empty: none")
	f.StringVar(&s.snapshot, "snapshot", "", "write a copy of the journal in -data to this new `file` and end; also while a terminal runs there")
	f.StringVar(&s.addresses, "addresses", "", "`file` that is written once the terminal listens")
	var err error
	if s.found, err = configured(f, args); err != nil {
		return s, err
	}
	if s.metrics, err = loopback(metrics); metrics != "" && err != nil {
		return s, errMetrics
	}
	if err := s.tills(tls, names); err != nil {
		return s, err
	}
	return s, s.check(f.NArg(), listen)
}

func (s *settings) check(arguments int, listen string) error {
	address, err := loopback(listen)
	switch {
	case arguments > 0:
		return errArguments
	case s.snapshot != "" && s.data != "":
		return nil
	case err != nil:
		return errListen
	case s.data == "":
		return errData
	case s.mailbox.Address == "":
		return errMailbox
	case s.environment != "demo" && s.environment != "production":
		return errEnvironment
	}
	s.listen = address
	return s.inProduction(os.Environ())
}

// tills reads where they are served, and under which names.
func (s *settings) tills(listen, names string) (err error) {
	if s.names, err = tlsca.ParseNames(names); err != nil || listen == "" && names != "" {
		return errNames
	}
	if listen == "" {
		return nil
	}
	s.tls, err = netip.ParseAddrPort(listen)
	own := s.tls.Addr()
	switch {
	case err != nil || own.Zone() != "" || own.IsUnspecified() && names == "":
		return errTLS
	case own.IsUnspecified():
		return nil
	}
	if err := s.names.Add(own.String()); err != nil {
		return errTLS
	}
	return nil
}

// hosts are the exact Host values for a port.
func (s *settings) hosts(port uint16) []string {
	var hosts []string
	for _, name := range s.names.All() {
		hosts = append(hosts, net.JoinHostPort(name, strconv.Itoa(int(port))))
		if port == 443 { // clients leave it out
			hosts = append(hosts, strings.TrimSuffix(net.JoinHostPort(name, ""), ":"))
		}
	}
	return hosts
}

// loopback reads an address of this machine alone.
func loopback(s string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(s)
	if err == nil && (!a.Addr().IsLoopback() || a.Addr().Zone() != "") {
		err = errListen
	}
	return a, err
}
