package main

import (
	"crypto/ed25519"
	"errors"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
	"github.com/strongroom-pos/strongroom/secureworld/element/program"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/applets"
)

// maxAuthority bounds the authority's file, a key in PEM.
const maxAuthority = 4096

// options are this make's own flags.
type options struct{ authority string }

// open opens the fixed operations, and the applets where there is an authority.
func (o *options) open(file element.KeyFile, kbpk []byte) (element.Operations, func(), error) {
	authority, err := readAuthority(o.authority)
	if err != nil {
		return nil, nil, err
	}
	rest, platform, err := applets.Open(file, kbpk, authority)
	if err != nil {
		return nil, nil, err
	}
	ops, wipe, err := engine.Open(rest, kbpk)
	switch {
	case err != nil && platform != nil:
		platform.Close()
		return nil, nil, err
	case err != nil || platform == nil:
		return ops, wipe, err
	}
	return opened{ops, platform}, func() { platform.Close(); wipe() }, nil
}

func readAuthority(path string) (ed25519.PublicKey, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil || len(text) > maxAuthority {
		return nil, errors.New("reading the applet authority's key")
	}
	return applet.ParseAuthority(text)
}

// opened is the open platform: the fixed operations and applets.
type opened struct {
	element.Operations
	element.Applets
}

// Verbs are those of this element.
func (opened) Verbs() uint32 { return program.AllVerbs | element.AppletVerbs }
