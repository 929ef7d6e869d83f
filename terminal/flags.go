package main

import (
	"errors"
	"flag"
	"io"
	"net/netip"

	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
)

// settings are what the flags say.
type settings struct {
	listen      netip.AddrPort
	mailbox     session.Config
	data        string
	shop        receipt.Shop
	environment string
	addresses   string
}

var (
	errListen      = errors.New("-listen must be a loopback address with a port, as in 127.0.0.1:0: there is no pairing yet")
	errData        = errors.New("-data is required: the directory of the journal and of this start's secrets")
	errMailbox     = errors.New("-mailbox is required")
	errEnvironment = errors.New("-environment is demo or production")
	errArguments   = errors.New("there are no arguments, only flags")
)

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var listen string
	f := flag.NewFlagSet("terminal", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&listen, "listen", "127.0.0.1:0", "loopback `address` of the HTTP interface")
	f.StringVar(&s.mailbox.Address, "mailbox", "", "the secure world's mailbox, `unix:/path` or tcp:host:port")
	f.StringVar(&s.mailbox.Cert, "mailbox-cert", "", "`file` of this terminal's certificate (tcp)")
	f.StringVar(&s.mailbox.Key, "mailbox-key", "", "`file` of its private key (tcp)")
	f.StringVar(&s.mailbox.CA, "mailbox-ca", "", "`file` of the authority for the secure world's certificate (tcp)")
	f.StringVar(&s.data, "data", "", "`directory` of journal.db, access.token and page.url")
	f.StringVar(&s.shop.Name, "merchant", "Demo Shop", "merchant's `name` on receipts")
	f.StringVar(&s.shop.Address, "merchant-address", "", "merchant's `address` on receipts, lines parted by commas")
	f.StringVar(&s.environment, "environment", "demo", "demo (test keys) or production")
	f.StringVar(&s.addresses, "addresses", "", "`file` that is written once the terminal listens")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	return s, s.check(f.NArg(), listen)
}

func (s *settings) check(arguments int, listen string) error {
	address, err := netip.ParseAddrPort(listen)
	switch {
	case arguments > 0:
		return errArguments
	case err != nil || !address.Addr().IsLoopback() || address.Addr().Zone() != "":
		return errListen
	case s.data == "":
		return errData
	case s.mailbox.Address == "":
		return errMailbox
	case s.environment != "demo" && s.environment != "production":
		return errEnvironment
	}
	s.listen = address
	return nil
}
