package sale

import (
	"bytes"
	"errors"
	"reflect"
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
		`{"amount":1}`:                                                                             Malformed,
		`{"currency":"EUR"}`:                                                                       Malformed,
		`{"amount":1,"currency":"EUR"} {}`:                                                         Malformed,
		`{"amount":1,"currency":"EUR"}x`:                                                           Malformed,
		`{"amount":1,"currency":"EUR","x":1}`:                                                      Malformed,
		`{"amount":1,"Currency":"EUR"}`:                                                            Malformed,
		`{"amount":1,"amount":1,"currency":"EUR"}`:                                                 Malformed,
		`{"amount":1,"\u0061mount":2,"currency":"EUR"}`:                                            Malformed,
		`{"amount":"1","currency":"EUR"}`:                                                          Malformed,
		`{"amount":1.0,"currency":"EUR"}`:                                                          Malformed,
		`{"amount":1e2,"currency":"EUR"}`:                                                          Malformed,
		`{"amount":null,"currency":"EUR"}`:                                                         Malformed,
		`{"amount":true,"currency":"EUR"}`:                                                         Malformed,
		`{"amount":[1],"currency":"EUR"}`:                                                          Malformed,
		`{"amount":{"a":1},"currency":"EUR"}`:                                                      Malformed,
		`{"amount":01,"currency":"EUR"}`:                                                           Malformed,
		`{"amount":0,"currency":"EUR"}`:                                                            AmountInvalid,
		`{"amount":-0,"currency":"EUR"}`:                                                           AmountInvalid,
		`{"amount":-1,"currency":"EUR"}`:                                                           AmountInvalid,
		`{"amount":1000000000000,"currency":"EUR"}`:                                                AmountInvalid,
		`{"amount":99999999999999999999,"currency":"EUR"}`:                                         AmountInvalid,
		`{"amount":1,"currency":"eur"}`:                                                            CurrencyNotConfigured,
		`{"amount":1,"currency":""}`:                                                               CurrencyNotConfigured,
		`{"amount":1,"currency":978}`:                                                              Malformed,
		`{"amount":1,"currency":"EUR","type":"preauth","capture":"auto"}`:                          TypeNotSupported,
		`{"amount":9,"currency":"EUR","type":"preauth","tip":1}`:                                   TypeNotSupported,
		`{"amount":9,"currency":"EUR","type":"refund"}`:                                            Malformed,
		`{"amount":9,"currency":"EUR","last":true}`:                                                Malformed,
		`{"amount":9,"currency":"EUR","of":"x"}`:                                                   Malformed,
		`{"amount":9,"currency":"EUR","tip":0}`:                                                    AmountInvalid,
		`{"amount":9,"currency":"EUR","tip":9}`:                                                    AmountInvalid,
		`{"amount":9,"currency":"EUR","tip":4,"cashback":5}`:                                       AmountInvalid,
		`{"amount":9,"currency":"EUR","tip":true}`:                                                 Malformed,
		`{"amount":9,"currency":"EUR","partial_allowed":1}`:                                        Malformed,
		`{"amount":9,"currency":"EUR","token":"tok_"}`:                                             Malformed,
		`{"amount":9,"currency":"EUR","token":"tok_aebagbafaydqqcikbmga2dqpca","entry":"keyed"}`:   Malformed,
		`{"amount":9,"currency":"EUR","token":"tok_aebagbafaydqqcikbmga2dqpca","store_card":true}`: Malformed,
		`{"amount":1,"currency":"EUR","type":"gift"}`:                                              Malformed,
		`{"amount":1,"currency":"EUR","capture":"manual"}`:                                         TypeNotSupported,
		`{"amount":1,"currency":"EUR","timeout_s":0}`:                                              Malformed,
		`{"amount":1,"currency":"EUR","timeout_s":121}`:                                            Malformed,
		`{"amount":1,"currency":"EUR","reference":""}`:                                             Malformed,
		`{"amount":1,"currency":"EUR","reference":"a\nb"}`:                                         Malformed,
		`{"amount":1,"currency":"EUR","reference":"\ud800"}`:                                       Malformed,
		`{"amount":1,"currency":"EUR","reference":"card 4000 0000 0000 0002"}`:                     Malformed,
		`{"amount":1,"currency":"EUR","reference":"` + strings.Repeat("x", 65) + `"}`:              Malformed,
		"{\"amount\":1,\"currency\":\"EUR\",\"reference\":\"\xff\"}":                               Malformed,
		`{"amount":1,"currency":"EUR","reference":"` + strings.Repeat("x", MaxBody) + `"}`:         TooLarge,
	} {
		if r, err := ParseRequest([]byte(body)); problemOf(err) != want {
			t.Errorf("%.80s: got %+v, %v, want %v", body, r, err, want)
		}
	}
}

