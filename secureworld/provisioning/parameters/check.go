package parameters

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// Check refuses values out of their range, keys that are none, and test keys
// outside a test. What the reader alone understands must be an object.
func (d Document) Check() error {
	switch {
	case d.Version == 0, !currency(d.Currency), !d.Policy.valid(), !object(d.Reader), !d.period(), !d.Whitelist.valid(d):
		return ErrValue
	case d.MinBits > maxBits, d.MinBits < minBits && !d.Test, d.MinBits < minTestBits:
		return ErrValue
	case !d.Test && slices.ContainsFunc(d.CAKeys, published):
		return ErrTestKey
	}
	_, err := d.Set()
	return err
}

func currency(code string) bool {
	return len(code) == 3 && bytes.IndexFunc([]byte(code), func(r rune) bool { return r < 'A' || r > 'Z' }) < 0
}

func object(raw json.RawMessage) bool { return len(raw) > 2 && raw[0] == '{' && json.Valid(raw) }

// period: whole seconds, universal time, and an end behind the beginning.
func (d Document) period() bool {
	for _, t := range []time.Time{d.NotBefore, d.NotAfter} {
		if t.Nanosecond() != 0 || t.Location() != time.UTC {
			return false
		}
	}
	return d.NotBefore.IsZero() || d.NotAfter.IsZero() || d.NotAfter.After(d.NotBefore)
}

func (p Policy) valid() bool {
	words := []string{InterfaceChip, InterfaceContactless, InterfaceStripe}
	last := -1
	for _, w := range p.Interfaces {
		i := slices.Index(words, w)
		if i <= last {
			return false
		}
		last = i
	}
	return last >= 0 && p.FallbackPerHour >= 0 && p.FallbackPerHour <= maxFallbacks &&
		p.FallbackPerCard >= 0 && p.FallbackPerCard <= p.FallbackPerHour &&
		within(p.RefundLimit, p.RefundPerDay) && within(p.OfflineLimit, p.OfflineSum) &&
		p.OfflineCount >= 0 && p.OfflineCount <= maxOffline && p.OfflineHours >= 0 && p.OfflineHours <= maxOfflineHours &&
		(p.OfflineLimit > 0) == (p.OfflineCount > 0) && (p.OfflineLimit > 0) == (p.OfflineHours > 0)
}

// within: the most of one is not above the most of all.
func within(one, all int64) bool {
	return one >= 0 && one <= all && all <= maxAmount && (one > 0) == (all > 0)
}
