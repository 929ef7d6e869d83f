// Package hostside brings up the other company's side of a lane for a test: the
// real acquirer and its real secure element, as processes of their own, from a
// key ceremony. It is for measurements and checks that need no terminal world.
//
// Tests and the benchmark import it.
package hostside

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
)

const (
	// patience is how long a program may take to become ready; a loaded machine
	// is slow.
	patience = 30 * time.Second
	// stopWithin is what a program has to end by itself.
	stopWithin = 5 * time.Second
)

// HostSide is a running acquirer with its element.
type HostSide struct {
	Dir     string // of the ceremony
	Host    string // host:port for terminals
	Element string // the element's socket

	children []*child.Child
	control  string
}

// Start runs the programs of bin with what a ceremony left in dir. cards go to
// the issuer.
func Start(ctx context.Context, bin, dir string, cards acquirer.Cards) (*HostSide, error) {
	h := &HostSide{Dir: dir, Element: filepath.Join(dir, "element.sock"), control: filepath.Join(dir, "control.sock")}
	world := func(name, file string) string { return filepath.Join(dir, ceremony.Worlds, name, file) }
	if err := h.start(filepath.Join(bin, "element-stdlib"), "-socket", h.Element,
		"-keys", world("element", "keys.json"), "-kbpk", world("element", "kbpk")); err != nil {
		return nil, err
	}
	addresses := filepath.Join(dir, "acquirer.addresses")
	if err := h.start(filepath.Join(bin, "acquirer"), "-element", h.Element,
		"-tls-cert", world("acquirer", "cert.pem"), "-tls-key", world("acquirer", "key.pem"), "-ca", world("acquirer", "ca.pem"),
		"-terminals", world("acquirer", "terminals.json"), "-db", filepath.Join(dir, "acquirer.db"),
		"-addresses", addresses, "-control", h.control); err != nil {
		h.Stop()
		return nil, err
	}
	if err := h.ready(ctx, addresses); err != nil {
		h.Stop()
		return nil, err
	}
	return h, h.AddCards(ctx, cards)
}

func (h *HostSide) start(program string, args ...string) error {
	name := filepath.Base(program)
	c, err := child.Start(child.Config{Name: name, Path: program, Args: args, Log: filepath.Join(h.Dir, name+".log")})
	if err != nil {
		return err
	}
	h.children = append(h.children, c)
	return nil
}

func (h *HostSide) ready(ctx context.Context, addresses string) error {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		var a struct{ Host string }
		if b, err := os.ReadFile(addresses); err == nil && json.Unmarshal(b, &a) == nil && a.Host != "" {
			h.Host = a.Host
			if h.healthy(ctx) {
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errors.New("the acquirer does not become ready; its log is in the test's directory")
}

func (h *HostSide) healthy(ctx context.Context) bool {
	r, err := h.ask(ctx, http.MethodGet, "/health", nil)
	if err != nil {
		return false
	}
	defer r.Body.Close()
	var health struct{ Ready bool }
	return json.NewDecoder(r.Body).Decode(&health) == nil && health.Ready
}

// AddCards gives cards to the issuer.
func (h *HostSide) AddCards(ctx context.Context, cards acquirer.Cards) error {
	b, err := json.Marshal(cards)
	if err != nil {
		return err
	}
	r, err := h.ask(ctx, http.MethodPost, "/cards", b)
	if err != nil {
		return fmt.Errorf("giving cards to the issuer: %w", err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the issuer refuses the cards: status %d", r.StatusCode)
	}
	return nil
}

func (h *HostSide) ask(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", h.control)
		}}}
	q, err := http.NewRequestWithContext(ctx, method, "http://acquirer"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return client.Do(q)
}

// Stop ends both programs and waits for them.
func (h *HostSide) Stop() {
	for i := len(h.children) - 1; i >= 0; i-- {
		h.children[i].Stop(stopWithin)
	}
	h.children = nil
}
