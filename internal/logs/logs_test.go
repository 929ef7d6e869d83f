package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const pan = "4761739001010119"

func TestEveryLineHasTheSameKeys(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, "terminal")
	l.Info("request", "route", "/v1/payments", "ms", 12)
	l.With("group", 1).WithGroup("g").Warn("other", "in", "group")
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"time", "level", "msg", "program"} {
			if m[key] == nil {
				t.Errorf("no %s in %s", key, line)
			}
		}
	}
	if l.Scrubbed() != 0 {
		t.Error("something was removed from lines that are in order")
	}
}

type speaking struct{}

func (speaking) String() string { return "card " + pan }

type valued struct{}

func (valued) LogValue() slog.Value { return slog.StringValue(pan) }

func TestNoWayIntoALineIsOpenToACardNumber(t *testing.T) {
	for name, write := range map[string]func(*slog.Logger){
		"the message":        func(l *slog.Logger) { l.Info("card " + pan + " read") },
		"a text":             func(l *slog.Logger) { l.Info("x", "k", "pan="+pan+";") },
		"a text with spaces": func(l *slog.Logger) { l.Info("x", "k", "4761 7390-0101 0119") },
		"a number":           func(l *slog.Logger) { l.Info("x", "k", int64(4761739001010119)) },
		"an unsigned one":    func(l *slog.Logger) { l.Info("x", "k", uint64(4761739001010119)) },
		"an error":           func(l *slog.Logger) { l.Info("x", "k", errors.New("bad card "+pan)) },
		"a stringer":         func(l *slog.Logger) { l.Info("x", "k", speaking{}) },
		"a value":            func(l *slog.Logger) { l.Info("x", "k", valued{}) },
		"a struct":           func(l *slog.Logger) { l.Info("x", "k", struct{ PAN string }{pan}) },
		"bytes":              func(l *slog.Logger) { l.Info("x", "k", []byte(pan)) },
		"a group":            func(l *slog.Logger) { l.Info("x", slog.Group("g", "k", pan)) },
		"With":               func(l *slog.Logger) { l.With("k", pan).Info("x") },
		"a key":              func(l *slog.Logger) { l.Info("x", pan, 1) },
		"fifteen digits":     func(l *slog.Logger) { l.Info("x", "k", "371449635398431") },
		"nineteen digits":    func(l *slog.Logger) { l.Info("x", "k", "6011110000000000008") },
		"within a longer one": func(l *slog.Logger) {
			l.Info("x", "k", "0000"+pan+"2512201")
		},
	} {
		var out bytes.Buffer
		l := New(&out, "terminal")
		write(l.Logger)
		digits := strings.NewReplacer(" ", "", "-", "").Replace(out.String())
		if strings.Contains(digits, pan) || strings.Contains(out.String(), "NDc2MTcz") || l.Scrubbed() == 0 {
			t.Errorf("%s: %d removed: %s", name, l.Scrubbed(), out.String())
		}
	}
}

func TestWhatIsNoCardNumberStays(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, "terminal")
	l.Info("listening on 127.0.0.1:8420", "payment_id", "pay_abcdefghijklmnopqrstuvwx23", "wrong check digit", "4761739001010118",
		"at", time.Unix(1796000000, 123456789), "for", 4761739001010119*time.Nanosecond, "stan", "000123", "rrn", "632600000123")
	if l.Scrubbed() != 0 {
		t.Error(out.String())
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("4761 7390 0101 0119")
	f.Add("a476173900101011")
	f.Fuzz(func(t *testing.T, s string) {
		if holdsNumber(s) != slowly(s) {
			t.Errorf("%q", s)
		}
	})
}

// slowly tries every part of every run of digits.
func slowly(s string) bool {
	for _, run := range strings.FieldsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != ' ' && r != '-' }) {
		run = strings.NewReplacer(" ", "", "-", "").Replace(run)
		for from := range run {
			for to := from + shortest; to <= min(from+longest, len(run)); to++ {
				if run[from] >= '2' && run[from] <= '6' && luhn(run[from:to]) {
					return true
				}
			}
		}
	}
	return false
}

func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}
