//go:build linux

package e2e

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/secureworld/control"
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
	t.Run("scripts", func(t *testing.T) { runScripts(t, l, testscript.Params{Dir: "testdata/offline"}) })
	t.Run("and what a tampered device had still to tell is settled by hand, once", l.settlesByHand)
}

// settlesByHand leaves an offline approval and a capture in the outbox of a device whose
// keys are then erased, and brings both to the acquirer twice. The lane is lost.
func (l *lane) settlesByHand(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*l.patience)
	defer cancel()
	s := &stage{lane: l, ctx: ctx}
	do := func(step func(*stage, []string) error, args ...string) {
		t.Helper()
		if err := step(s, args); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
	do((*stage).payAs, "8.00", "type=preauth")
	do((*stage).insert, "nopin")
	do((*stage).waitFor, "outcome", "approved")
	do((*stage).pull)
	do((*stage).laneIs, "quiet")
	held := s.current.ID
	do((*stage).halt, "acquirer")
	do((*stage).laneIs, "offline")
	do((*stage).pay, "7.05")
	do((*stage).insert, "nopin", "approves_offline=true", `iac_default="0000000000"`)
	do((*stage).waitFor, "outcome", "approved")
	do((*stage).pull)
	s.original = held
	do((*stage).capture, "3.01")
	l.pending(t, 2)
	list := l.tampered(t)
	do((*stage).begin, "acquirer")
	want := []desk.Settled{{Kind: "offline", Amount: 7_05, Response: "00", Settled: true, Booked: true},
		{Kind: "capture", Amount: 3_01, Response: "00", Settled: true, Booked: true}}
	for range 2 {
		got, err := l.books.SettleReversals(ctx, list)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, w := range want {
			if w.TerminalID, w.RRN = got[i].TerminalID, got[i].RRN; got[i] != w {
				t.Errorf("%+v, want %+v", got[i], w)
			}
		}
	}
	for _, amount := range []int64{7_05, 3_01} {
		if booked, err := l.books.requests(ctx, amount); err != nil || len(booked) != 1 || booked[0].State != "approved" {
			t.Errorf("%d: %+v, %v", amount, booked, err)
		}
	}
	if err := l.books.balanced(ctx); err != nil {
		t.Error(err)
	}
}

// pending waits until so many messages are durable and wait for the host.
func (l *lane) pending(t *testing.T, want int) {
	t.Helper()
	var queue struct {
		Pending int `json:"pending"`
	}
	for deadline := time.Now().Add(l.patience); queue.Pending != want; time.Sleep(20 * time.Millisecond) {
		if err := l.till.get(t.Context(), "/v1/queue", &queue); err != nil || time.Now().After(deadline) {
			t.Fatalf("%d wait, %v", queue.Pending, err)
		}
	}
}

// tampered erases the device's keys, and returns the messages that people are given.
func (l *lane) tampered(t *testing.T) (messages []string) {
	t.Helper()
	c, err := control.Dial(l.estate.Control)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Tamper(), c.Close()); err != nil {
		t.Fatal(err)
	}
	var list estate.Reversals
	for deadline := time.Now().Add(l.patience); ; time.Sleep(50 * time.Millisecond) {
		if list, err = estate.ExportedReversals(l.estate.Home); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	for _, r := range list.Reversals {
		messages = append(messages, r.Message)
	}
	return messages
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
