package cardview

import (
	_ "embed"
	"encoding/json"
	"errors"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel3"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

//go:embed demo.json
var demo []byte

var errDemo = errors.New("cardview: configuration for taps invalid")

// DemoTap is a terminal for TraceTap: Visa cards, online only, without keys of
// certification authorities.
//
// BUG(taps): other kernels than kernel 3 are not in it, so their cards end with
// the application's end.
func DemoTap() (entrypoint.Config, entrypoint.Kernels, error) {
	var parts struct {
		EntryPoint json.RawMessage `json:"entry_point"`
		Kernel3    json.RawMessage `json:"kernel3"`
	}
	if json.Unmarshal(demo, &parts) != nil {
		return entrypoint.Config{}, nil, errDemo
	}
	entry, err := entrypoint.ParseConfig(parts.EntryPoint)
	if err != nil {
		return entrypoint.Config{}, nil, err
	}
	three, err := kernel3.ParseConfig(parts.Kernel3)
	if err != nil {
		return entrypoint.Config{}, nil, err
	}
	return entry, only3(kernel3.Maker(three, oda.Set{})), nil
}

func only3(maker contactless.NewKernel) entrypoint.Kernels {
	return func(id []byte) contactless.NewKernel {
		if string(id) == "\x03" {
			return maker
		}
		return nil
	}
}

//go:embed contact.json
var demoContact []byte

// DemoContact is the configuration of an attended, online-only terminal without
// data authentication, to look at chips with.
func DemoContact() (emv.Config, error) { return emv.ParseConfig(demoContact) }
