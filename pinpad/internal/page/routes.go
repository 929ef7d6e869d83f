package page

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

//go:embed assets
var assets embed.FS

func (p *Page) handler() http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic("pinpad: internal error: assets are not embedded")
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /v1/display", p.keyed(p.showDisplay))
	mux.HandleFunc("POST /v1/keys", p.keyed(asJSON(p.pressKey)))
	return p.guard(mux)
}

// showDisplay waits for a screen other than the one that the client has seen. A
// client that has seen none is answered at once.
func (p *Page) showDisplay(w http.ResponseWriter, r *http.Request) {
	seen := uint64(math.MaxUint64)
	if since := r.URL.Query().Get("since"); since != "" {
		n, err := strconv.ParseUint(since, 10, 64)
		if err != nil {
			refuse(w, http.StatusBadRequest)
			return
		}
		seen = n
	}
	ctx, cancel := context.WithTimeout(r.Context(), longPoll)
	defer cancel()
	// The request is read; its deadline would end the wait.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p.display.Wait(ctx, seen))
}

// pressKey presses one key.
func (p *Page) pressKey(w http.ResponseWriter, r *http.Request) {
	key, ok := readKey(r.Body)
	switch {
	case !ok:
		refuse(w, http.StatusBadRequest)
	case !p.keypad.Press(key):
		refuse(w, http.StatusConflict)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// named is a key by its name in JSON. It is no string: Go puts strings of one
// byte next to each other in memory, where the digits of a PIN then stood in
// their order until a collection.
type named keypad.Key

// UnmarshalJSON reads the name, which the keypad knows without escapes.
func (n *named) UnmarshalJSON(b []byte) error {
	if len(b) == 3 && b[0] == '"' && b[2] == '"' && keypad.Key(b[1]).Digit() {
		*n = named(b[1])
		return nil
	}
	if len(b) < 4 || b[0] != '"' {
		return errKey
	}
	key, ok := keypad.ParseKey(string(b[1 : len(b)-1]))
	if !ok {
		return errKey
	}
	*n = named(key)
	return nil
}

var errKey = errors.New("page: there is no such key")

// readKey reads {"key":"…"} and nothing else.
func readKey(body io.Reader) (keypad.Key, bool) {
	var m struct {
		Key named `json:"key"`
	}
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if d.Decode(&m) != nil {
		return 0, false
	}
	if _, err := d.Token(); err != io.EOF {
		return 0, false
	}
	return keypad.Key(m.Key), keypad.Key(m.Key).Valid()
}
