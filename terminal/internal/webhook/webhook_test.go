package webhook

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
)

// The example that the reference libraries of the specification are tested with.
func TestTheSignatureIsThatOfTheSpecification(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s", got)
	}
	if Secret(key) != "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" {
		t.Errorf("the secret is written %s", Secret(key))
	}
}

func TestOnlyHTTPSAndThisMachineAreTold(t *testing.T) {
	for _, good := range []string{"https://shop.example/hook", "https://192.168.1.7:8443/x?y=z", "http://127.0.0.1:9000/", "http://localhost:1", "http://[::1]:1/a"} {
		if err := CheckURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "x", "http://shop.example/", "http://192.168.1.7/", "http://127.0.0.1.evil.example/", "ftp://127.0.0.1/", "https://", "https:shop",
		"https://user:word@shop.example/", "https://shop.example/#part", "https://shop.example/a b", "https://shop.example/\n", "https://shop.example/é",
		"https://shop.example/4761739001010010", "file:///etc/passwd", "https://shop.example/" + strings.Repeat("a", maxURL)} {
		if CheckURL(bad) == nil {
			t.Errorf("%q may be told", bad)
		}
	}
}

// A name may lead elsewhere than it says.
func TestAConnectionGoesNowhereElse(t *testing.T) {
	for address, where := range map[string]string{"127.0.0.1:80": "http https", "[::1]:80": "http https", "[::ffff:127.0.0.1]:80": "http https",
		"10.0.0.1:443": "https", "93.184.216.34:443": "https", "169.254.169.254:80": "", "[fe80::1]:443": "", "0.0.0.0:443": "", "224.0.0.1:443": "", "x": ""} {
		for _, scheme := range []string{"http", "https"} {
			allowed := mayReach(scheme)("tcp", address, nil) == nil
			if want := strings.Contains(" "+where+" ", " "+scheme+" "); allowed != want {
				t.Errorf("%s to %s: %v", scheme, address, allowed)
			}
		}
	}
}

func TestAMessageHasOneIdForEver(t *testing.T) {
	e := journal.Event{Number: 7, Body: []byte(`{"id":"pay_x","updated_at":"2026-11-21T10:00:00.5Z"}`)}
	a, err := paymentMessage(e)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := paymentMessage(e)
	e.Number = 8
	c, _ := paymentMessage(e)
	if a.id != b.id || a.id == c.id || len(a.id) != 36 {
		t.Errorf("the ids are %s, %s and %s", a.id, b.id, c.id)
	}
	var v struct {
		Type, Timestamp string
		Data            struct {
			Event   int64
			Payment struct{ ID string }
		}
	}
	if err := json.Unmarshal(a.body, &v); err != nil || v.Type != "payment.updated" || v.Timestamp != "2026-11-21T10:00:00.5Z" || v.Data.Event != 7 || v.Data.Payment.ID != "pay_x" {
		t.Errorf("the message is %s", a.body)
	}
}

func TestThePausesEndInHours(t *testing.T) {
	var whole time.Duration
	for n := range maxTries {
		if n > 1 && pause(n) < pause(n-1) {
			t.Errorf("pause %d is shorter than the one before", n)
		}
		whole += pause(n)
	}
	if whole < 24*time.Hour || whole > 72*time.Hour {
		t.Errorf("an address is given up after %s", whole)
	}
}

func FuzzWhatIsToldIsHTTPSOrThisMachine(f *testing.F) {
	for _, s := range []string{"https://a/b", "http://localhost", "http://127.0.0.1@evil/", "http://[::1%25eth0]/", "HTTPS://a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if CheckURL(s) != nil {
			return
		}
		p, err := newPoster(s, nil, nil)
		if err != nil || p == nil {
			t.Errorf("%q may be told and cannot", s)
		}
	})
}
