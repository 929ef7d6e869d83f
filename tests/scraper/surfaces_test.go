//go:build linux

package scraper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/evidence/keyring"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// accountData counts account data and PINs: the devices and the acquirer keep
// keys in files by nature.
func accountData(m scan.Match) bool { return m.Kind != scan.KindKey }

// anything counts all that is claimed to be nowhere.
func anything(m scan.Match) bool { return !strings.HasPrefix(m.ID, keyring.Exception) }

// files sweeps a tree for what counts.
func files(t *testing.T, m *scan.Matcher, name, root string, counts func(scan.Match) bool) *Surface {
	t.Helper()
	r, err := scan.ScanFiles(root, m)
	if err != nil {
		t.Fatal(err)
	}
	if r.Refused > 0 {
		t.Errorf("%s: %d files could not be read", name, r.Refused)
	}
	s := &Surface{Name: name, Bytes: r.Bytes, Parts: r.Regions, Hits: r.Dropped}
	for _, h := range r.Hits {
		if counts(h.Match) {
			s.add(h.Match, h.Where)
		}
	}
	return s
}

func (s *Surface) add(m scan.Match, where string) {
	s.Hits++
	if len(s.Examples) < maxExamples {
		s.Examples = append(s.Examples, fmt.Sprintf("%s as %s in %s", m.Kind, m.Encoding, where))
	}
}

// plantedFile is the control of the files: a log that a careless program wrote.
func plantedFile(t *testing.T, m *scan.Matcher, card bureau.Card) *Surface {
	t.Helper()
	dir := t.TempDir()
	line := `level=INFO msg="card read" pan=` + card.Profile.PAN + "\n"
	if err := os.WriteFile(filepath.Join(dir, "careless.log"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	s := files(t, m, "control: a planted log", dir, anything)
	s.Control = true
	return s
}

// commandLines are what any user of the machine may read of a process, and its
// environment.
func commandLines(t *testing.T, m *scan.Matcher, processes []estate.Process) *Surface {
	t.Helper()
	s := &Surface{Name: "command lines and environments"}
	for _, p := range processes {
		for _, file := range []string{"cmdline", "environ"} {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.PID, file))
			if err != nil {
				t.Fatal(err)
			}
			s.search(m, b, p.Name+" "+file)
		}
	}
	return s
}

func (s *Surface) search(m *scan.Matcher, b []byte, where string) {
	s.Parts, s.Bytes = s.Parts+1, s.Bytes+int64(len(b))
	m.Search(b, 0, func(f scan.Match) { s.add(f, where) })
}

// client asks the terminal and searches what it answers, headers included.
type client struct {
	base, token string
	matcher     *scan.Matcher
	surface     *Surface
}

func newClient(t *testing.T, l *estate.Lane, m *scan.Matcher) *client {
	t.Helper()
	base, err := l.Till.Base()
	if err != nil {
		t.Fatal(err)
	}
	token, err := l.Till.Token()
	if err != nil {
		t.Fatal(err)
	}
	return &client{base, token, m, &Surface{Name: "the terminal's answers"}}
}

func (c *client) request(ctx context.Context, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	return http.DefaultClient.Do(r)
}

// ask wants an answer of the given path; one that is refused proves nothing.
func (c *client) ask(ctx context.Context, path string) error {
	answer, err := c.request(ctx, path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := httputil.DumpResponse(answer, true)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is answered with %d", path, answer.StatusCode)
	}
	c.surface.search(c.matcher, b, path)
	return nil
}

// askAbout asks for all that the interface tells of a payment.
func (c *client) askAbout(ctx context.Context, id string) error {
	payment := "/v1/payments/" + id
	err := c.ask(ctx, payment)
	for _, copy := range []string{"customer", "merchant"} {
		for _, format := range []string{"json", "text", "html"} {
			err = errors.Join(err, c.ask(ctx, payment+"/receipt?copy="+copy+"&format="+format))
		}
	}
	return err
}

// askAround asks for what is about no payment alone.
func (c *client) askAround(ctx context.Context) error {
	var err error
	for _, path := range []string{"/v1/payments", "/v1/terminal", "/v1/terminal/security", "/health/ready"} {
		err = errors.Join(err, c.ask(ctx, path))
	}
	return err
}

// follow searches the event stream until ctx ends.
func (c *client) follow(ctx context.Context, s *Surface) error {
	answer, err := c.request(ctx, "/v1/events")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the event stream is answered with %d", answer.StatusCode)
	}
	s.Parts = 1
	counted := &counter{Reader: answer.Body}
	_, err = c.matcher.SearchReader(counted, func(f scan.Match) { s.add(f, "the event stream") })
	s.Bytes = counted.bytes
	if ctx.Err() != nil {
		return nil
	}
	return err
}

type counter struct {
	io.Reader
	bytes int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.bytes += int64(n)
	return n, err
}

// plantedAnswer is the control of the answers: a careless server.
func plantedAnswer(t *testing.T, m *scan.Matcher, card bureau.Card) *Surface {
	t.Helper()
	careless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Card", card.Profile.PAN)
		_, _ = io.WriteString(w, `{"card":"`+card.Profile.PAN+`"}`)
	}))
	defer careless.Close()
	c := &client{careless.URL, "", m, &Surface{Name: "control: a planted answer", Control: true}}
	if err := c.ask(t.Context(), "/"); err != nil {
		t.Fatal(err)
	}
	return c.surface
}
