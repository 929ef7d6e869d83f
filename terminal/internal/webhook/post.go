package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"
)

// errAddress reports that a name led to where nothing may be sent.
var errAddress = errors.New("webhook: the name leads to an address that may not be told")

// poster sends messages to one address.
type poster struct {
	client *http.Client
	target string
	key    []byte
}

// newPoster follows no redirect and no proxy of the environment: an address is told,
// and nobody whom it names. Roots may be nil: those of the system.
func newPoster(target string, key []byte, roots *x509.CertPool) (*poster, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, ErrURL
	}
	dialer := &net.Dialer{Timeout: tryLimit, Control: mayReach(u.Scheme)}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConns: 1, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: tryLimit, ResponseHeaderTimeout: tryLimit, ForceAttemptHTTP2: true, DisableCompression: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}}
	return &poster{target: target, key: key, client: &http.Client{Transport: transport, Timeout: tryLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// mayReach looks at the address that a name has led to: plain http stays on this
// machine, and nothing goes to addresses that belong to a link (a cloud's own
// services among them) or to many.
func mayReach(scheme string) func(string, string, syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		ip := a.Addr().Unmap()
		if err != nil || scheme == "http" && !ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
			return errAddress
		}
		return nil
	}
}

// post sends a message once and returns the status of the answer.
func (p *poster) post(ctx context.Context, m message, now time.Time) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.target, bytes.NewReader(m.body))
	if err != nil {
		return 0, ErrURL
	}
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "strongroom-terminal")
	// Names as the specification writes them; HTTP does not tell capitals apart.
	h.Set("Webhook-Id", m.id)
	h.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("Webhook-Signature", Sign(p.key, m.id, now, m.body))
	res, err := p.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()                         // it was answered
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // its words do not matter
	return res.StatusCode, nil
}
