//go:build linux

package e2e

import (
	"bytes"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// TestACardApprovesWhileTheHostIsAway signs parameters that permit it: limits for the
// secure world, and for the reader a terminal type and action codes that leave the
// decision to the card's issuer.
func TestACardApprovesWhileTheHostIsAway(t *testing.T) {
	l := ownLaneWith(t, estate.Options{Parameters: permitOffline})
	if l == nil {
		return
	}
	runScripts(t, l, testscript.Params{Dir: "testdata/offline"})
}

func permitOffline(d *parameters.Document) {
	p := &d.Policy
	p.OfflineLimit, p.OfflineCount, p.OfflineSum, p.OfflineHours = 25_00, 5, 50_00, 24
	for old, now := range map[string]string{
		`"terminal_type":"21"`: `"terminal_type":"22"`,
		`"floor_limit":0,"tac_denial":"0000000000","tac_online":"FFFFFFFFFF","tac_default":"FFFFFFFFFF"`: `"floor_limit":0,"offline_approval":true,"tac_denial":"0000000000","tac_online":"FFFFFFFFFF","tac_default":"0000000000"`,
	} {
		d.Reader = bytes.ReplaceAll(d.Reader, []byte(old), []byte(now))
	}
}
