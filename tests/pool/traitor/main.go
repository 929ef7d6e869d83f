// Command traitor is a secure element that is certified, member of a group, and bad: it
// answers as the standard library's does until a file appears, and then misbehaves in
// one way. Tests of groups start it; nothing else may build it.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/program"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "traitor:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	socket := flag.String("socket", "", "Unix `path` to listen on")
	keys := flag.String("keys", "", "key blocks, JSON `file`")
	kbpk := flag.String("kbpk", "", "key block protection key, `file`")
	folder := flag.String("member", "", "`folder` of the identity")
	name := flag.String("make", "stdlib", "make to pass for")
	t := &traitor{last: map[byte][]byte{}}
	flag.StringVar(&t.trait, "trait", "", "wrong, wrong-for, wrong-cheap, chance, silent, delay, replay, bias, bias-one, accuse or accuse-sealed")
	flag.Uint64Var(&t.every, "every", 1, "misbehave in one of `n` answers")
	flag.StringVar(&t.signal, "after", "", "misbehave once this `file` exists")
	flag.Parse()
	ops, err := open(*keys, *kbpk)
	if err != nil {
		return err
	}
	who, err := identity.LoadElement(*folder)
	if err != nil {
		return err
	}
	t.Operations = ops
	t.member, err = group.NewMember(group.Config{Identity: who, Make: *name, Verbs: program.AllVerbs, Operations: t})
	if err != nil {
		return err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", *socket)
	if err != nil {
		return err
	}
	go t.watch(ctx)
	return t.serve(ctx, l)
}

func open(keys, kbpk string) (element.Operations, error) {
	key, err := os.ReadFile(kbpk) //nolint:gosec // a test's own
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(keys) //nolint:gosec // a test's own
	if err != nil {
		return nil, err
	}
	var file element.KeyFile
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, err
	}
	ops, _, err := engine.Open(file, key)
	return ops, err
}

// traitor wraps an honest member, and the honest operations in it.
type traitor struct {
	element.Operations
	member        *group.Member
	trait, signal string
	every         uint64
	bad           atomic.Bool
	count         atomic.Uint64

	mu   sync.Mutex
	last map[byte][]byte // answers of before, by kind; guarded by mu
}

// watch waits for the signal.
func (t *traitor) watch(ctx context.Context) {
	for ; ctx.Err() == nil && !t.bad.Load(); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(t.signal); t.signal == "" || err == nil {
			t.bad.Store(true)
		}
	}
}

func (t *traitor) serve(ctx context.Context, l net.Listener) error {
	context.AfterFunc(ctx, func() { _ = l.Close() })
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		go t.talk(ctx, conn)
	}
}

func (t *traitor) talk(ctx context.Context, conn net.Conn) {
	defer conn.Close() //nolint:errcheck // nothing is left to be done
	for {
		kind, body, err := frame.Read(conn, door.MaxBody)
		if err != nil {
			return
		}
		out := t.behave(ctx, kind, body, t.member.Handle(nil, kind, body))
		if out == nil || frame.Write(conn, out[0], out[1:]) != nil {
			return
		}
	}
}

// behave changes what the honest member says to a frame; nil: it says nothing.
func (t *traitor) behave(ctx context.Context, kind byte, body, out []byte) []byte {
	if !t.bad.Load() {
		t.remember(kind, out)
		return out
	}
	switch {
	case t.trait == "silent" && kind == door.KindAsk:
		<-ctx.Done()
		return nil
	case t.trait == "delay" && kind == door.KindAsk:
		time.Sleep(200 * time.Millisecond)
	case t.trait == "replay" && kind == door.KindAsk:
		return t.replay(body, out)
	case t.trait == "bias" && kind == door.KindFix:
		return unlike(out, door.MaxMembers)
	case t.trait == "bias-one" && kind == door.KindFix:
		return unlike(out, 1)
	case t.trait == "accuse" && kind == door.KindActivate, t.trait == "accuse-sealed" && kind == door.KindDeliver:
		return []byte{door.KindRefusal, byte(door.CodeAgreement), 0} // the first member did nothing
	}
	return out
}

// unlike makes the contributions to so many members, from the first on, other than what
// was committed to.
func unlike(out []byte, members int) []byte {
	const head = 1 + 2 // kind, length
	for at := head; at+door.ContributionSize <= len(out) && members > 0; at += door.ContributionSize {
		out[at+door.ContributionSize/2] ^= 1
		members--
	}
	return out
}

func (t *traitor) remember(kind byte, out []byte) {
	if t.trait == "replay" && kind == door.KindAsk {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.last[kind] = bytes.Clone(out)
	}
}

// replay says to each question what was said to an earlier one, and claims to have seen
// this one.
func (t *traitor) replay(body, out []byte) []byte {
	t.mu.Lock()
	old, err := door.ParseAnswers(t.last[door.KindAsk][1:], nil)
	t.mu.Unlock()
	questions, _, err2 := door.ParseAsk(body, nil)
	if errors.Join(err, err2) != nil {
		return out
	}
	answers := make([]door.Answer, len(questions))
	for i := range questions {
		answers[i] = old[i%len(old)]
		answers[i].Seen = sha256.Sum256(door.AppendQuestion(nil, &questions[i]))
	}
	return door.AppendAnswers([]byte{door.KindAsk | door.KindAnswer}, answers)
}

// lies tells whether to lie about this input: in one answer of n as they come, or for
// one input of n, which every traitor of this kind chooses alike.
func (t *traitor) lies(input []byte) bool {
	switch {
	case !t.bad.Load():
		return false
	case t.trait == "wrong":
		return t.count.Add(1)%t.every == 0
	case t.trait == "wrong-for", t.trait == "wrong-cheap":
		h := sha256.Sum256(input)
		return (uint64(h[0])|uint64(h[1])<<8)%t.every == 0
	}
	return false
}

// MACGenerate implements element.Operations.
func (t *traitor) MACGenerate(r element.MACGenerate) (element.MAC, error) {
	m, err := t.Operations.MACGenerate(r)
	if err == nil && t.lies(r.Data) {
		m.MAC[3] ^= 0x10
	}
	return m, err
}

// PANReference implements element.Operations.
func (t *traitor) PANReference(r element.PANReference) (element.Reference, error) {
	ref, err := t.Operations.PANReference(r)
	if err == nil && t.lies(r.PAN) {
		ref.Reference[0] ^= 1
	}
	return ref, err
}

// TranslatePIN implements element.Operations.
func (t *traitor) TranslatePIN(r element.TranslatePIN, chance *element.Chance) (element.Translated, error) {
	if t.trait == "chance" && t.bad.Load() && t.count.Add(1)%t.every == 0 {
		own := *chance
		own[0] ^= 1 // fill of its own: where a key would leak
		chance = &own
	}
	out, err := t.Operations.TranslatePIN(r, chance)
	if err == nil && t.trait != "wrong-cheap" && t.lies(r.Block[:]) {
		out.Block[7] ^= 4
	}
	return out, err
}
