// Package till speaks to a terminal as a merchant's till does: HTTP on loopback
// with the bearer token of this start.
//
// The operator's command and tests import it. It holds nothing of a card but
// what the terminal says.
package till

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// longPoll is the most that a terminal waits for a change.
	longPoll = 25 * time.Second
	// maxAnswer bounds what is read; a list of payments has some kilobytes.
	maxAnswer = 4 << 20
	// maxFile bounds the files that tell where and with what to ask.
	maxFile = 4 << 10
)

// Till asks one terminal. Its address and token are read anew for each call,
// since both change when the terminal starts again.
type Till struct {
	// Data is the terminal's data directory, with access.token and page.url.
	Data string
	// Addresses is the file that the terminal wrote once it listened.
	Addresses string

	client http.Client
}

// Problem is a refusal (RFC 9457).
type Problem struct { //nolint:errname // the name in RFC 9457
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Title     string `json:"title"`
	Retry     string `json:"retry"`
	Money     string `json:"money"`
	PaymentID string `json:"payment_id"`
}

// Error gives status and code.
func (p *Problem) Error() string { return fmt.Sprintf("terminal: %d %s", p.Status, p.Code) }

// Base is the terminal's address, "http://127.0.0.1:8420".
func (t *Till) Base() (string, error) {
	b, err := readSmall(t.Addresses)
	if err != nil {
		return "", err
	}
	var a struct {
		HTTP string `json:"http"`
	}
	if json.Unmarshal(b, &a) != nil || a.HTTP == "" {
		return "", errors.New("till: the terminal's address is not readable")
	}
	return a.HTTP, nil
}

// Token is this start's bearer token.
func (t *Till) Token() (string, error) {
	b, err := readSmall(filepath.Join(t.Data, "access.token"))
	return strings.TrimSpace(string(b)), err
}

// Page is the link that opens the merchant's page, with its key.
func (t *Till) Page() (string, error) {
	b, err := readSmall(filepath.Join(t.Data, "page.url"))
	return strings.TrimSpace(string(b)), err
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("till: %w", err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// Get asks for a path and decodes the answer into v.
func (t *Till) Get(ctx context.Context, path string, v any) error {
	b, err := t.ask(ctx, http.MethodGet, path, nil, "")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return errors.New("till: the terminal's answer is not its JSON form")
	}
	return nil
}

// Text asks for a path and returns the answer as it is.
func (t *Till) Text(ctx context.Context, path string) (string, error) {
	b, err := t.ask(ctx, http.MethodGet, path, nil, "")
	return string(b), err
}

func (t *Till) ask(ctx context.Context, method, path string, body any, key string) ([]byte, error) {
	r, err := t.request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := t.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("till: asking the terminal: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("till: reading the terminal's answer: %w", err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return b, problem(answer.StatusCode, b)
	}
	return b, nil
}

func (t *Till) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	base, err := t.Base()
	if err != nil {
		return nil, err
	}
	token, err := t.Token()
	if err != nil {
		return nil, err
	}
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, content)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

func problem(status int, b []byte) error {
	p := &Problem{Status: status, Code: "unknown"}
	_ = json.Unmarshal(b, p) // what is no problem document keeps its status
	return p
}

// query joins a path and parameters.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + v.Encode()
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }
