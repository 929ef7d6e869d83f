//go:build cgo && linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/internal/virtualcard/elementapplet"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
)

// testOnlyBox is the one private pcscd of this test process: libpcsclite remembers
// the socket's name from its first call on.
var testOnlyBox *pcscbox.Box

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	os.Exit(runWithBox(m))
}

func runWithBox(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pcsc") // a socket's path has 107 bytes
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	testOnlyBox, err = pcscbox.Start(context.Background(), dir, []string{os.Args[0]})
	if err != nil {
		fmt.Println(err, "(.ci/deps)")
		return 1
	}
	defer testOnlyBox.Stop()
	_ = os.Setenv("PCSCLITE_CSOCK_NAME", testOnlyBox.SocketPath())
	return m.Run()
}

// insert puts a card into the reader. It leaves with the test, or when pulled.
func insert(t *testing.T, p virtualcard.Player) (pull func()) {
	t.Helper()
	return insertInto(t, 0, p)
}

func insertInto(t *testing.T, slot int, p virtualcard.Player) (pull func()) {
	t.Helper()
	i, err := virtualcard.InsertPlayer(t.Context(), testOnlyBox.SlotAddress(slot), p)
	if err != nil {
		t.Fatal(err)
	}
	gone := false
	pull = func() {
		if !gone {
			gone = true
			i.Pull()
			time.Sleep(emptyFor)
		}
	}
	t.Cleanup(pull)
	return pull
}

// emptyFor lets pcscd's poll (400 ms) see that the slot is empty.
const emptyFor = 500 * time.Millisecond

func newWorld(t *testing.T) *conformance.World {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("questions of seed %d", seed)
	w, err := conformance.NewPart(seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newCard(t *testing.T, w *conformance.World, file element.KeyFile) *elementapplet.Card {
	t.Helper()
	c, err := elementapplet.New(w.KBPK, file, elementapplet.Pace{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// readers are those with a card; without a name the first slot.
func readers(names ...string) (lines []line) {
	if len(names) == 0 {
		names = []string{pcscbox.ReaderName}
	}
	for _, n := range names {
		lines = append(lines, newSlot(n))
	}
	return lines
}

func opened(t *testing.T, file element.KeyFile, names ...string) element.Operations {
	t.Helper()
	ops, closing, err := open(readers(names...), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closing)
	return ops
}

func TestACardInAReaderAnswersAsTheGoMakeDoes(t *testing.T) {
	w := newWorld(t)
	other, wipe, err := engine.Open(w.File, w.KBPK)
	if err != nil {
		t.Fatal(err)
	}
	defer wipe()
	insert(t, newCard(t, w, element.KeyFile{})) // the program loads it
	ops := opened(t, w.File)
	if v, ok := ops.(interface{ Verbs() uint32 }); !ok || v.Verbs() != elementapplet.Verbs {
		t.Error("the verbs are not the card's")
	}
	w.Hold(t, 100, conformance.Make{Name: "stdlib", Verbs: elementapplet.Verbs, Operations: other},
		conformance.Make{Name: "card", Verbs: elementapplet.Verbs, Operations: ops})
}

func reference() element.PANReference { return element.PANReference{PAN: []byte("4761739001010010")} }

// answers waits until the card is seen.
func answers(t *testing.T, ops element.Operations) element.Reference {
	t.Helper()
	for range 100 {
		if r, err := ops.PANReference(reference()); err == nil {
			return r
		}
		time.Sleep(lookEvery)
	}
	t.Fatal("the card is not seen")
	return element.Reference{}
}

func TestACardThatComesBackIsAskedAgain(t *testing.T) {
	w := newWorld(t)
	c := newCard(t, w, w.File)
	pull := insert(t, c)
	ops := opened(t, element.KeyFile{})
	before := answers(t, ops)
	pull()
	for range 3 {
		if _, err := ops.PANReference(reference()); !errors.Is(err, element.CodeUnavailable) {
			t.Errorf("without a card: %v", err)
		}
	}
	insert(t, c)
	if after := answers(t, ops); after != before {
		t.Error("another answer than before")
	}
}

// Each card waits until the other one has been asked too: one after the other, they
// would wait for ever.
func TestTwoCardsAnswerSideBySideAndForEachOther(t *testing.T) {
	w := newWorld(t)
	meet := &meeting{both: make(chan struct{})}
	pull := insertInto(t, 0, meet.of(newCard(t, w, w.File)))
	insertInto(t, 1, meet.of(newCard(t, w, w.File)))
	ops := opened(t, element.KeyFile{}, pcscbox.ReaderName, pcscbox.FieldName)
	meet.start()
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			if _, err := ops.PANReference(reference()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	pull()
	for range 4 {
		if _, err := ops.PANReference(reference()); err != nil {
			t.Errorf("with one card of two: %v", err)
		}
	}
}

// meeting holds two cards at their first command after start until both have one.
type meeting struct {
	mu      sync.Mutex
	waiting int  // guarded by mu
	begun   bool // guarded by mu
	both    chan struct{}
}

type guest struct {
	virtualcard.Player
	*meeting
}

func (m *meeting) of(p virtualcard.Player) guest { return guest{p, m} }

func (m *meeting) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun = true
}

func (g guest) Do(q []byte) ([]byte, virtualcard.Effect) {
	g.mu.Lock()
	if g.begun {
		if g.waiting++; g.waiting == 2 {
			g.begun = false
			close(g.both)
		}
		g.mu.Unlock()
		<-g.both
	} else {
		g.mu.Unlock()
	}
	return g.Player.Do(q)
}

// mute answers nothing from its nth command on.
type mute struct {
	virtualcard.Player
	after int
}

func (m *mute) Do(q []byte) ([]byte, virtualcard.Effect) {
	if m.after--; m.after < 0 {
		return nil, virtualcard.EffectMute
	}
	return m.Player.Do(q)
}

func TestAMuteCardHoldsNobodyUp(t *testing.T) {
	w := newWorld(t)
	pull := insert(t, &mute{newCard(t, w, w.File), 2})
	ops := opened(t, element.KeyFile{})
	if _, err := ops.PANReference(reference()); err != nil {
		t.Fatal(err)
	}
	if _, err := ops.PANReference(reference()); !errors.Is(err, element.CodeUnavailable) {
		t.Errorf("a mute card: %v", err)
	}
	pull()
	insert(t, newCard(t, w, w.File))
	answers(t, ops)
}

func TestACardUnderAnotherProtectionKeyIsRefused(t *testing.T) {
	w, stranger := newWorld(t), newWorld(t)
	insert(t, newCard(t, stranger, element.KeyFile{}))
	if _, _, err := open(readers(), w.File); !errors.Is(err, element.CodeSeal) {
		t.Errorf("loaded: %v", err)
	}
}

// The program as it is built, with the keys of an element that has more of them.
func TestTheProgramServesItsCard(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "smartcard")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.File.Keys = append(w.File.Keys, element.KeyEntry{Slot: element.SlotCVK, Block: w.File.Keys[0].Block})
	raw, err := json.Marshal(w.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	insert(t, newCard(t, w, element.KeyFile{}))
	socket := filepath.Join(dir, "s")
	cmd := exec.CommandContext(t.Context(), program, "-socket", socket, "-reader", pcscbox.ReaderName, "-keys", filepath.Join(dir, "keys"))
	says, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(says).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "element: ready" {
		t.Fatalf("%q %v", line, err)
	}
	client := element.NewClient(socket, 1)
	h, err := client.Status(t.Context())
	if err != nil || !h.Ready || h.Keys != 5 {
		t.Errorf("%+v %v", h, err)
	}
	client.Close()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
