package metrics

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
)

func serving(t *testing.T, h gateway.Health) (*Acquirer, string) {
	t.Helper()
	a := New(Source{Health: func(context.Context) gateway.Health { return h }, Scrubbed: func() uint64 { return 2 }})
	l, err := a.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { l.Serve(ctx, slog.New(slog.DiscardHandler)); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return a, "http://" + l.Addr().String()
}

func ask(t *testing.T, url, host string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func read(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.UTF8Validation)
	f, err := p.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWhatTheGatewayCountsIsSaid(t *testing.T) {
	a, base := serving(t, gateway.Health{Elements: true, Connections: 3, Answered: 40,
		Refused: map[string]uint64{"mac": 2}, Declined: map[string]uint64{"expired": 1}, Faults: map[gateway.FaultKind]uint64{gateway.FaultSilent: 4}})
	a.Handled("0200", true, 20*time.Millisecond)
	a.Handled("4761", false, time.Millisecond) // a type that a terminal made up
	_, text := ask(t, base+"/metrics", "")
	f := read(t, text)
	for name, want := range map[string]float64{"elements_ready": 1, "connections": 3, "messages_answered_total": 40,
		"messages_refused_total": 2, "payments_declined_total": 1, "faults_total": 4, "log_values_removed_total": 2} {
		m := f[namespace+"_"+name]
		if m == nil || m.Metric[0].GetCounter().GetValue()+m.Metric[0].GetGauge().GetValue() != want {
			t.Errorf("%s: %v", name, m)
		}
	}
	if strings.Contains(text, "4761") || !strings.Contains(text, `message_duration_seconds_count{mti="other",result="refused"} 1`) ||
		!strings.Contains(text, `message_duration_seconds_count{mti="0200",result="taken"} 1`) {
		t.Error("messages are not counted by a type of ours")
	}
}

func TestTheListenerIsForLoopbackAndForItsOwnName(t *testing.T) {
	_, base := serving(t, gateway.Health{})
	for path, want := range map[string]int{"/metrics": 200, "/debug/pprof/": 404, "/debug/vars": 404, "/": 404} {
		if got, _ := ask(t, base+path, ""); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if got, _ := ask(t, base+"/metrics", "evil.example"); got != http.StatusForbidden {
		t.Errorf("another name: %d", got)
	}
	for _, address := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:1", "localhost:0", ":0", "127.0.0.1"} {
		if _, err := New(Source{}).Listen(context.Background(), address); err == nil {
			t.Errorf("%s was taken", address)
		}
	}
}
