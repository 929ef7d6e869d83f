// Package door is what the plain control terminal is given and what it answers:
// its configuration file, and the lines that it takes on standard input and
// writes to standard output. It is JSON, and a sale's line holds a card and its
// PIN in clear: test cards only.
//
// The plain control terminal imports it, and those that drive it: tests and the
// operator's scope evidence. No program of the lane may.
package door

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// Config is the configuration file. Keys stand in it in clear, because a usual
// terminal holds its keys in ordinary memory and that is what is compared with.
type Config struct {
	TerminalID string `json:"terminal_id"` // DE 41 and the name in Cert, 8 characters
	MerchantID string `json:"merchant_id"` // DE 42, 15 characters
	Currency   uint16 `json:"currency"`    // ISO 4217, numeric
	Country    uint16 `json:"country"`     // ISO 3166, numeric

	Host     string `json:"host"`      // host:port of the acquirer
	HostName string `json:"host_name"` // name in its certificate
	Cert     string `json:"cert"`      // PEM
	Key      string `json:"key"`       // PEM, PKCS #8
	CA       string `json:"ca"`        // PEM: who certifies the acquirer

	HostKey Key    `json:"host_key"` // account data and MACs
	PINKey  Key    `json:"pin_key"`  // PIN blocks
	Token   []byte `json:"token"`    // HMAC-SHA-256, 32 bytes

	Directory string `json:"directory"` // journal and key states; made where it is missing
	Cards     []Sale `json:"cards"`     // for -sales: taken in turn
}

// Key is an AES-256 DUKPT initial key.
type Key struct {
	ID    []byte `json:"id"`    // initial key id, 8 bytes
	Value []byte `json:"value"` // 32 bytes
}

// Sale asks for one sale.
type Sale struct {
	Amount uint64              `json:"amount"` // minor units
	Card   virtualcard.Profile `json:"card"`
	PIN    string              `json:"pin"` // 4 to 12 digits
}

// Result answers a sale.
type Result struct {
	Outcome  string `json:"outcome"`         // approved, declined, reversed, failed
	Error    string `json:"error,omitempty"` // what could not be done
	Response string `json:"response"`        // DE 39, empty where no host answered
	Approval string `json:"approval,omitempty"`
	LastFour string `json:"last_four"`
	STAN     uint32 `json:"stan"`
	RRN      uint64 `json:"rrn"`
	Counter  uint32 `json:"counter"` // DUKPT counter of the request
	Nanos    int64  `json:"nanos"`   // from the card's reset to the durable end
	Fsyncs   int    `json:"fsyncs"`
}

// Outcomes.
const (
	Approved = "approved"
	Declined = "declined"
	Reversed = "reversed"
	Failed   = "failed"
)

// maxConfig holds some hundred cards.
const maxConfig = 4 << 20

var errConfig = errors.New("plain terminal: configuration refused")

// ReadConfig reads a configuration file. Unknown names are refused.
func ReadConfig(path string) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, fmt.Errorf("reading the configuration: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return Config{}, fmt.Errorf("reading the configuration: %w", err)
	}
	var c Config
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&c) != nil || !c.complete() {
		return Config{}, errConfig
	}
	return c, nil
}

func (c Config) complete() bool {
	return len(c.TerminalID) == 8 && len(c.MerchantID) == 15 && c.Host != "" && c.Directory != "" &&
		len(c.HostKey.ID) == 8 && len(c.HostKey.Value) == 32 &&
		len(c.PINKey.ID) == 8 && len(c.PINKey.Value) == 32 && len(c.Token) == 32
}
