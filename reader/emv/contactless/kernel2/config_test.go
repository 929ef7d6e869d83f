package kernel2

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

func TestAConfigurationSurvivesJSON(t *testing.T) {
	c := testConfig(t)
	c.Stripe, c.Relay = &Stripe{Version: emv.Hex{0, 1}, CVMRequired: contactless.CVMOnlinePIN}, &Relay{MaxGrace: 50}
	c.TornDepth, c.TornLifetime = 5, 7200
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseConfig(b)
	if err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("%v\n%+v\n%+v", err, got, c)
	}
	for _, bad := range []string{string(b) + "{}", `{"unknown":1}`, "", "null"} {
		if _, err := ParseConfig([]byte(bad)); err == nil {
			t.Errorf("%.20q was accepted", bad)
		}
	}
}

func TestAConfigurationThatCannotBeHonouredIsRefused(t *testing.T) {
	for why, change := range map[string]func(*Config){
		"offline PIN":                     func(c *Config) { c.CVMRequired = emv.Hex{0x80} },
		"enciphered offline PIN":          func(c *Config) { c.CVMNotRequired = emv.Hex{0x10} },
		"DDA":                             func(c *Config) { c.Security = emv.Hex{0x48} },
		"offline only without approval":   func(c *Config) { c.TerminalType = emv.Hex{0x23} },
		"torn log too deep":               func(c *Config) { c.TornDepth, c.TornLifetime = 6, 60 },
		"torn log for ever":               func(c *Config) { c.TornDepth, c.TornLifetime = 1, 7201 },
		"lifetime of nothing":             func(c *Config) { c.TornLifetime = 60 },
		"no application":                  func(c *Config) { c.Applications = nil },
		"an application twice":            func(c *Config) { c.Applications = append(c.Applications, c.Applications[0]) },
		"action code of four bytes":       func(c *Config) { c.Applications[0].TACDenial = make(emv.Hex, 4) },
		"limit of thirteen digits":        func(c *Config) { c.Applications[0].CVMLimit = 1_000_000_000_000 },
		"phone message of two bytes":      func(c *Config) { c.PhoneMessages = []PhoneMessage{{Mask: make(emv.Hex, 2), Value: make(emv.Hex, 3)}} },
		"mag-stripe mode without version": func(c *Config) { c.Stripe = &Stripe{} },
		"a ratio above all":               func(c *Config) { c.Relay = &Relay{MismatchRatio: 101} },
		"no terminal type":                func(c *Config) { c.TerminalType = nil },
	} {
		c := testConfig(t)
		change(&c)
		if _, err := New(c, oda.Set{}); err == nil {
			t.Errorf("%s was accepted", why)
		}
	}
}

func TestAnActivationOutOfRangeIsRefused(t *testing.T) {
	c := testConfig(t)
	if _, err := Activate(c, oda.Set{}, contactless.Activation{Order: testOrder(), AID: unhex(t, "A0000000031010")}); err == nil {
		t.Error("an application that is not configured was accepted")
	}
	make2, err := New(c, oda.Set{})
	if err != nil {
		t.Fatal(err)
	}
	if k, err := make2(contactless.Activation{Order: testOrder(), AID: unhex(t, "A0000000031010")}); err == nil || k != nil {
		t.Error("there is a kernel beside the error")
	}
	order := testOrder()
	order.Date[1] = 0x13
	if _, err := Activate(c, oda.Set{}, contactless.Activation{Order: order, AID: c.Applications[0].AID}); err == nil {
		t.Error("a month 13 was accepted")
	}
}
