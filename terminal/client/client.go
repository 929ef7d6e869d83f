// Package client pays through a terminal: a small client of its local HTTP interface
// for tills written in Go.
//
// Every call that moves money takes a key, which the till writes down before it calls.
// Whatever is lost on the way, the same call with the same key is the same payment:
// Pay repeats by itself until its context ends, and Recover says what happened to a
// key, after a crash as well.
//
// It uses the standard library alone and may be copied. It must never hold account
// data, of which the interface has none.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// ErrConfig reports a Config that leads to no terminal.
var ErrConfig = errors.New("client: the terminal's address must be http of this machine, or https with a pin")

// errPin reports a terminal with another key than the pinned one.
var errPin = errors.New("client: the terminal has not the key that was pinned")

// Limits of the client.
const (
	maxAnswer    = 8 << 20 // far above the longest list
	callLimit    = 40 * time.Second
	waitSeconds  = 25 // what the terminal allows a long-poll
	firstPause   = 100 * time.Millisecond
	longestPause = 3 * time.Second
)

// Config says which terminal.
type Config struct {
	// Base is its address, as in http://127.0.0.1:8443.
	Base string
	// Token is the till's secret.
	Token string
	// Pin is SHA-256 of the subject public key info of the terminal's certificate in
	// unpadded base64url, as pairing told it. Required for https: the terminal has an
	// authority of its own.
	Pin string
	// Transport carries the requests; nil for one that holds to Pin.
	Transport http.RoundTripper
}

// Client is for use by many goroutines.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New returns a client, and asks nothing yet.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.Base)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" ||
		u.Scheme == "http" && !thisMachine(u.Hostname()) || u.Scheme == "https" && c.Pin == "" && c.Transport == nil {
		return nil, ErrConfig
	}
	transport := c.Transport
	if transport == nil {
		if transport, err = pinned(c.Pin); err != nil {
			return nil, err
		}
	}
	return &Client{base: strings.TrimRight(c.Base, "/"), token: c.Token, http: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

func thisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// pinned speaks TLS 1.3 with the one key. Names and dates of the certificate do not
// count: its key does.
func pinned(pin string) (http.RoundTripper, error) {
	t := &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	if pin == "" {
		return t, nil
	}
	want, err := base64.RawURLEncoding.DecodeString(pin)
	if err != nil || len(want) != sha256.Size {
		return nil, ErrConfig
	}
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, //nolint:gosec // G402: VerifyConnection holds the key to the pin
		VerifyConnection: func(s tls.ConnectionState) error {
			got := sha256.Sum256(s.PeerCertificates[0].RawSubjectPublicKeyInfo)
			if subtle.ConstantTimeCompare(got[:], want) != 1 {
				return errPin
			}
			return nil
		}}
	return t, nil
}

// NewKey draws an idempotency key. Write it down before it is used.
func NewKey() string { return strings.ToLower(rand.Text()) }

// ask makes one request and reads its answer into out, which may be nil.
func (c *Client) ask(ctx context.Context, method, path, key string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	res, err := c.send(ctx, method, path, key, in)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // what matters was read
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("client: the answer broke off: %w", err)
	case res.StatusCode >= 300:
		return problemOf(res, body)
	case out == nil:
		return nil
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = body
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("client: an answer that is no JSON: %w", err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path, key string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("client: a request that is no JSON: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("client: making a request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	return c.http.Do(req)
}

// surely repeats a call until it is answered: where the answer was lost, and where
// the terminal says that the same key may be sent again because nobody knows whether
// anything began. It ends with the context's error, and the last failure beside it.
func (c *Client) surely(ctx context.Context, call func() error) error {
	pause := firstPause
	for {
		err := call()
		var p *ProblemError
		if err == nil || errors.As(err, &p) && p.Code != "in_flight" && p.Code != "indeterminate" {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}
