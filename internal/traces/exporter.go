package traces

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// sendLimit is what a collector may take for one batch.
const sendLimit = 5 * time.Second

// exporter writes OTLP/HTTP's JSON form (OTLP 1.x, "JSON Protobuf Encoding"). The usual
// one brings gRPC and its gateway for the same bytes.
type exporter struct {
	url    string
	client *http.Client
}

func newExporter(url string) *exporter {
	return &exporter{url, &http.Client{Timeout: sendLimit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type document struct {
	ResourceSpans []resourceSpans `json:"resourceSpans"`
}

type resourceSpans struct {
	Resource   attributed   `json:"resource"`
	ScopeSpans []scopeSpans `json:"scopeSpans"`
}

type attributed struct {
	Attributes []pair `json:"attributes"`
}

type scopeSpans struct {
	Scope named  `json:"scope"`
	Spans []span `json:"spans"`
}

type named struct {
	Name string `json:"name"`
}

type span struct {
	TraceID    string `json:"traceId"` // hexadecimal, as the specification has it
	SpanID     string `json:"spanId"`
	Parent     string `json:"parentSpanId,omitempty"`
	Name       string `json:"name"`
	Kind       int    `json:"kind"`
	Began      string `json:"startTimeUnixNano"`
	Ended      string `json:"endTimeUnixNano"`
	Attributes []pair `json:"attributes"`
	Status     status `json:"status"`
}

type status struct {
	Code int `json:"code,omitempty"` // 2: error
}

type pair struct {
	Key   string `json:"key"`
	Value value  `json:"value"`
}

type value struct {
	String string `json:"stringValue"`
}

// ExportSpans implements the SDK's interface.
func (e *exporter) ExportSpans(ctx context.Context, list []sdk.ReadOnlySpan) error {
	if len(list) == 0 {
		return nil
	}
	d := resourceSpans{Resource: attributed{pairs(list[0].Resource().Attributes())},
		ScopeSpans: []scopeSpans{{Scope: named{list[0].InstrumentationScope().Name}}}}
	for _, s := range list {
		d.ScopeSpans[0].Spans = append(d.ScopeSpans[0].Spans, written(s))
	}
	b, err := json.Marshal(document{[]resourceSpans{d}})
	if err != nil {
		return err
	}
	return e.send(ctx, b)
}

func (e *exporter) send(ctx context.Context, b []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := e.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode/100 != 2 {
		return errors.New("the collector refused spans: " + strconv.Itoa(answer.StatusCode))
	}
	return nil
}

// Shutdown implements the SDK's interface.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

func written(s sdk.ReadOnlySpan) span {
	out := span{TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(), Name: s.Name(),
		Kind: int(s.SpanKind()), Began: nanos(s.StartTime()), Ended: nanos(s.EndTime()), Attributes: pairs(s.Attributes())}
	if s.Parent().SpanID().IsValid() {
		out.Parent = s.Parent().SpanID().String()
	}
	if s.Status().Code == codes.Error {
		out.Status.Code = 2
	}
	return out
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func pairs(list []attribute.KeyValue) []pair {
	out := []pair{}
	for _, a := range list {
		out = append(out, pair{string(a.Key), value{a.Value.String()}})
	}
	return out
}
