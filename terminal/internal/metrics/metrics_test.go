package metrics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

const pan = "4761739001010119"

func source(d mailbox.Description) Source {
	return Source{
		Describe: func() (mailbox.Description, error) { return d, nil },
		Waiting:  func() (uint32, error) { return 3, nil },
		Broken:   func() bool { return false },
		Scrubbed: func() uint64 { return 0 },
		Unpaired: func() uint64 { return 6 },
		Version:  "0123456789abcdef0123456789abcdef01234567",
	}
}

// read parses what is written, as Prometheus does.
func read(t *testing.T, m *Terminal, s Source) map[string]*dto.MetricFamily {
	t.Helper()
	var out bytes.Buffer
	m.Write(&out, s)
	return parse(t, &out)
}

func parse(t *testing.T, r io.Reader) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(r)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func value(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	f := families[prefix+name]
	if f == nil {
		t.Fatalf("there is no %s", name)
	}
	for _, m := range f.Metric {
		var have []string
		for _, l := range m.Label {
			have = append(have, l.GetValue())
		}
		if strings.Join(have, " ") == strings.Join(labels, " ") {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	t.Fatalf("%s has no series %v", name, labels)
	return 0
}

func paid(after time.Duration) []sale.Payment {
	began, outcome := time.Unix(1796000000, 0), "approved"
	p := sale.Payment{ID: payment.ID{1}, CreatedAt: began, Status: "authorizing", UpdatedAt: began.Add(after / 2)}
	last := p
	last.Status, last.Outcome, last.UpdatedAt = "completed", &outcome, began.Add(after)
	last.Card = &sale.Card{Token: "tok_0123", Masked: "476173******0119", Last4: "0119", Brand: "visa"}
	return []sale.Payment{p, last}
}

func TestPaymentsAreCountedByOutcomeAndTimed(t *testing.T) {
	m := New()
	for _, p := range paid(4 * time.Second) {
		m.Payment(p)
	}
	m.Committed(3 * time.Millisecond)
	m.Request("POST", "/v1/payments", 202)
	f := read(t, m, source(mailbox.Description{}))
	if value(t, f, "payments_total", "approved") != 1 || value(t, f, "payments_total", "declined") != 0 {
		t.Error("payments are not counted by outcome")
	}
	if value(t, f, "payment_duration_seconds") != 1 || value(t, f, "journal_fsync_seconds") != 1 ||
		value(t, f, "http_requests_total", "/v1/payments", "POST", "202") != 1 {
		t.Error("something was not counted")
	}
	h := f[prefix+"payment_authorizing_seconds"].Metric[0].Histogram
	if h.GetSampleSum() != 2 {
		t.Errorf("the acquirer was waited for %v s", h.GetSampleSum())
	}
	for _, b := range h.Bucket {
		if want := b.GetUpperBound() >= 2; want != (b.GetCumulativeCount() == 1) {
			t.Errorf("bucket %v has %d", b.GetUpperBound(), b.GetCumulativeCount())
		}
	}
	if len(m.since) != 0 {
		t.Error("a final payment is remembered")
	}
}

func TestTheSecureWorldsCountsAreSaidWhileItIsThereAndNotAfter(t *testing.T) {
	s := source(mailbox.Description{State: payment.TerminalStateReady, PendingReversals: 2, OldestReversal: 40,
		HostKeysLeft: 1234, FramesRefused: 5, KernelStarts: 2, HostSignedOn: true})
	f := read(t, New(), s)
	for name, want := range map[string]float64{"secure_world_up": 1, "reversals_pending": 2, "reversal_age_seconds": 40, "ksn_remaining": 1234,
		"mailbox_frames_rejected_total": 5, "saf_depth": 3, "pairing_failures_total": 6, "acquirer_signed_on": 1, "reader_connected": 0, "secure_world_starts_total": 2} {
		if got := value(t, f, name); got != want {
			t.Errorf("%s is %v", name, got)
		}
	}
	if value(t, f, "terminal_state", "ready") != 1 || value(t, f, "terminal_state", "tampered") != 0 {
		t.Error("the state is not said")
	}
	s.Describe = func() (mailbox.Description, error) { return mailbox.Description{}, errors.New("away") }
	f = read(t, New(), s)
	if value(t, f, "secure_world_up") != 0 || f[prefix+"ksn_remaining"] != nil || f[prefix+"reversals_pending"] != nil {
		t.Error("old numbers are told for new ones")
	}
}

// TestNoSeriesComesFromACardOrAClient puts into every label what must not get there.
func TestNoSeriesComesFromACardOrAClient(t *testing.T) {
	m := New()
	bad := pan
	p := paid(time.Second)[1]
	p.Outcome = &bad
	m.Payment(p)
	m.Request(pan, "/v1/payments/"+pan, 200)
	m.Request("GET\"} 1\n", "/x\\", 200)
	for i := range 10 * maxSeries {
		m.Request("GET", strings.Repeat("a", i%60)+string(rune('a'+i%26)), 200)
	}
	var out bytes.Buffer
	m.Write(&out, source(mailbox.Description{}))
	if strings.Contains(out.String(), pan) || strings.Contains(out.String(), "tok_") {
		t.Error("a label has what came from outside")
	}
	if n := len(parse(t, &out)[prefix+"http_requests_total"].Metric); n > maxSeries+1 {
		t.Errorf("%d series", n)
	}
	if value(t, read(t, m, source(mailbox.Description{})), "payments_total", other) != 1 {
		t.Error("what is no word of ours is not counted")
	}
}

func TestEveryNameIsInOrder(t *testing.T) {
	m := New()
	m.Request("GET", "/", 200)
	for _, p := range paid(time.Second) {
		m.Payment(p)
	}
	m.Committed(time.Millisecond)
	for name, f := range read(t, m, source(mailbox.Description{})) {
		if total := strings.HasSuffix(name, "_total"); total != (f.GetType() == dto.MetricType_COUNTER) {
			t.Errorf("%s is a %s", name, f.GetType())
		}
		if f.GetHelp() == "" || !strings.HasPrefix(name, prefix) {
			t.Errorf("%s has no help or prefix", name)
		}
	}
}

func TestTheListenerAnswersMetricsUnderItsOwnNameOnly(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	l, err := New().Listen(ctx, netip.MustParseAddrPort("127.0.0.1:0"), source(mailbox.Description{}))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { l.Serve(ctx, slog.New(slog.DiscardHandler)); close(done) }()
	base := "http://" + l.Addr().String()
	for _, c := range []struct {
		method, path, host, origin string
		want                       int
	}{
		{"GET", "/metrics", "", "", 200},
		{"GET", "/metrics", "evil.example", "", 403},
		{"GET", "/metrics", "", "http://evil.example", 403},
		{"POST", "/metrics", "", "", 405},
		{"GET", "/debug/pprof/", "", "", 404},
		{"GET", "/debug/vars", "", "", 404},
		{"GET", "/", "", "", 404},
	} {
		r, err := http.NewRequest(c.method, base+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Host = c.host; c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if a.StatusCode != c.want {
			t.Errorf("%+v: %d", c, a.StatusCode)
		}
		if c.want == 200 {
			if f := parse(t, a.Body); f[prefix+"build_info"] == nil || a.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
				t.Error("no metrics")
			}
		}
		_ = a.Body.Close()
	}
	cancel()
	<-done
}
