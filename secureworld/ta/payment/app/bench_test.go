package app_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// BenchmarkAuthorise is the application's own work on a sale: envelope to three
// messages, without the kernel's cryptography and without a new instance.
func BenchmarkAuthorise(b *testing.B) {
	ksn := hostKSN(1)
	benchmarkOp(b, call.OpAuthorise, call.Authorise{Terms: saleTerms(), Envelope: plaintext(b, noCVM(b)), KSNRequest: ksn})
}

// BenchmarkCheckAnswer is the reading of an approval.
func BenchmarkCheckAnswer(b *testing.B) {
	benchmarkOp(b, call.OpCheckAnswer, call.CheckAnswer{Terms: saleTerms(), KSN: hostKSN(1), Frame: plainAnswer(b, "0210")})
}

// BenchmarkNew is what a fresh instance costs before its first operation.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		app.New(open{})
	}
}

func benchmarkOp(b *testing.B, op uint32, question any) {
	b.Helper()
	request, err := frame.Append(nil, question)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]byte, 8192)
	one := app.New(open{})
	b.ReportAllocs()
	for b.Loop() {
		fresh := *one // the phase of an instance that has done nothing
		if _, code := fresh.Handle(op, request, out); code != 0 {
			b.Fatal(call.Code(code))
		}
	}
}
