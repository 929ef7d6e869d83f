//go:build linux

package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
)

// client asks the terminal for all that it tells, and searches each answer, headers
// apart.
type client struct {
	base, token     string
	answers, header *tally
	metrics         *tally
	http            http.Client
}

const (
	// answersWithin bounds one answer.
	answersWithin = 30 * time.Second
	// maxAnswer is read of one; a list of payments has some kilobytes.
	maxAnswer = 16 << 20
)

func newClient(l *estate.Lane, t *Trial) (*client, error) {
	base, err := l.Till.Base()
	if err != nil {
		return nil, err
	}
	token, err := l.Till.Token()
	c := &client{
		base: base, token: token, http: http.Client{Timeout: answersWithin},
		answers: t.tally(evidence.Surface{ID: "answers", Name: "HTTP answers, bodies", Column: evidence.AppWorld, How: "every GET about each sale and about the terminal", Claim: "nothing of any kind"}, anything),
		header:  t.tally(evidence.Surface{ID: "headers", Name: "HTTP answers, headers", Column: evidence.AppWorld, How: "of the same answers", Claim: "nothing of any kind"}, anything),
		metrics: t.tally(evidence.Surface{ID: "metrics", Name: "metrics", Column: evidence.AppWorld, How: "GET /metrics of the terminal, headers too", Claim: "nothing of any kind"}, anything),
	}
	t.events = t.tally(evidence.Surface{ID: "events", Name: "event stream (SSE)", Column: evidence.AppWorld, How: "GET /v1/events, open during all sales", Claim: "nothing of any kind"}, anything)
	return c, err
}

func (c *client) get(ctx context.Context, base, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return nil, err
	}
	if base == c.base {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.http.Do(r)
}

// ask searches an answer's body and headers. One that is refused proves nothing.
func (c *client) ask(ctx context.Context, base, path string, body, header *tally) error {
	answer, err := c.get(ctx, base, path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is answered with %d", path, answer.StatusCode)
	}
	if header != nil {
		b, err := httputil.DumpResponse(answer, false)
		if err != nil {
			return err
		}
		header.text(b, path)
	}
	if body == nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	body.text(b, path)
	clear(b)
	return err
}

// about asks for all that the interface tells of a payment.
func (c *client) about(ctx context.Context, id string) error {
	payment := "/v1/payments/" + id
	err := c.ask(ctx, c.base, payment, c.answers, c.header)
	for _, copy := range []string{"customer", "merchant"} {
		for _, format := range []string{"json", "text", "html"} {
			err = errors.Join(err, c.ask(ctx, c.base, payment+"/receipt?copy="+copy+"&format="+format, c.answers, c.header))
		}
	}
	return err
}

// around asks for what is about no payment alone.
func (c *client) around(ctx context.Context) error {
	var err error
	for _, path := range []string{"/v1/payments", "/v1/terminal", "/v1/terminal/security", "/v1/terminal/keys", "/health/ready"} {
		err = errors.Join(err, c.ask(ctx, c.base, path, c.answers, c.header))
	}
	return err
}

// askMetrics: a build without them has no such surface.
func (c *client) askMetrics(ctx context.Context, l *estate.Lane) error {
	var at struct{ Metrics string }
	b, err := os.ReadFile(l.Till.Addresses)
	if err != nil || json.Unmarshal(b, &at) != nil {
		return errors.New("the terminal's addresses are not known")
	}
	if at.Metrics == "" {
		c.metrics.Absent = "the terminal of this build has none"
		return nil
	}
	base, path := at.Metrics, "/metrics"
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	base = strings.TrimSuffix(base, path)
	return c.ask(ctx, base, path, c.metrics, c.metrics)
}

// follow searches an event stream until ctx ends, or the stream.
func (c *client) follow(ctx context.Context, base, path string, s *tally) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return err
	}
	if base == c.base {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := http.DefaultClient.Do(r) // without a time limit: it lasts as long as the sales
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the event stream is answered with %d", answer.StatusCode)
	}
	var all bytes.Buffer
	_, err = io.Copy(&all, io.LimitReader(answer.Body, maxAnswer))
	s.text(all.Bytes(), path)
	clear(all.Bytes())
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// controls ask the leaky program in the same ways.
func (c *client) controls(ctx context.Context, t *Trial) error {
	each := func(kind string, fits func(leak.Leak) string, body, header *tally) func(*leak.Program) error {
		return func(p *leak.Program) error {
			var err error
			for i, l := range p.Leaks {
				if fits(l) == "" {
					err = errors.Join(err, c.ask(ctx, p.Page, "/"+kind+"/"+strconv.Itoa(i), body, header))
				}
			}
			return err
		}
	}
	return errors.Join(
		c.answers.control(t, everyForm, each("body", everyForm, c.answers, nil)),
		c.header.control(t, textForms, each("header", textForms, nil, c.header)),
		c.metrics.control(t, everyForm, func(p *leak.Program) error { return c.ask(ctx, p.Page, "/metrics", c.metrics, nil) }),
		t.events.control(t, everyForm, func(p *leak.Program) error { return c.follow(ctx, p.Page, "/events", t.events) }),
	)
}

func (c *client) post(address string) error {
	r, err := http.NewRequest(http.MethodPost, address, nil) //nolint:noctx // the client has a time limit
	if err != nil {
		return err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New("the leaky program's plain line failed")
	}
	return nil
}
