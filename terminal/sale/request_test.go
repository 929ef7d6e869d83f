package sale

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func TestARequestIsReadOneWay(t *testing.T) {
	r, err := ParseRequest([]byte(` { "currency":"EUR", "amount":1234, "reference":"Table 5, Müller", "timeout_s":30 } `))
	want := Request{Type: payment.TypeSale, Amount: 1234, Currency: payment.EUR, Reference: "Table 5, Müller", TimeoutSeconds: 30}
	if err != nil || r != want {
		t.Fatalf("got %+v, %v", r, err)
	}
	plain, err := ParseRequest([]byte(`{"amount":1,"currency":"JPY"}`))
	if err != nil || plain.TimeoutSeconds != DefaultTimeoutSeconds || plain.Type != payment.TypeSale {
		t.Fatalf("got %+v, %v", plain, err)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	for body, want := range map[string]Problem{
		``:     Malformed,
		`null`: Malformed, `[]`: Malformed, `"x"`: Malformed, `{}`: Malformed, `{`: Malformed,
		`{"amount":1}`:                                                                     Malformed,
		`{"currency":"EUR"}`:                                                               Malformed,
		`{"amount":1,"currency":"EUR"} {}`:                                                 Malformed,
		`{"amount":1,"currency":"EUR"}x`:                                                   Malformed,
		`{"amount":1,"currency":"EUR","x":1}`:                                              Malformed,
		`{"amount":1,"Currency":"EUR"}`:                                                    Malformed,
		`{"amount":1,"amount":1,"currency":"EUR"}`:                                         Malformed,
		`{"amount":1,"\u0061mount":2,"currency":"EUR"}`:                                    Malformed,
		`{"amount":"1","currency":"EUR"}`:                                                  Malformed,
		`{"amount":1.0,"currency":"EUR"}`:                                                  Malformed,
		`{"amount":1e2,"currency":"EUR"}`:                                                  Malformed,
		`{"amount":null,"currency":"EUR"}`:                                                 Malformed,
		`{"amount":true,"currency":"EUR"}`:                                                 Malformed,
		`{"amount":[1],"currency":"EUR"}`:                                                  Malformed,
		`{"amount":{"a":1},"currency":"EUR"}`:                                              Malformed,
		`{"amount":01,"currency":"EUR"}`:                                                   Malformed,
		`{"amount":0,"currency":"EUR"}`:                                                    AmountInvalid,
		`{"amount":-0,"currency":"EUR"}`:                                                   AmountInvalid,
		`{"amount":-1,"currency":"EUR"}`:                                                   AmountInvalid,
		`{"amount":1000000000000,"currency":"EUR"}`:                                        AmountInvalid,
		`{"amount":99999999999999999999,"currency":"EUR"}`:                                 AmountInvalid,
		`{"amount":1,"currency":"eur"}`:                                                    CurrencyNotConfigured,
		`{"amount":1,"currency":""}`:                                                       CurrencyNotConfigured,
		`{"amount":1,"currency":978}`:                                                      Malformed,
		`{"amount":1,"currency":"EUR","type":"preauth"}`:                                   TypeNotSupported,
		`{"amount":1,"currency":"EUR","type":"gift"}`:                                      Malformed,
		`{"amount":1,"currency":"EUR","capture":"manual"}`:                                 TypeNotSupported,
		`{"amount":1,"currency":"EUR","timeout_s":0}`:                                      Malformed,
		`{"amount":1,"currency":"EUR","timeout_s":121}`:                                    Malformed,
		`{"amount":1,"currency":"EUR","reference":""}`:                                     Malformed,
		`{"amount":1,"currency":"EUR","reference":"a\nb"}`:                                 Malformed,
		`{"amount":1,"currency":"EUR","reference":"\ud800"}`:                               Malformed,
		`{"amount":1,"currency":"EUR","reference":"card 4000 0000 0000 0002"}`:             Malformed,
		`{"amount":1,"currency":"EUR","reference":"` + strings.Repeat("x", 65) + `"}`:      Malformed,
		"{\"amount\":1,\"currency\":\"EUR\",\"reference\":\"\xff\"}":                       Malformed,
		`{"amount":1,"currency":"EUR","reference":"` + strings.Repeat("x", MaxBody) + `"}`: TooLarge,
	} {
		if r, err := ParseRequest([]byte(body)); problemOf(err) != want {
			t.Errorf("%.80s: got %+v, %v, want %v", body, r, err, want)
		}
	}
}

func problemOf(err error) Problem {
	var p *ProblemError
	if !errors.As(err, &p) {
		return ""
	}
	return p.Problem
}

// What parses re-encodes to one form, and that form means the same.
func FuzzCanonicalRequest(f *testing.F) {
	f.Add([]byte(`{"amount":1234,"currency":"EUR"}`))
	f.Add([]byte(`{"type":"sale","amount":1,"currency":"JPY","capture":"auto","reference":"<é>","timeout_s":120}`))
	f.Add([]byte(`{"amount":1,"currency":"EUR","entry":"keyed"}`))
	f.Add([]byte(`{"amount":1,"currency":"EUR","entry":"card_present"}`))
	f.Add([]byte(`{"amount":1,"amount":2,"currency":"EUR"}`))
	f.Add([]byte(`{"amount":1,"currency":"EUR","reference":"` + "\u2028" + `"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseRequest(body)
		if err != nil {
			if problemOf(err) == "" || r != (Request{}) {
				t.Fatalf("a refusal is %v with %+v", err, r)
			}
			return
		}
		again, err := ParseRequest(r.Canonical())
		if err != nil || again != r || !bytes.Equal(again.Canonical(), r.Canonical()) {
			t.Fatalf("%q becomes %q: %v", body, r.Canonical(), err)
		}
	})
}

func TestCardNumbersAreRecognised(t *testing.T) {
	for s, want := range map[string]bool{
		"4000000000000002": true, "4000 0000 0000 0002": true, "4000-0000-0000-0002": true,
		"x4000000000000002y": true, "12 4000000000000002": true, "371449635398431": true,
		"4000000000000003": false, "order 20261121": false, "400000000000": false, "": false,
		"4000000x000000002": false,
	} {
		if LooksLikePAN(s) != want {
			t.Errorf("of one of %d characters it is said: %v", len(s), !want)
		}
	}
}

func TestKeysThatCanBeUsed(t *testing.T) {
	for k, want := range map[string]bool{
		"k": true, "6f9619ff-8b86-d011-b42d-00c04fc964ff": true, strings.Repeat("k", 255): true,
		"": false, strings.Repeat("k", 256): false, "a b": false, "a\n": false, "é": false,
		"4000000000000002": false,
	} {
		if ValidKey(k) != want {
			t.Errorf("a key of %d characters is taken: %v", len(k), !want)
		}
	}
}
