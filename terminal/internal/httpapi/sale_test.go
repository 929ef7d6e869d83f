package httpapi_test

import (
	"testing"
)

func TestASaleRunsFromRequestToReceipt(t *testing.T) {
	r := newRig(t, fast)
	a := r.pay("k1", "1234")
	r.expect(a, 202, "")
	p := a.payment(t)
	if a.header.Get("Location") != "/v1/payments/"+p.ID.String() {
		t.Fatal("the location is not the payment's")
	}
	p = r.settled(p.ID)
	if *p.Outcome != "approved" || p.Money != "captured" || *p.ApprovedAmount != 1234 {
		t.Fatalf("got %+v", p)
	}
	t.Log(string(r.call("GET", "/v1/payments/"+p.ID.String()+"/receipt?format=text&copy=merchant", "").body))
}
