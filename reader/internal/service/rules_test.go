package service

import (
	_ "embed"
	"encoding/json"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/configuration"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel3"
	"github.com/strongroom-pos/strongroom/reader/internal/reading"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

//go:embed testdata/contact.json
var contact []byte

// rules are an attended, online-only terminal without data authentication; its
// contactless part is the demo's.
func (l *lane) rules() reading.Rules {
	l.t.Helper()
	c, err := emv.ParseConfig(contact)
	if err != nil {
		l.t.Fatal(err)
	}
	r := reading.Rules{Contact: c, ChipFailures: 3, Torn: l.torn, Whitelist: l.listed}
	r.EntryPoint, r.Kernels = l.contactless()
	return r
}

func (l *lane) contactless() (entrypoint.Config, entrypoint.Kernels) {
	l.t.Helper()
	var part struct {
		EntryPoint json.RawMessage `json:"entry_point"`
		Kernel2    json.RawMessage `json:"kernel2"`
		Kernel3    json.RawMessage `json:"kernel3"`
	}
	l.must(json.Unmarshal(configuration.Reader(), &part))
	e, err := entrypoint.ParseConfig(part.EntryPoint)
	l.must(err)
	two, err := kernel2.ParseConfig(part.Kernel2)
	l.must(err)
	three, err := kernel3.ParseConfig(part.Kernel3)
	l.must(err)
	two.TornDepth, two.TornLifetime = l.torn.Depth, l.torn.Lifetime
	two.Relay = l.relay
	if two.TornDepth == 0 {
		two.TornLifetime = 0
	}
	mastercard, err := kernel2.New(two, oda.Set{})
	l.must(err)
	makers := map[string]contactless.NewKernel{"\x02": mastercard, "\x03": kernel3.Maker(three, oda.Set{})}
	return e, func(id []byte) contactless.NewKernel { return makers[string(id)] }
}

func (l *lane) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// idleFor lets time pass at a reader that waits for a card.
func (l *lane) idleFor(milliseconds int) { time.Sleep(time.Duration(milliseconds) * time.Millisecond) }
