package kernel3

import (
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

func BenchmarkOnlineTap(b *testing.B) {
	a, list := onlineTap(b)
	benchmark(b, careful(), a, list)
}

func BenchmarkOfflineTapWithSignature(b *testing.B) {
	a, list := offlineTap(b)
	benchmark(b, offline(), a, list)
}

func benchmark(b *testing.B, cfg Config, a contactless.Activation, list []exchange) {
	b.Helper()
	keys := publishedKeys(b)
	b.ReportAllocs()
	for b.Loop() {
		k := newKernel(b, cfg, keys, a)
		s := k.Next(emv.Start())
		for _, e := range list {
			s = k.Next(emv.Response(e.answer))
		}
		if s.Outcome == nil {
			b.Fatal("no outcome")
		}
		k.Wipe()
	}
}
