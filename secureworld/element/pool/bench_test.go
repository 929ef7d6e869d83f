package pool_test

import (
	"context"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// BenchmarkTranslatePIN is a client with one member in the same process, so most of it
// is the client's own cost.
func BenchmarkTranslatePIN(b *testing.B) {
	e := newEstate(b)
	r := e.relay("g1", e.member("stdlib", verbs, operations{}), e.member("gcrypt", verbs, operations{}))
	p := e.pool(pool.Config{Votes: 1}, r)
	b.SetParallelism(128)
	b.ReportAllocs()
	b.RunParallel(func(each *testing.PB) {
		for each.Next() {
			if _, err := p.TranslatePIN(context.Background(), element.TranslatePIN{PAN: []byte("4761730000000011")}); err != nil {
				b.Error(err)
			}
		}
	})
}
