package pool_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// mute carries what a fuzzer says.
type mute struct{ described overseer.Description }

func (m mute) Describe(context.Context) (overseer.Description, error) { return m.described, nil }
func (m mute) Open(context.Context, door.Open) error                  { return nil }
func (m mute) Ask(context.Context, []door.Question) ([]overseer.Release, error) {
	return nil, door.CodeUnavailable
}

func FuzzADescriptionThatNobodySignedIsNoGroup(f *testing.F) {
	e := newEstate(f)
	d, err := e.group("g1").Describe(f.Context())
	e.must(err)
	f.Add(d.Transcript, d.Confirmations)
	f.Add([]byte{}, []byte{})
	f.Add(d.Transcript[:60], d.Confirmations[:128])
	f.Fuzz(func(t *testing.T, transcript, confirmations []byte) {
		m := mute{overseer.Description{Transcript: transcript, Confirmations: confirmations}}
		p, err := pool.NewClient(pool.Config{Identity: e.client, Frames: 1, GiveUp: time.Millisecond, Groups: func() []pool.Carrier { return []pool.Carrier{&m} }})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		_, _ = p.Status(t.Context())
		if len(p.Groups()) == 1 && (string(transcript) != string(d.Transcript) || len(confirmations) != len(d.Confirmations)) {
			t.Error("a group of its own")
		}
	})
}

func FuzzNoReleaseButTheMembersIsTaken(f *testing.F) {
	e := newEstate(f)
	r := e.group("g1")
	p := e.pool(pool.Config{Frames: 1, GiveUp: 30 * time.Millisecond}, r)
	f.Add([]byte{}, uint8(0))
	f.Add([]byte{0, 1, 0, 9, 9}, uint8(1))
	f.Fuzz(func(t *testing.T, said []byte, at uint8) {
		r.release = func(_ []door.Question, all []overseer.Release) {
			encoded := overseer.AppendReleases(nil, all)
			copy(encoded[min(int(at), len(encoded)):], said)
			if parsed, err := overseer.ParseReleases(encoded); err == nil && len(parsed) == 1 {
				all[0] = parsed[0]
			}
		}
		p.Cool()
		got, err := p.PANReference(t.Context(), element.PANReference{PAN: []byte("4761730000000011")})
		if err == nil && string(got.Reference[:]) != "4761730000000011" {
			t.Error("a forgery was taken: ", fmt.Sprintf("%x", got.Reference))
		}
	})
}
