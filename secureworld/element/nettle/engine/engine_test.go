package engine_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/nettle/engine"
)

func TestPublishedCasesAreAnswered(t *testing.T) { conformance.Published(t, engine.Open) }

func TestManyCallersAtOnceGetTheirOwnAnswers(t *testing.T) { conformance.Company(t, engine.Open) }

func TestNothingIsDoneAfterTheKeysAreWiped(t *testing.T) { conformance.Wiped(t, engine.Open) }

func TestAProtectionKeyOfAnotherLengthIsRefused(t *testing.T) {
	conformance.ProtectionKey(t, engine.Open)
}

// BenchmarkTranslatePIN is C alone, at eight bits in the counter.
func BenchmarkTranslatePIN(b *testing.B) {
	spent := engine.BenchTranslate(b.N)
	if spent == 0 {
		b.Fatal("not measured")
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkTranslatePINThroughTheDoor adds frames and the way into C.
func BenchmarkTranslatePINThroughTheDoor(b *testing.B) { conformance.ThroughTheDoor(b, engine.Open) }