func TestEveryKindOfRequestIsReadOneWay(t *testing.T) {
	of, token := payment.ID{7}, payment.Token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	followUp := func(kind payment.Type) func([]byte) (Request, error) {
		return func(b []byte) (Request, error) { return ParseFollowUp(kind, of, payment.EUR, b) }
	}
	for _, c := range []struct {
		read func([]byte) (Request, error)
		body string
		want Request
	}{
		{ParseRequest, `{"amount":900,"currency":"EUR","tip":100,"cashback":200,"partial_allowed":true,"store_card":true}`,
			Request{Type: payment.TypeSale, Amount: 900, Currency: payment.EUR, Tip: 100, Cashback: 200, Partial: true, Store: true}},
		{ParseRequest, `{"amount":900,"currency":"EUR","token":"` + token.String() + `"}`,
			Request{Type: payment.TypeSale, Amount: 900, Currency: payment.EUR, Token: token}},
		{ParseRequest, `{"amount":900,"currency":"EUR","type":"preauth","capture":"manual"}`,
			Request{Type: payment.TypePreauth, Amount: 900, Currency: payment.EUR}},
		{ParseRefund, `{"amount":900,"currency":"EUR"}`, Request{Type: payment.TypeRefund, Amount: 900, Currency: payment.EUR}},
		{ParseBalance, `{"currency":"EUR"}`, Request{Type: payment.TypeBalance, Currency: payment.EUR}},
		{followUp(payment.TypeRefund), `{"amount":5}`, Request{Type: payment.TypeRefund, Of: of, Amount: 5, Currency: payment.EUR}},
		{followUp(payment.TypeCapture), `{"amount":5,"last":true,"currency":"EUR"}`, Request{Type: payment.TypeCapture, Of: of, Amount: 5, Currency: payment.EUR, Last: true}},
		{followUp(payment.TypeIncrement), `{"amount":5}`, Request{Type: payment.TypeIncrement, Of: of, Amount: 5, Currency: payment.EUR}},
		{followUp(payment.TypeVoid), `{}`, Request{Type: payment.TypeVoid, Of: of, Currency: payment.EUR}},
	} {
		c.want.TimeoutSeconds = DefaultTimeoutSeconds
		if r, err := c.read([]byte(c.body)); err != nil || r != c.want {
			t.Errorf("%s: got %+v, %v", c.body, r, err)
		}
	}
	for body, kind := range map[string]payment.Type{`{}`: payment.TypeRefund, `{"amount":5,"last":true}`: payment.TypeRefund,
		`{"amount":5}`: payment.TypeVoid, `{"amount":5,"tip":1}`: payment.TypeCapture,
		`{"amount":5,"approval_code":"A1B2C"}`: payment.TypeCapture, `{"amount":5,"approval_code":"A1B2C "}`: payment.TypeCapture,
		`{"amount":5,"approval_code":"A1B2C3","last":true}`: payment.TypeCapture, `{"amount":5,"approval_code":"A1B2C3"}`: payment.TypeRefund, `{"amount":5,"entry":"keyed"}`: payment.TypeIncrement} {
		if r, err := followUp(kind)([]byte(body)); problemOf(err) != Malformed || r != (Request{}) {
			t.Errorf("%s of a %s: got %+v, %v", body, kind, r, err)
		}
	}
	if _, err := followUp(payment.TypeRefund)([]byte(`{"amount":5,"currency":"USD"}`)); problemOf(err) != CurrencyNotConfigured {
		t.Errorf("in another currency: %v", err)
	}
}

// Whatever differs in what is asked for differs in the fingerprint, and what was
// asked for before there was more to ask keeps the one that its key has.
func TestTheFingerprintTellsRequestsApart(t *testing.T) {
	sale := Request{Type: payment.TypeSale, Amount: 900, Currency: payment.EUR, TimeoutSeconds: 60}
	if got := string(sale.Canonical()); got != `{"type":"sale","amount":900,"currency":"EUR","capture":"auto","timeout_s":60}` {
		t.Errorf("a plain sale is written %s", got)
	}
	seen := map[[32]byte]Request{sale.Fingerprint(): sale}
	for _, change := range []func(*Request){
		func(r *Request) { r.Type = payment.TypePreauth }, func(r *Request) { r.Of = payment.ID{1} }, func(r *Request) { r.Amount++ },
		func(r *Request) { r.Currency = payment.USD }, func(r *Request) { r.Tip = 1 }, func(r *Request) { r.Cashback = 1 },
		func(r *Request) { r.Partial = true }, func(r *Request) { r.Last = true }, func(r *Request) { r.Store = true },
		func(r *Request) { r.Token = payment.Token{1} }, func(r *Request) { r.Reference = "x" },
		func(r *Request) { r.Approval = payment.ApprovalCode([]byte("A1B2C3")) }, func(r *Request) { r.TimeoutSeconds = 1 }, func(r *Request) { r.Entry = EntryKeyed },
	} {
		r := sale
		change(&r)
		if other, doubled := seen[r.Fingerprint()]; doubled {
			t.Errorf("%+v has the fingerprint of %+v", r, other)
		}
		seen[r.Fingerprint()] = r
	}
	if want := reflect.TypeFor[Request]().NumField() + 1; len(seen) != want {
		t.Errorf("%d requests were compared, not %d", len(seen), want)
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
	f.Add([]byte(`{"amount":900,"currency":"EUR","tip":1,"cashback":2,"partial_allowed":true,"store_card":true}`))
	f.Add([]byte(`{"amount":900,"currency":"EUR","type":"preauth","capture":"manual"}`))
	f.Add([]byte(`{"amount":900,"currency":"EUR","token":"tok_aebagbafaydqqcikbmga2dqpca"}`))
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
