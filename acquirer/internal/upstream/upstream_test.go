package upstream_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/internal/upstream"
)

const patience = 30 * time.Second

func read(t *testing.T, change ...string) *profile.Profile {
	t.Helper()
	b, err := os.ReadFile("../../hostspec/profile/testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Read(strings.NewReader(strings.NewReplacer(change...).Replace(string(b))))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// line runs a link to u until the test ends.
func line(t *testing.T, u *testlane.Upstream, config *tls.Config, wait time.Duration) *upstream.Link {
	t.Helper()
	l, err := upstream.New(upstream.Config{Address: u.Address, TLS: config, Profile: read(t), Patience: wait, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return l
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func sale(stan string) *codec.Message {
	m := codec.NewMessage(hostspec.MTIRequest)
	for number, value := range map[int]string{profile.FieldPAN: testlane.PAN1, 3: "000000", 4: "000000000100", 11: stan, 13: "0102", 37: "000000" + stan, 41: "TERM0001", 49: "978"} {
		m.SetString(number, value)
	}
	return m
}

func TestQuestionsAtOnceGetTheirOwnAnswers(t *testing.T) {
	u := testlane.StartUpstream(t, read(t))
	l := line(t, u, u.Client(t), patience)
	if _, err := l.Ask(context.Background(), sale("000999")); !l.Counters().Connected && !errors.Is(err, upstream.ErrDown) {
		t.Errorf("before the line was up: %v", err)
	}
	until(t, "the line is up", func() bool { return l.Counters().Connected })
	u.Next(hostspec.MTIRequest, testlane.UpstreamAnswersTwice)
	ended := make(chan string, 20)
	for i := range cap(ended) {
		go func() {
			stan := "0001" + string([]byte{'0' + byte(i/10), '0' + byte(i%10)})
			a, err := l.Ask(context.Background(), sale(stan))
			if err != nil || a.String(11) != stan || a.String(37) != "000000"+stan || a.MTI != hostspec.MTIRequestAnswer {
				ended <- "another answer than its own"
				return
			}
			ended <- ""
		}()
	}
	for range cap(ended) {
		if why := <-ended; why != "" {
			t.Error(why)
		}
	}
	until(t, "the second answer is late", func() bool { return l.Counters().Late == 1 })
}

func TestAQuestionThatMayHaveLeftIsToldFromOneThatDidNot(t *testing.T) {
	u := testlane.StartUpstream(t, read(t))
	l := line(t, u, u.Client(t), patience)
	until(t, "the line is up", func() bool { return l.Counters().Connected })
	u.Next(hostspec.MTIRequest, testlane.UpstreamLoses)
	short, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := l.Ask(short, sale("000001")); !errors.Is(err, upstream.ErrUnknown) {
		t.Errorf("no answer: %v", err)
	}
	u.Next(hostspec.MTIRequest, testlane.UpstreamBooksCloses)
	if _, err := l.Ask(context.Background(), sale("000002")); !errors.Is(err, upstream.ErrUnknown) {
		t.Errorf("line lost: %v", err)
	}
	until(t, "the line is up again", func() bool { return l.Counters().Connected })
	bad := sale("000003")
	bad.SetString(4, "1")
	if _, err := l.Ask(context.Background(), bad); !errors.Is(err, upstream.ErrProfile) {
		t.Errorf("a message that cannot be written: %v", err)
	}
	u.Close()
	until(t, "the line is down", func() bool { return !l.Counters().Connected })
	if _, err := l.Ask(context.Background(), sale("000004")); !errors.Is(err, upstream.ErrDown) {
		t.Errorf("down: %v", err)
	}
	if n := len(u.Seen()); n != 2 {
		t.Errorf("upstream saw %d messages", n)
	}
}

func TestNoLineToAnotherHostOrWithoutOnesOwnCertificate(t *testing.T) {
	u, stranger := testlane.StartUpstream(t, read(t)), testlane.StartUpstream(t, read(t))
	bare, other, named := u.Client(t), stranger.Client(t), u.Client(t)
	bare.Certificates = nil
	named.ServerName = "upstream.example"
	links := map[string]*upstream.Link{
		"no certificate":                line(t, u, bare, time.Second),
		"another authority, both ways":  line(t, u, other, time.Second),
		"a certificate of another name": line(t, u, named, time.Second),
	}
	good := line(t, u, u.Client(t), time.Second)
	until(t, "the good line is up", func() bool { return good.Counters().Connected })
	for why, l := range links {
		until(t, "it was tried twice", func() bool { return l.Counters().Failed >= 2 })
		if _, err := l.Ask(context.Background(), sale("000001")); !errors.Is(err, upstream.ErrDown) {
			t.Errorf("%s: %v", why, err)
		}
	}
	if len(u.Seen()) != 0 {
		t.Error("something arrived")
	}
}

func TestAProfileThatCannotSayAPaymentIsRefused(t *testing.T) {
	for _, change := range [][]string{
		{`"prefix": {"size": 4, "encoding": "ascii"}`, `"prefix": {"size": 0, "encoding": "ascii"}`},
		{`{"ours": 35, "encoding": "ebcdic", "prefix": {"size": 2, "encoding": "ebcdic"}},`, ``},
		{`{"ours": 90, "encoding": "ebcdic"},`, ``},
	} {
		_, err := upstream.New(upstream.Config{TLS: &tls.Config{MinVersion: tls.VersionTLS13}, Profile: read(t, change...)})
		if !errors.Is(err, upstream.ErrIncomplete) {
			t.Errorf("%s: %v", change[0], err)
		}
	}
	if _, err := upstream.New(upstream.Config{TLS: &tls.Config{MinVersion: tls.VersionTLS13}, Profile: profile.Own()}); !errors.Is(err, upstream.ErrIncomplete) {
		t.Errorf("the built-in profile: %v", err)
	}
}
